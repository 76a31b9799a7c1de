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

    // Addresses that were used and are free, longest idle first.
    private readonly LinkedList<IpAddress> _resting = new();
    private readonly Dictionary<IpAddress, LinkedListNode<IpAddress>> _restingAt = [];

    /// <summary>The workloads, in the order of their ids.</summary>
    public IReadOnlyCollection<Assignment> Workloads => _workloads.Values;

    /// <summary>The node's tunnel address.</summary>
    public IpAddress? Tunnel { get; private set; }

    /// <summary>The workload's assignment.</summary>
    public bool TryGet(WorkloadId id, [NotNullWhen(true)] out Assignment? assignment) =>
        _workloads.TryGetValue(id, out assignment);

    /// <summary>Whether an address is somebody's.</summary>
    public bool IsTaken(IpAddress address) => _owners.ContainsKey(address);

    /// <summary>Whether any address of a block is somebody's.</summary>
    public bool Holds(IpPrefix block) => _owners.Keys.Any(block.Contains);

    /// <summary>The address of these blocks to give out next: the lowest that was never used, else the one that has
    /// been idle longest. None when all are taken.</summary>
    public IpAddress? NextFree(IEnumerable<IpPrefix> blocks)
    {
        List<IpPrefix> all = [.. blocks];
        foreach (IpPrefix block in all)
        {
            for (int i = 0; i < (int)block.Count; i++)
            {
                IpAddress address = block.At((uint)i);
                if (!_owners.ContainsKey(address) && !_restingAt.ContainsKey(address))
                {
                    return address;
                }
            }
        }

        foreach (IpAddress address in _resting)
        {
            if (all.Any(block => block.Contains(address)))
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
            case WorkloadReleasing releasing when _workloads.TryGetValue(releasing.Id, out Assignment? assignment):
                assignment.Releasing = true;
                return null;
            case WorkloadReleased released when _workloads.Remove(released.Id, out Assignment? assignment):
                foreach (IpAddress address in assignment.Record.Addresses)
                {
                    Rest(address);
                }

                return null;
            case TunnelAssigned tunnel when _owners.TryGetValue(tunnel.Address, out string? owner):
                return $"{tunnel.Address} belongs to {owner} and cannot be the tunnel address too";
            case TunnelAssigned tunnel when Tunnel is { } held:
                return $"the tunnel address is {held} and cannot be {tunnel.Address} too";
            case TunnelAssigned tunnel:
                Take(tunnel.Address, "the tunnel device");
                Tunnel = tunnel.Address;
                return null;
            case TunnelReleased tunnel when Tunnel == tunnel.Address:
                Tunnel = null;
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
        List<JournalRecord> records = [.. _resting.Select(a => new AddressRested(a))];
        if (Tunnel is { } tunnel)
        {
            records.Add(new TunnelAssigned(tunnel));
        }

        foreach (Assignment assignment in _workloads.Values)
        {
            records.Add(assignment.Record);
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

        _workloads[assigned.Id] = new Assignment(assigned);
        return null;
    }

    private void Take(IpAddress address, string owner)
    {
        _owners[address] = owner;
        if (_restingAt.Remove(address, out LinkedListNode<IpAddress>? node))
        {
            _resting.Remove(node);
        }
    }

    private void Rest(IpAddress address)
    {
        _owners.Remove(address);
        if (_restingAt.Remove(address, out LinkedListNode<IpAddress>? node))
        {
            _resting.Remove(node);
        }

        _restingAt[address] = _resting.AddLast(address);
    }
}

/// <summary>A workload and its addresses.</summary>
internal sealed class Assignment(WorkloadAssigned record)
{
    /// <summary>The record that made it.</summary>
    public WorkloadAssigned Record { get; } = record;

    /// <summary>Whether it is being disconnected.</summary>
    public bool Releasing { get; set; }
}
