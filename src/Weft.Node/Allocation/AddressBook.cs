using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using Weft.Net;

namespace Weft.Node.Allocation;

/// <summary>Which address of the node's blocks is whose: the journal, replayed.</summary>
/// <remarks>Every change is a <see cref="JournalRecord"/>; the book's state is a function of the records alone.
/// </remarks>
internal sealed class AddressBook
{
    private readonly SortedDictionary<WorkloadId, Assignment> _workloads = [];
    private readonly Dictionary<IpAddress, string> _owners = [];
    private readonly SortedSet<IpAddress> _taken = [];
    private readonly SortedDictionary<IpFamily, IpAddress> _tunnels = [];
    private readonly Dictionary<string, SortedSet<WorkloadId>> _inNamespace = new(StringComparer.Ordinal);
    private readonly SortedSet<WorkloadId> _releasing = [];
    private readonly HashSet<string> _left = new(StringComparer.Ordinal);

    // Addresses that were used and are free, longest idle first.
    private readonly Dictionary<IpFamily, LinkedList<IpAddress>> _resting = new()
    {
        [IpFamily.Ipv4] = new(),
        [IpFamily.Ipv6] = new(),
    };

    private readonly Dictionary<IpAddress, LinkedListNode<IpAddress>> _restingAt = [];

    // How many addresses from the start of a block were used: an address that was used once never counts as new again.
    private readonly Dictionary<IpPrefix, UInt128> _used = [];

    /// <summary>The workloads, in the order of their ids.</summary>
    public IReadOnlyCollection<Assignment> Workloads => _workloads.Values;

    /// <summary>The workloads that are being disconnected, in the order of their ids.</summary>
    public IEnumerable<Assignment> Releasing => _releasing.Select(id => _workloads[id]);

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

    /// <summary>Whether an address is somebody's.</summary>
    public bool IsTaken(IpAddress address) => _owners.ContainsKey(address);

    /// <summary>Whether any address of a block is somebody's.</summary>
    public bool Holds(IpPrefix block)
    {
        using SortedSet<IpAddress>.Enumerator held = _taken.GetViewBetween(block.Address, block.Last).GetEnumerator();
        return held.MoveNext();
    }

    /// <summary>The address of these blocks to give out next: the lowest that was never used, else the one that has
    /// been idle longest. None when all are taken. A block's size does not count: only what was used of it does, once.
    /// </summary>
    public IpAddress? NextFree(IEnumerable<IpPrefix> blocks)
    {
        HashSet<IpPrefix> all = [];
        foreach (IpPrefix block in blocks)
        {
            all.Add(block);
            UInt128 next = _used.GetValueOrDefault(block);
            while (next < block.Count && (_owners.ContainsKey(block.At(next)) || _restingAt.ContainsKey(block.At(next))))
            {
                next++;
            }

            _used[block] = next;
            if (next < block.Count)
            {
                return block.At(next);
            }
        }

        if (all.Count == 0)
        {
            return null;
        }

        int[] lengths = [.. all.Select(b => b.Length).Distinct()];
        foreach (IpAddress address in _resting[all.First().Family])
        {
            if (lengths.Any(length => all.Contains(new IpPrefix(address, length))))
            {
                return address;
            }
        }

        return null;
    }

    /// <summary>Takes a record over.</summary>
    /// <returns>What contradicts it; none if nothing does. A contradicted record changes nothing.</returns>
    public string? Apply(JournalRecord record)
    {
        switch (record)
        {
            case WorkloadAssigned assigned:
                return Assign(assigned);
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
                    Rest(address);
                }

                return null;
            case TunnelAssigned tunnel when _owners.TryGetValue(tunnel.Address, out string? owner):
                return $"{tunnel.Address} belongs to {owner} and cannot be the tunnel address too";
            case TunnelAssigned tunnel when TunnelOf(tunnel.Address.Family) is { } held:
                return $"the tunnel address is {held} and cannot be {tunnel.Address} too";
            case TunnelAssigned tunnel:
                Take(tunnel.Address, "the tunnel device");
                _tunnels[tunnel.Address.Family] = tunnel.Address;
                return null;
            case TunnelReleased tunnel when TunnelOf(tunnel.Address.Family) == tunnel.Address:
                _tunnels.Remove(tunnel.Address.Family);
                Rest(tunnel.Address);
                return null;
            case AddressRested rested when !_owners.ContainsKey(rested.Address):
                Rest(rested.Address);
                return null;
            default:
                return $"{record} speaks of something that the journal does not hold";
        }
    }

    /// <summary>The shortest list of records that gives this book.</summary>
    public IReadOnlyList<JournalRecord> ToRecords()
    {
        List<JournalRecord> records =
        [
            .. _resting[IpFamily.Ipv4].Select(a => new AddressRested(a)),
            .. _resting[IpFamily.Ipv6].Select(a => new AddressRested(a)),
            .. _tunnels.Values.Select(a => new TunnelAssigned(a)),
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

        return records;
    }

    private string? Assign(WorkloadAssigned assigned)
    {
        _workloads.TryGetValue(assigned.Id, out Assignment? before);
        foreach (IpAddress address in assigned.Addresses)
        {
            if (_owners.TryGetValue(address, out string? owner) && owner != assigned.Id.ToString())
            {
                return $"{address} belongs to {owner} and cannot be {assigned.Id}'s too";
            }
        }

        foreach (IpAddress address in before?.Record.Addresses.Except(assigned.Addresses) ?? [])
        {
            Rest(address);
        }

        foreach (IpAddress address in assigned.Addresses)
        {
            Take(address, assigned.Id.ToString());
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

    private void Take(IpAddress address, string owner)
    {
        _owners[address] = owner;
        _taken.Add(address);
        Rouse(address);
    }

    private void Rest(IpAddress address)
    {
        _owners.Remove(address);
        _taken.Remove(address);
        Rouse(address);
        _restingAt[address] = _resting[address.Family].AddLast(address);
    }

    private void Rouse(IpAddress address)
    {
        if (_restingAt.Remove(address, out LinkedListNode<IpAddress>? node))
        {
            _resting[address.Family].Remove(node);
        }
    }
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
