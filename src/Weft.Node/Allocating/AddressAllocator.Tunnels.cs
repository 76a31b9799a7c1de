using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Allocating;

/// <content>The node's own addresses, one of each family, for its tunnel devices: of its own blocks, never borrowed.</content>
internal sealed partial class AddressAllocator
{
    // For an address that rests the node itself waits as long as it takes.
    private static readonly TimeSpan TunnelWait = TimeSpan.FromHours(1);

    // Families of which the server had no address when it was asked last: the node goes on without.
    private readonly HashSet<IpFamily> _tunnelsRefused = [];

    /// <summary>Whether the node is to have a tunnel address of a family, has none, and nobody has said that there is none.
    /// </summary>
    public bool AwaitsTunnel(IpFamily family) =>
        LacksTunnel(family) && CanAllocateTunnel(family) && !_tunnelsRefused.Contains(family);

    /// <summary>Whether the node is to have a tunnel address of a family, and has none.</summary>
    public bool LacksTunnel(IpFamily family) => WantsTunnel(family) && Book.TunnelOf(family) is null;

    /// <summary>Whether there is a pool of a family that it may be taken from.</summary>
    public bool CanAllocateTunnel(IpFamily family) =>
        Pools.Any(p => p is { Allocates: true, Tunnels: true } && p.Cidr.Family == family);

    // Of a family without tunnels none is wanted: an IPv4 fleet needs no IPv6 pool. On a node that is being removed it goes with the
    // last workload.
    private bool WantsTunnel(IpFamily family) => Self is { OverIpv4: true } or { OverIpv6: true } or { Ipip: true }
        && !(IsLeaving && Book.Workloads.Count == 0)
        && Pools.Any(p => p.Tunnels && p.Cidr.Family == family);

    private void AllocateTunnels(Instant now, List<AllocatorAction> actions)
    {
        foreach (IpFamily family in Families)
        {
            if (!IsTunnelUnwritten && !IsJournalBroken && Self is not null) // Without a plan nothing says that it is not wanted.
            {
                AllocateTunnel(family, now, actions);
            }
        }
    }

    private void AllocateTunnel(IpFamily family, Instant now, List<AllocatorAction> actions)
    {
        string finding = $"tunnel {family}";
        if (Book.TunnelOf(family) is { } held)
        {
            PoolEntry? pool = Pools.FirstOrDefault(p => p.Cidr.Contains(held));
            if (!WantsTunnel(family) || pool is { Terminating: true } or { Tunnels: false }
                || (pool is null && CanAllocateTunnel(family)) || WhyLost(held) is not null)
            {
                Write(new TunnelReleased(held), actions);
            }
        }
        else if (WantsTunnel(family) && !IsDeleted && !IsBehind && !_isLentUnknown)
        {
            List<PoolEntry> pools = [.. Pools.Where(p => p is { Allocates: true, Tunnels: true } && p.Cidr.Family == family)];
            Refusal? why = pools.Count == 0 ? new Refusal("", $"no enabled IPPool selects node {_node}", false, now) : null;
            if (pools.Count > 0 && Next(pools, now.After(TunnelWait), mayBorrow: false, now, actions, out why) is { } address)
            {
                Write(new TunnelAssigned(address), actions);
            }
            else if (why is not null)
            {
                if (!why.Unreachable)
                {
                    _tunnelsRefused.Add(family);
                }

                Find(finding, FindingSeverity.Notice, $"the node itself has no {NameOf(family)} tunnel address: {why.Why}", $"Node/{_node}");
                return;
            }
            else
            {
                return; // While it is asked for again, what was said stands.
            }
        }

        _tunnelsRefused.Remove(family);
        findings.Remove(finding);
    }
}
