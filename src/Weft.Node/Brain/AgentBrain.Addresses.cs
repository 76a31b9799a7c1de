using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocating;
using Weft.Node.Allocation;
using Weft.Node.Calls;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>Addresses: what the allocator decides is carried out, and what follows from it for workloads.</content>
public sealed partial class AgentBrain
{
    // A report for the use of addresses alone is an API call for each change of it: it waits for others.
    private static readonly TimeSpan UsePause = TimeSpan.FromSeconds(5);

    private readonly AddressAllocator _addresses;
    private readonly AddressBook _book;

    // Workloads whose last record is not on disk yet.
    private readonly IReadOnlyDictionary<WorkloadId, long> _unwritten;

    private readonly List<AllocatorAction> _wanted = [];
    private long _useTold = -1;
    private Instant? _useAt;

    /// <summary>A brain that has heard of nothing yet.</summary>
    public AgentBrain()
    {
        _addresses = new AddressAllocator(_plan, _findings);
        _book = _addresses.Book;
        _unwritten = _addresses.Unwritten;
    }

    /// <summary>The shortest journal that says what is on disk now; none while a record is on its way there.</summary>
    public IReadOnlyList<JournalRecord>? CompactJournal => _addresses.CompactJournal;

    private IReadOnlyCollection<PoolEntry> Pools => _addresses.Pools;

    private IReadOnlyCollection<OwnBlockEntry> OwnBlocks => _addresses.OwnBlocks;

    private Instant? AddressesDeadline => Earliest(_addresses.NextDeadline, _useAt);

    private static string NameOf(IpFamily family) => family == IpFamily.Ipv4 ? "IPv4" : "IPv6";

    private void SettleAddresses(Instant now, List<BrainAction> actions)
    {
        _addresses.Settle(now, _wanted);
        Pass(actions);
    }

    private void TidyAddresses(Instant now, List<BrainAction> actions)
    {
        _addresses.Tidy(now, _wanted);
        Pass(actions);
    }

    /// <summary>Changes the book and asks for the record to be put on disk. What follows from it waits for that.
    /// </summary>
    private void Write(List<BrainAction> actions, JournalRecord record)
    {
        _addresses.Write(record, _wanted);
        Pass(actions);
    }

    /// <summary>Gives every waiting ADD its addresses, or says why there are none.</summary>
    private void Allocate(Instant now, List<BrainAction> actions)
    {
        foreach (PendingCall pending in _calls.Where(c => c.Call.Command == AgentCommand.Add).ToList())
        {
            if (_book.TryGet(pending.Workload, out Assignment? assignment))
            {
                Reconnect(pending, assignment, actions);
                continue;
            }

            AllocationOutcome outcome = _addresses.Allocate(pending.Call, pending.Deadline, now, _wanted);
            Pass(actions);
            if (outcome.Addresses is { } addresses)
            {
                Write(actions, new WorkloadAssigned
                {
                    Id = pending.Workload,
                    ContainerId = pending.Call.ContainerId,
                    NetworkNamespace = pending.Call.NetworkNamespace,
                    Addresses = addresses,
                    Network = pending.Call.Network,
                    Mac = pending.Call.Mac,
                    Routes = RoutesOf(pending, addresses),
                    Labels = pending.Call.Labels,
                });
            }
            else if (outcome.WhyNot is { } why)
            {
                _calls.Remove(pending);
                Fail(pending.Id, actions, outcome.IsForNow ? TryAgainLater : NoAddress, $"no address for {pending.Workload}: {why}",
                    outcome.Mend ?? "weft get ippools and weft ipam show show what there is");
            }
        }
    }

    // The same workload, asked for again: the same addresses. In another container: its link is made anew there.
    private void Reconnect(PendingCall pending, Assignment assignment, List<BrainAction> actions)
    {
        WorkloadAssigned record = assignment.Record;
        if (assignment.Releasing)
        {
            return;
        }

        if (LossOf(record) is { } lost)
        {
            _calls.Remove(pending);
            Fail(pending.Id, actions, NoAddress, $"{pending.Workload} cannot be connected: {lost}", "disconnect it (DEL), and connect it again");
            return;
        }

        if (pending.Call.Addresses.Except(record.Addresses).ToList() is { Count: > 0 } others)
        {
            _calls.Remove(pending);
            Fail(pending.Id, actions, NoAddress, $"{pending.Workload} cannot have {string.Join(", ", others)}: it has "
                + $"{string.Join(", ", record.Addresses)}", "disconnect it (DEL), and connect it again");
            return;
        }

        if (record.ContainerId != pending.Call.ContainerId || record.NetworkNamespace != pending.Call.NetworkNamespace)
        {
            Write(actions, record with
            {
                ContainerId = pending.Call.ContainerId,
                NetworkNamespace = pending.Call.NetworkNamespace,
                Network = pending.Call.Network,
                Mac = pending.Call.Mac,
                Routes = RoutesOf(pending, record.Addresses),
                Labels = pending.Call.Labels,
            });
        }
    }

    // Why a workload's addresses are not all its own any more; none if they are.
    private string? LossOf(WorkloadAssigned record) => record.Addresses
        .Where(a => _addresses.WhyLost(a) is not null)
        .Select(a => $"its address {a} is {_addresses.WhyLost(a)}")
        .FirstOrDefault();

    private void JournalIsOnDisk(BrainEvent.JournalWritten written, Instant now, List<BrainAction> actions)
    {
        if (_addresses.TakeWritten(written.Sequence, written.Error, now) is not { } change)
        {
            return;
        }

        foreach (WorkloadId concerned in change.Concerned)
        {
            _touched.Add(SourceOf(concerned));
            _publishDue.Add(concerned);
        }

        if (AddressAllocator.IdOf(change.Record) is { } id && !_unwritten.ContainsKey(id))
        {
            _touched.Add(SourceOf(id));
            _publishDue.Add(id);
        }

        if (written.Error is { } error)
        {
            NotOnDisk(change.Record, error, actions);
            return;
        }

        _findings.Remove("journal");
        if (change.Record is WorkloadReleased released)
        {
            FinishRelease(released.Id, actions);
        }
        else if (change.Record is WorkloadAssigned assigned && change.Before is not null)
        {
            // Another incarnation: its link is made anew in its own namespace.
            ScopeOf("").Rebirths.Add(KernelNames.HostInterface(assigned.Id));
        }
    }

    // Nothing follows from a record that is not on disk: the call fails.
    private void NotOnDisk(JournalRecord record, string error, List<BrainAction> actions)
    {
        if (!_findings.ContainsKey("journal"))
        {
            actions.Add(new BrainAction.Note(FindingSeverity.Error, $"the address journal cannot be written: {error}"));
        }

        Find("journal", FindingSeverity.Error, $"the address journal cannot be written: {error}");
        if (AddressAllocator.IdOf(record) is { } id)
        {
            foreach (PendingCall pending in _calls.Where(c => c.Workload == id).ToList())
            {
                _calls.Remove(pending);
                Fail(pending.Id, actions, IoFailure, $"the address journal cannot be written: {error}", "mend it, and ask again");
            }
        }
    }

    private void TakeClaim(BrainEvent.BlockClaimed claimed, Instant now, List<BrainAction> actions)
    {
        if (claimed.NotYet is { } why)
        {
            _addresses.TakeNotYet(claimed.Pool, claimed.Wanted, why, now);
            return;
        }

        _addresses.TakeClaim(
            claimed.Pool, claimed.Wanted, claimed.Cidr, claimed.Error, claimed.Unreachable, now, _wanted);
        Pass(actions);
    }

    /// <summary>How the blocks are used, for a report that is sent anyway, or that is due for this alone; else as it was told
    /// last.</summary>
    private IReadOnlyList<BlockUse>? UseOfBlocks(bool isReportDue, Instant now)
    {
        if (_addresses.Changes == _useTold)
        {
            return _reported?.Blocks;
        }

        _useAt ??= now.After(UsePause);
        if (!isReportDue && _useAt > now)
        {
            return _reported?.Blocks;
        }

        _useAt = null;
        _useTold = _addresses.Changes;
        return _addresses.UseOfBlocks(now);
    }

    private void Pass(List<BrainAction> actions)
    {
        foreach (AllocatorAction wanted in _wanted)
        {
            actions.Add(wanted switch
            {
                AllocatorAction.WriteJournal write => new BrainAction.WriteJournal(write.Sequence, [write.Record]),
                AllocatorAction.ClaimBlock claim => new BrainAction.ClaimBlock(claim.Pool, claim.Have, claim.Wanted),
                AllocatorAction.ReleaseBlock release => new BrainAction.ReleaseBlock(release.Cidr, release.Revision),
                AllocatorAction.RequestLoan request => new BrainAction.RequestLoan(request.Pool, request.Have, request.Wanted),
                AllocatorAction.DecideLoan decision => new BrainAction.DecideLoan(decision.Loan, decision.Address),
                AllocatorAction.Note note => new BrainAction.Note(note.Severity, note.Message),
                _ => throw new UnreachableException(),
            });
        }

        _wanted.Clear();
    }
}
