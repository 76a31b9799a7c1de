using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using Weft.Net;

namespace Weft.Node.Allocation;

/// <summary>Which address of the node's blocks is whose: the journal, replayed.</summary>
/// <remarks>Every change of ownership is a <see cref="JournalRecord"/>; who owns what is a function of the records alone.
/// Blocks and reservations come from the plan, and say only which free address is next.</remarks>
internal sealed partial class AddressBook
{
    private readonly SortedDictionary<WorkloadId, Assignment> _workloads = [];
    private readonly Dictionary<IpAddress, AddressOwner> _owners = [];
    private readonly SortedSet<IpAddress> _taken = [];
    private readonly SortedDictionary<IpFamily, IpAddress> _tunnels = [];
    private readonly SortedDictionary<string, AddressLent> _loans = new(System.StringComparer.Ordinal);
    private readonly SortedDictionary<IpPrefix, long> _yielded = [];
    private readonly Dictionary<string, SortedSet<WorkloadId>> _inNamespace = new(System.StringComparer.Ordinal);
    private readonly SortedSet<WorkloadId> _releasing = [];
    private readonly HashSet<string> _left = new(System.StringComparer.Ordinal);

    /// <summary>The workloads, in the order of their ids.</summary>
    public IReadOnlyCollection<Assignment> Workloads => _workloads.Values;

    /// <summary>The workloads that are being disconnected, in the order of their ids.</summary>
    public IEnumerable<Assignment> Releasing => _releasing.Select(id => _workloads[id]);

    /// <summary>The addresses that other nodes use, in the order of the loans' names.</summary>
    public IReadOnlyCollection<AddressLent> Loans => _loans.Values;

    /// <summary>Blocks that are being given back, with the revision of the plan on which that was decided.</summary>
    public IReadOnlyDictionary<IpPrefix, long> Yielded => _yielded;

    /// <summary>The newest revision of the store that anything written here followed from: what an older plan says of blocks
    /// and loans may be undone by now.</summary>
    public long Horizon { get; private set; }

    /// <summary>The workloads of a network namespace, also those that are being disconnected, in the order of their ids.
    /// </summary>
    public IEnumerable<Assignment> In(string networkNamespace) =>
        _inNamespace.TryGetValue(networkNamespace, out SortedSet<WorkloadId>? ids) ? ids.Select(id => _workloads[id]) : [];

    /// <summary>The network namespaces that a workload has left, or begun to leave, since this was asked for last.</summary>
    public IReadOnlyCollection<string> TakeLeft()
    {
        string[] left = [.. _left];
        _left.Clear();
        return left;
    }

    /// <summary>The node's tunnel address of a family.</summary>
    public IpAddress? TunnelOf(IpFamily family) => _tunnels.TryGetValue(family, out IpAddress address) ? address : null;

    /// <summary>The workload's assignment.</summary>
    public bool TryGet(WorkloadId id, [NotNullWhen(true)] out Assignment? assignment) =>
        _workloads.TryGetValue(id, out assignment);

    /// <summary>The address that a loan is of.</summary>
    public IpAddress? LentAs(string loan) => _loans.TryGetValue(loan, out AddressLent? lent) ? lent.Address : null;

    /// <summary>Whether an address is somebody's.</summary>
    public bool IsTaken(IpAddress address) => _owners.ContainsKey(address);

    /// <summary>Whose an address is; none if it is nobody's.</summary>
    public AddressOwner? OwnerOf(IpAddress address) => _owners.TryGetValue(address, out AddressOwner owner) ? owner : null;

    /// <summary>The addresses that are somebody's, in order.</summary>
    public IReadOnlyCollection<IpAddress> Taken => _taken;

    /// <summary>The addresses of a range that are somebody's, in order.</summary>
    public IEnumerable<IpAddress> TakenIn(IpPrefix range) => range.IsHost
        ? (_owners.ContainsKey(range.Address) ? [range.Address] : [])
        : _taken.GetViewBetween(range.Address, range.Last);

    /// <summary>Whether this node uses any address of a block itself: a workload has it, or its tunnel devices.</summary>
    public bool Uses(IpPrefix block) => TakenIn(block).Any(address => _owners[address].Loan is null);

    /// <summary>Takes a record over.</summary>
    /// <param name="record">The record.</param>
    /// <param name="at">When it was written; for what was written in a former run, the start of this one, so that no address
    /// rests for too short a time.</param>
    /// <returns>What contradicts it; none if nothing does. A contradicted record changes nothing.</returns>
    public string? Apply(JournalRecord record, Instant at)
    {
        switch (record)
        {
            case WorkloadAssigned assigned:
                return Assign(assigned, at);
            case NamespaceSeen seen when _workloads.TryGetValue(seen.Id, out Assignment? assignment):
                assignment.Identity = seen.Identity;
                return null;
            case WorkloadReleasing releasing when _workloads.TryGetValue(releasing.Id, out Assignment? assignment):
                assignment.Releasing = true;
                _releasing.Add(releasing.Id);
                _left.Add(assignment.Record.NetworkNamespace);
                return null;
            case WorkloadReleased released when _workloads.Remove(released.Id, out Assignment? assignment):
                Leave(assignment);
                foreach (IpAddress address in assignment.Record.Addresses)
                {
                    Rest(address, at);
                }

                return null;
            case TunnelAssigned tunnel when _owners.TryGetValue(tunnel.Address, out AddressOwner owner):
                return $"{tunnel.Address} belongs to {owner} and cannot be the tunnel address too";
            case TunnelAssigned tunnel when TunnelOf(tunnel.Address.Family) is { } held:
                return $"the tunnel address is {held} and cannot be {tunnel.Address} too";
            case TunnelAssigned tunnel:
                Take(tunnel.Address, AddressOwner.Tunnel);
                _tunnels[tunnel.Address.Family] = tunnel.Address;
                return null;
            case TunnelReleased tunnel when TunnelOf(tunnel.Address.Family) == tunnel.Address:
                _tunnels.Remove(tunnel.Address.Family);
                Rest(tunnel.Address, at);
                return null;
            case AddressRested rested when !_owners.ContainsKey(rested.Address):
                Rest(rested.Address, at);
                return null;
            default:
                return ApplyToBlocks(record, at);
        }
    }

    /// <summary>The shortest list of records that gives this book.</summary>
    public IReadOnlyList<JournalRecord> ToRecords()
    {
        List<JournalRecord> records =
        [
            .. _restingInOrder.Values.Where(a => a.Family == IpFamily.Ipv4).Select(a => new AddressRested(a)),
            .. _restingInOrder.Values.Where(a => a.Family == IpFamily.Ipv6).Select(a => new AddressRested(a)),
            .. _tunnels.Values.Select(a => new TunnelAssigned(a)),
            .. _loans.Values,
            .. _yielded.Select(y => new BlockYielded(y.Key, y.Value)),
        ];

        foreach (Assignment assignment in _workloads.Values)
        {
            records.Add(assignment.Record);
            if (assignment.Identity is { } identity)
            {
                records.Add(new NamespaceSeen(assignment.Record.Id, identity));
            }

            if (assignment.Releasing)
            {
                records.Add(new WorkloadReleasing(assignment.Record.Id));
            }
        }

        if (Horizon > 0)
        {
            records.Add(new RevisionKnown(Horizon));
        }

        return records;
    }

    // What a node gives to others, or back.
    private string? ApplyToBlocks(JournalRecord record, Instant at)
    {
        switch (record)
        {
            case AddressLent lent when _owners.TryGetValue(lent.Address, out AddressOwner owner):
                return $"{lent.Address} belongs to {owner} and cannot be lent as {lent.Loan}";
            case AddressLent lent when _loans.TryGetValue(lent.Loan, out AddressLent? held):
                return $"loan {lent.Loan} is of {held.Address} and cannot be of {lent.Address} too";
            case AddressLent lent:
                Take(lent.Address, AddressOwner.OfLoan(lent.Loan));
                _loans.Add(lent.Loan, lent);
                See(lent.Revision);
                return null;
            case AddressReturned returned when _loans.Remove(returned.Loan, out AddressLent? lent):
                Rest(lent.Address, at);
                return null;
            case BlockYielded yielded:
                _yielded[yielded.Cidr] = yielded.Revision;
                See(yielded.Revision);
                return null;
            case BlockSettled settled:
                _yielded.Remove(settled.Cidr);
                Forget(settled.Cidr);
                See(settled.Revision);
                return null;
            case RevisionKnown known:
                BeginAt(known.Revision);
                return null;
            default:
                return $"{record} speaks of something that the journal does not hold";
        }
    }

    private void See(long revision) => Horizon = revision > Horizon ? revision : Horizon;

    // Plans of another history show what became of loans and blocks, whatever the revisions of the old one were.
    private void BeginAt(long revision)
    {
        Horizon = revision;
        foreach (AddressLent lent in _loans.Values.Where(l => l.Revision > revision).ToList())
        {
            _loans[lent.Loan] = lent with { Revision = revision };
        }

        foreach (IpPrefix cidr in _yielded.Where(y => y.Value > revision).Select(y => y.Key).ToList())
        {
            _yielded[cidr] = revision;
        }
    }

    private string? Assign(WorkloadAssigned assigned, Instant at)
    {
        _workloads.TryGetValue(assigned.Id, out Assignment? before);
        foreach (IpAddress address in assigned.Addresses)
        {
            if (_owners.TryGetValue(address, out AddressOwner owner) && owner.Workload != assigned.Id)
            {
                return $"{address} belongs to {owner} and cannot be {assigned.Id}'s too";
            }
        }

        foreach (IpAddress address in before?.Record.Addresses.Except(assigned.Addresses) ?? [])
        {
            Rest(address, at);
        }

        foreach (IpAddress address in assigned.Addresses)
        {
            Take(address, new AddressOwner(assigned.Id, null));
        }

        if (before is not null)
        {
            Leave(before);
        }

        _workloads[assigned.Id] = new Assignment(assigned);
        if (!_inNamespace.TryGetValue(assigned.NetworkNamespace, out SortedSet<WorkloadId>? ids))
        {
            ids = [];
            _inNamespace.Add(assigned.NetworkNamespace, ids);
        }

        ids.Add(assigned.Id);
        return null;
    }

    private void Leave(Assignment assignment)
    {
        string path = assignment.Record.NetworkNamespace;
        _releasing.Remove(assignment.Record.Id);
        _left.Add(path);
        if (_inNamespace.TryGetValue(path, out SortedSet<WorkloadId>? ids) && ids.Remove(assignment.Record.Id) && ids.Count == 0)
        {
            _inNamespace.Remove(path);
        }
    }
}

/// <summary>Whose an address is.</summary>
/// <param name="Workload">The workload; none if it is something else's.</param>
/// <param name="Loan">The loan that another node has it by; none if it is not lent.</param>
internal readonly record struct AddressOwner(WorkloadId? Workload, string? Loan)
{
    /// <summary>The node's tunnel devices.</summary>
    public static AddressOwner Tunnel { get; }

    /// <summary>Another node, by a loan.</summary>
    public static AddressOwner OfLoan(string loan) => new(null, loan);

    /// <summary>In words that people know.</summary>
    public override string ToString() =>
        Workload?.ToString() ?? (Loan is null ? "the tunnel device" : $"another node, by AddressLoan/{Loan}");
}

/// <summary>A workload and its addresses.</summary>
internal sealed class Assignment(WorkloadAssigned record)
{
    /// <summary>The record that made it.</summary>
    public WorkloadAssigned Record { get; } = record;

    /// <summary>Which network namespace lies at its path, if that is in the journal.</summary>
    public string? Identity { get; set; }

    /// <summary>Whether it is being disconnected.</summary>
    public bool Releasing { get; set; }
}
