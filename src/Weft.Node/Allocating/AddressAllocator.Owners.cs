using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Allocating;

/// <content>Which node has a block is the store's to say: an address of ours in a block that was given to another node is not
/// ours any more, and nothing of this node may claim it.</content>
internal sealed partial class AddressAllocator
{
    private readonly SortedDictionary<(IpFamily Family, int Length), int> _remoteLengths = [];
    private readonly HashSet<IpPrefix> _remoteBlocks = [];
    // And the node that has the block now; empty if this node was deleted, and nobody says.
    private readonly Dictionary<IpAddress, string> _lost = [];

    /// <summary>Why an address of a workload of ours is not this node's any more; none if it is.</summary>
    public string? WhyLost(IpAddress address) => !_lost.TryGetValue(address, out string? node) ? null
        : node.Length > 0 ? $"of a block that node {node} has now"
        : $"of a block that was taken back when node {_node} was deleted";

    /// <summary>A workload's assignment with the addresses that are this node's.</summary>
    public Assignment Ours(Assignment assignment)
    {
        ArgumentNullException.ThrowIfNull(assignment);
        return _lost.Count == 0 || !assignment.Record.Addresses.Any(_lost.ContainsKey)
            ? assignment
            : new Assignment(assignment.Record with { Addresses = [.. assignment.Record.Addresses.Where(a => !_lost.ContainsKey(a))] })
            {
                Identity = assignment.Identity,
                Releasing = assignment.Releasing,
            };
    }

    // The most specific block that holds an address, own or not: a borrowed address is a block of its own.
    private PlanEntry? BlockHolding(IpAddress address)
    {
        if (_ownBlocks.GetValueOrDefault(RemoteBlockEntry.KeyOf(IpPrefix.Host(address))) is { } borrowed)
        {
            return borrowed;
        }

        foreach ((IpFamily family, int length) in _remoteLengths.Keys.Reverse())
        {
            IpPrefix block = family == address.Family ? new IpPrefix(address, length) : default;
            if (family == address.Family && _remoteBlocks.Contains(block) && plan.TryGet(RemoteBlockEntry.KeyOf(block), out PlanEntry? entry))
            {
                return entry;
            }
        }

        return null;
    }

    private void FollowRemote(IpPrefix cidr, RemoteBlockEntry? entry)
    {
        (IpFamily, int) length = (cidr.Family, cidr.Length);
        if (_remoteBlocks.Remove(cidr) && --_remoteLengths[length] == 0)
        {
            _remoteLengths.Remove(length);
        }

        if (entry is not null)
        {
            _remoteBlocks.Add(cidr);
            _remoteLengths[length] = _remoteLengths.GetValueOrDefault(length) + 1;
        }
    }

    // What a change of blocks concerns are the addresses in them, and no others.
    private SortedSet<WorkloadId> FollowOwners(IEnumerable<IpPrefix> blocks)
    {
        SortedSet<WorkloadId> concerned = [];
        foreach (IpAddress address in blocks.SelectMany(Book.TakenIn).ToList())
        {
            AddressOwner owner = Book.OwnerOf(address)!.Value;
            string? node = owner.Loan is not null ? null
                : BlockHolding(address) is RemoteBlockEntry other ? other.Node
                : IsTakenBack(address) ? ""
                : null;
            if (node == _lost.GetValueOrDefault(address))
            {
                continue;
            }

            if (node is null)
            {
                _lost.Remove(address);
                findings.Remove($"lost {address}");
            }
            else
            {
                _lost[address] = node;
                Find($"lost {address}", FindingSeverity.Error, $"{address} of {owner} is {WhyLost(address)}: it is not "
                    + "used here any more; disconnect the workload, and connect it again", $"IPAMBlock/{address}");
            }

            if (owner.Workload is { } workload)
            {
                concerned.Add(workload);
            }
        }

        return concerned;
    }

    private bool IsTakenBack(IpAddress address) => Book.Yielded.Keys.Concat(_takenBack.Keys).Any(block => block.Contains(address));

    // Addresses that this node uses, of blocks that the store has given to others or to nobody.
    private IEnumerable<IpPrefix> Outside() => Book.Workloads.SelectMany(w => w.Record.Addresses)
        .Concat(Families.Select(Book.TunnelOf).OfType<IpAddress>())
        .Where(address => !_ownBlocks.Values.Any(block => block.Cidr.Contains(address)) && !IsTakenBack(address))
        .Select(IpPrefix.Host);

    private void ForgetLost(JournalRecord freed)
    {
        IReadOnlyList<IpAddress> addresses = freed switch
        {
            WorkloadReleased released when Book.TryGet(released.Id, out Assignment? assignment) => assignment.Record.Addresses,
            TunnelReleased tunnel => [tunnel.Address],
            _ => [],
        };
        foreach (IpAddress address in addresses)
        {
            _lost.Remove(address);
            findings.Remove($"lost {address}");
        }
    }
}
