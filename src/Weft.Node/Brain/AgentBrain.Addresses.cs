using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>Addresses: taken from the node's own blocks, on disk before anything follows from them; blocks claimed
/// from the server when there is none left, and given back when their pool goes.</content>
public sealed partial class AgentBrain
{
    private static readonly TimeSpan ClaimRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RefusalKept = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan JournalRetry = TimeSpan.FromSeconds(1);

    // Claims on their way, by pool; and pools whose last claim was refused, with the reason and until when it counts.
    private readonly SortedDictionary<string, int> _claims = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ClaimRefusal> _refusedClaims = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, IpPrefix> _awaitedBlocks = new(StringComparer.Ordinal);

    // Blocks that were given back, until the plan no longer has them; with the time of the next try if it failed.
    private readonly SortedDictionary<IpPrefix, Instant?> _releasing = [];

    // Workloads whose last record is not on disk yet, with that record's sequence number.
    private readonly SortedDictionary<WorkloadId, long> _unwritten = [];
    private readonly SortedDictionary<long, (JournalRecord Record, WorkloadAssigned? Before)> _writing = [];
    private Instant? _journalBrokenUntil;
    private bool _tunnelUnwritten;
    private long _journalSequence;

    /// <summary>The shortest journal that says what is on disk now; none while a record is on its way there.</summary>
    public IReadOnlyList<JournalRecord>? CompactJournal => _writing.Count == 0 ? _book.ToRecords() : null;

    // Of a family without tunnels none is wanted: an IPv4 fleet needs no IPv6 pool.
    private bool WantsTunnelAddress(IpFamily family) => Self is { OverIpv4: true } or { OverIpv6: true } or { Ipip: true }
        && Pools.Any(p => p.Tunnels && p.Cidr.Family == family);

    private bool LacksTunnelAddress(IpFamily family) => WantsTunnelAddress(family) && _book.TunnelOf(family) is null;

    // Blocks that could not be given back, and the node's own address for which there is no block, are tried again.
    private Instant? BlocksDeadline
    {
        get
        {
            Instant? earliest = null;
            foreach (Instant? retry in _releasing.Values)
            {
                earliest = Earliest(earliest, retry);
            }

            if (!_tunnelUnwritten && _claims.Count == 0)
            {
                foreach (PoolEntry pool in Pools.Where(p => p is { Allocates: true, Tunnels: true } && LacksTunnelAddress(p.Cidr.Family)))
                {
                    earliest = Earliest(earliest, _refusedClaims.TryGetValue(pool.Name, out ClaimRefusal? refused)
                        && refused.Until > _settledAt ? refused.Until : null);
                }
            }

            foreach (ClaimRefusal refused in _refusedClaims.Values)
            {
                earliest = Earliest(earliest, refused.Until.After(RefusalKept));
            }

            return earliest;
        }
    }

    private bool CanAllocateTunnel(IpFamily family) =>
        Pools.Any(p => p is { Allocates: true, Tunnels: true } && p.Cidr.Family == family);

    /// <summary>The next address of the pools that qualify, in the order of their names.</summary>
    /// <param name="qualifies">Which pools may be used.</param>
    /// <param name="now">The present.</param>
    /// <param name="actions">Where a claim for one more block goes.</param>
    /// <param name="why">Why there is no address and none is on its way; none if there is, or may be soon.</param>
    private IpAddress? NextAddress(
        Func<PoolEntry, bool> qualifies, Instant now, List<BrainAction> actions, out ClaimRefusal? why)
    {
        if (_isDeleted)
        {
            // Its blocks may be another node's by now: what has an address keeps it, and nobody gets a new one.
            why = new ClaimRefusal($"Node {_node} was deleted: apply it again", false, now);
            return null;
        }

        List<PoolEntry> pools = [.. Pools.Where(qualifies)];
        why = pools.Count == 0
            ? new ClaimRefusal($"no enabled IPPool selects node {_node}: apply one, or change its nodeSelector", false, now)
            : null;
        foreach (PoolEntry pool in pools)
        {
            if (_book.NextFree(OwnBlocksOf(pool.Name).Where(b => !_releasing.ContainsKey(b))) is { } address)
            {
                why = null;
                return address;
            }
        }

        // No own block has room: ask for one, pool by pool, until one is not refused.
        foreach (PoolEntry pool in pools)
        {
            if (_refusedClaims.TryGetValue(pool.Name, out ClaimRefusal? refused) && refused.Until > now)
            {
                why = refused;
                continue;
            }

            why = null;
            int have = OwnBlocksOf(pool.Name).Count();
            if (_claims.TryAdd(pool.Name, have))
            {
                actions.Add(new BrainAction.ClaimBlock(pool.Name, have));
            }

            break;
        }

        return null;
    }

    private void TakeClaim(BrainEvent.BlockClaimed claimed, Instant now, List<BrainAction> actions)
    {
        if (claimed.Error is { } error)
        {
            _claims.Remove(claimed.Pool);
            _refusedClaims[claimed.Pool] = new ClaimRefusal(error, claimed.Unreachable, now.After(ClaimRetry));
            if (!_findings.TryGetValue($"claim {claimed.Pool}", out Finding? known) || known.Message != error)
            {
                Find($"claim {claimed.Pool}", FindingSeverity.Error, error, $"IPPool/{claimed.Pool}");
                actions.Add(new BrainAction.Note(
                    FindingSeverity.Error, $"no block of pool {claimed.Pool}: {error}"));
            }

            return;
        }

        _refusedClaims.Remove(claimed.Pool);
        _findings.Remove($"claim {claimed.Pool}");
        DropAnsweredClaims(claimed);
    }

    // Whoever needs an address asks again sooner: what nobody asks for any more is no trouble any more.
    private void ForgetRefusals(Instant now)
    {
        foreach ((string pool, ClaimRefusal refused) in _refusedClaims.ToList())
        {
            if (refused.Until.After(RefusalKept) <= now)
            {
                _refusedClaims.Remove(pool);
                _findings.Remove($"claim {pool}");
            }
        }
    }

    // The claim stays open until the plan shows the block: else it would be asked for again.
    private void DropAnsweredClaims(BrainEvent.BlockClaimed? claimed = null)
    {
        if (claimed?.Cidr is { } cidr)
        {
            _awaitedBlocks[claimed.Pool] = cidr;
        }

        foreach ((string pool, IpPrefix block) in _awaitedBlocks.ToList())
        {
            if (OwnBlocks.Any(b => b.Cidr == block) || Pools.All(p => p.Name != pool))
            {
                _awaitedBlocks.Remove(pool);
                _claims.Remove(pool);
            }
        }
    }

    private void AllocateTunnels(Instant now, List<BrainAction> actions)
    {
        DropAnsweredClaims();
        foreach (IpFamily family in Families)
        {
            if (!_tunnelUnwritten && !(_journalBrokenUntil > now) && Self is not null) // Without a plan nothing says that it is not wanted.
            {
                AllocateTunnel(family, now, actions);
            }
        }
    }

    private void AllocateTunnel(IpFamily family, Instant now, List<BrainAction> actions)
    {
        string finding = $"tunnel {family}";
        if (_book.TunnelOf(family) is { } held)
        {
            PoolEntry? pool = Pools.FirstOrDefault(p => p.Cidr.Contains(held));
            if (!WantsTunnelAddress(family) || pool is { Terminating: true } or { Tunnels: false }
                || (pool is null && CanAllocateTunnel(family)))
            {
                Write(actions, new TunnelReleased(held));
            }
        }
        else if (WantsTunnelAddress(family))
        {
            bool Qualifies(PoolEntry pool) => pool is { Allocates: true, Tunnels: true } && pool.Cidr.Family == family;
            if (NextAddress(Qualifies, now, actions, out ClaimRefusal? why) is { } address)
            {
                Write(actions, new TunnelAssigned(address));
            }
            else if (why is not null)
            {
                Find(finding, FindingSeverity.Notice,
                    $"the node itself has no {NameOf(family)} tunnel address: {why.Why}", $"Node/{_node}");
                return;
            }
        }

        _findings.Remove(finding);
    }

    private static string NameOf(IpFamily family) => family == IpFamily.Ipv4 ? "IPv4" : "IPv6";

    /// <summary>Blocks of a pool that is being removed are given back when nobody has an address of them.</summary>
    private void ReleaseEmptyBlocks(Instant now, List<BrainAction> actions)
    {
        List<IpPrefix> going = [.. Pools.Where(p => p.Terminating).SelectMany(p => OwnBlocksOf(p.Name))];
        foreach (IpPrefix kept in _releasing.Keys.Except(going).ToList())
        {
            _releasing.Remove(kept);
        }

        foreach (IpPrefix block in going.Where(b => !_book.Holds(b)))
        {
            bool isDue = !_releasing.TryGetValue(block, out Instant? retry) || retry <= now;
            if (_unwritten.Count == 0 && !_tunnelUnwritten && isDue)
            {
                _releasing[block] = null;
                actions.Add(new BrainAction.ReleaseBlock(block));
            }
        }
    }

    // A block that was released stays in the list until the plan follows: else it would be released again and again.
    private void TakeRelease(BrainEvent.BlockReleased released, Instant now)
    {
        if (released.Error is { } error && _releasing.ContainsKey(released.Cidr))
        {
            _releasing[released.Cidr] = now.After(ClaimRetry);
            Find($"release {released.Cidr}", FindingSeverity.Notice, $"the server has not taken the block back: {error}",
                $"IPAMBlock/{released.Cidr}");
        }
        else
        {
            _findings.Remove($"release {released.Cidr}");
        }
    }

    /// <summary>Changes the book and asks for the record to be put on disk. What follows from it waits for that.
    /// </summary>
    private void Write(List<BrainAction> actions, JournalRecord record)
    {
        // An address is free only when its release is on disk; everything else is taken at once.
        WorkloadAssigned? before = IdOf(record) is { } known && _book.TryGet(known, out Assignment? held) && !held.Releasing
            ? held.Record
            : null;
        if (record is not (WorkloadReleased or TunnelReleased))
        {
            Invariant.Holds(_book.Apply(record) is null);
        }

        long sequence = ++_journalSequence;
        _writing[sequence] = (record, before);
        if (record is TunnelAssigned or TunnelReleased)
        {
            _tunnelUnwritten = true;
        }
        else if (IdOf(record) is { } id)
        {
            _unwritten[id] = sequence;
        }

        actions.Add(new BrainAction.WriteJournal(sequence, [record]));
    }

    private void JournalIsOnDisk(BrainEvent.JournalWritten written, Instant now, List<BrainAction> actions)
    {
        if (!_writing.Remove(written.Sequence, out (JournalRecord Record, WorkloadAssigned? Before) change))
        {
            return;
        }

        JournalRecord record = change.Record;

        if (record is TunnelAssigned or TunnelReleased)
        {
            _tunnelUnwritten = false;
        }
        else if (IdOf(record) is { } id && _unwritten.GetValueOrDefault(id) == written.Sequence)
        {
            _unwritten.Remove(id);
            _touched.Add(SourceOf(id));
            _publishDue.Add(id);
        }

        if (written.Error is { } error)
        {
            _journalBrokenUntil = now.After(JournalRetry);
            NotOnDisk(record, change.Before, error, actions);
            return;
        }

        _journalBrokenUntil = null;
        _findings.Remove("journal");
        if (record is WorkloadReleased or TunnelReleased)
        {
            Invariant.Holds(_book.Apply(record) is null);
        }

        if (record is WorkloadReleased released)
        {
            FinishRelease(released.Id, actions);
        }
        else if (record is WorkloadAssigned assigned && change.Before is not null)
        {
            // Another incarnation: its link is made anew in its own namespace.
            ScopeOf("").Rebirths.Add(KernelNames.HostInterface(assigned.Id));
        }
    }

    // Nothing follows from a record that is not on disk: the call fails, and what the record gave is taken back.
    private void NotOnDisk(
        JournalRecord record, WorkloadAssigned? before, string error, List<BrainAction> actions)
    {
        if (!_findings.ContainsKey("journal"))
        {
            actions.Add(new BrainAction.Note(FindingSeverity.Error, $"the address journal cannot be written: {error}"));
        }

        Find("journal", FindingSeverity.Error, $"the address journal cannot be written: {error}");
        switch (record)
        {
            case WorkloadAssigned or WorkloadReleasing when before is not null:
                _book.Apply(before);
                break;
            case WorkloadAssigned assigned:
                _book.Apply(new WorkloadReleased(assigned.Id));
                break;
            case TunnelAssigned tunnel:
                _book.Apply(new TunnelReleased(tunnel.Address));
                break;
            default:
                break;
        }

        if (IdOf(record) is { } id)
        {
            foreach (PendingCall pending in _calls.Where(c => c.Workload == id).ToList())
            {
                _calls.Remove(pending);
                Fail(pending.Id, actions, IoFailure, $"the address journal cannot be written: {error}", "mend it, and ask again");
            }
        }
    }

    /// <summary>Why there is no block, and until when that counts.</summary>
    private sealed record ClaimRefusal(string Why, bool Unreachable, Instant Until);

    private static WorkloadId? IdOf(JournalRecord record) => record switch
    {
        WorkloadAssigned assigned => assigned.Id,
        WorkloadReleasing releasing => releasing.Id,
        WorkloadReleased released => released.Id,
        _ => null,
    };
}
