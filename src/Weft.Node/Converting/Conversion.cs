using System;
using System.Collections.Generic;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Allocation;
using Weft.Node.Kernel;
using Weft.Plan.Entries;

namespace Weft.Node.Converting;

/// <summary>What the node knows of its own underlay: the interface that carries its address.</summary>
/// <param name="Device">The interface's name.</param>
/// <param name="Mtu">Its MTU in bytes.</param>
internal sealed record Underlay(string Device, uint Mtu)
{
    // RFC 791, 3.2: 68 is what every host can forward; and a veth takes no more than 65,535, though lo has more.
    private const uint LinkMtuMin = 68 + Conversion.VxlanOverIpv4;
    private const uint LinkMtuMax = 65535;

    /// <summary>The MTU of workloads' links: the underlay's, as far as such a link can have it.</summary>
    public uint LinkMtu => Math.Clamp(Mtu, LinkMtuMin, LinkMtuMax);
}

/// <summary>The node's own facts, on which every conversion may depend.</summary>
/// <param name="Self">The node's entry of the plan.</param>
/// <param name="Underlay">The underlay interface; none while no interface has the node's address.</param>
/// <param name="Tunnel">The tunnel address from the journal.</param>
internal sealed record NodeFacts(SelfEntry? Self, Underlay? Underlay, IpAddress? Tunnel)
{
    /// <summary>The node's underlay address.</summary>
    public IpAddress? Address => Self?.Ipv4?.Address;

    /// <summary>Whether there is a tunnel device.</summary>
    public bool HasTunnel => Self is { OverIpv4: true, Ipv4: not null } && Underlay is not null;
}

/// <summary>One object that a network namespace should hold.</summary>
/// <param name="Scope">The path of the namespace; empty for the node's own.</param>
/// <param name="Object">The object.</param>
/// <param name="Peer">For a veth, the far end that it is made with.</param>
internal readonly record struct Wanted(string Scope, KernelObject Object, VethPeerObject? Peer = null);

/// <summary>Turns entries of the plan and assignments of the journal into the kernel objects that follow from them.
/// Pure: the same facts and entry give the same objects.</summary>
internal static class Conversion
{
    private const string Host = "";

    // RFC 7348 over IPv4: outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14.
    internal const uint VxlanOverIpv4 = 50;

    /// <summary>The objects of one entry of the plan.</summary>
    public static IEnumerable<Wanted> Of(PlanEntry entry, NodeFacts facts) => entry switch
    {
        SelfEntry self => OfSelf(self, facts),
        OwnBlockEntry block => OfOwnBlock(block),
        RemoteBlockEntry block => OfRemoteBlock(block, facts),
        PeerEntry peer => OfPeer(peer, facts),
        _ => [],
    };

    /// <summary>The objects of one workload, on both sides of its link.</summary>
    public static IEnumerable<Wanted> Of(Assignment assignment, NodeFacts facts)
    {
        if (assignment.Releasing || facts.Underlay is not { } underlay)
        {
            yield break;
        }

        WorkloadAssigned record = assignment.Record;
        string hostInterface = KernelNames.HostInterface(record.Id);
        LinkObject inside = new()
        {
            Name = record.Id.Interface,
            LinkKind = "veth",
            Mac = KernelNames.WorkloadMac(record.Id),
            Mtu = underlay.LinkMtu,
        };
        LinkObject outside = new()
        {
            Name = hostInterface,
            LinkKind = "veth",
            Mac = KernelNames.GatewayMac,
            Mtu = underlay.LinkMtu,
            Alias = $"weft {record.Id}",
        };
        string workload = record.NetworkNamespace;
        IpPrefix gateway = IpPrefix.Host(KernelNames.Gateway);
        yield return new Wanted(Host, outside, new VethPeerObject(workload, inside));
        yield return new Wanted(Host, new ProxyNeighbourObject(hostInterface, KernelNames.Gateway));
        yield return new Wanted(workload, inside);
        yield return new Wanted(
            workload, new NeighbourObject(inside.Name, KernelNames.Gateway, KernelNames.GatewayMac));
        foreach (IpAddress address in record.Addresses)
        {
            yield return new Wanted(Host, new NeighbourObject(hostInterface, address, inside.Mac));
            yield return new Wanted(Host, new RouteObject
            {
                Destination = IpPrefix.Host(address),
                Metric = RouteMetrics.Workload,
                Device = hostInterface,
                PreferredSource = facts.Address,
            });
            yield return new Wanted(
                workload, new AddressObject(inside.Name, new IpInterfaceAddress(address, address.BitLength)));
            yield return new Wanted(workload, new RouteObject
            {
                Destination = gateway,
                Metric = RouteMetrics.InWorkload,
                Device = inside.Name,
            });
            yield return new Wanted(workload, new RouteObject
            {
                Destination = new IpPrefix(new IpAddress(Ipv4Address.Any), 0),
                Metric = RouteMetrics.InWorkload,
                Device = inside.Name,
                Gateway = KernelNames.Gateway,
            });
        }
    }

    private static IEnumerable<Wanted> OfSelf(SelfEntry self, NodeFacts facts)
    {
        if (!facts.HasTunnel || facts.Address is not { } local)
        {
            yield break;
        }

        yield return new Wanted(Host, new LinkObject
        {
            Name = KernelNames.TunnelDevice,
            LinkKind = "vxlan",
            Mac = self.TunnelMac,
            Mtu = facts.Underlay!.LinkMtu - VxlanOverIpv4,
            Alias = $"weft {self.Node}",
            Tunnel = new TunnelSettings(KernelNames.Vni, local, KernelNames.VxlanPort),
        });
        IpAddress tunnel = facts.Tunnel ?? KernelNames.TunnelPlaceholder;
        yield return new Wanted(
            Host, new AddressObject(KernelNames.TunnelDevice, new IpInterfaceAddress(tunnel, tunnel.BitLength)));
    }

    private static IEnumerable<Wanted> OfOwnBlock(OwnBlockEntry block)
    {
        // A dead address is answered at once, never leaves the node and never loops.
        yield return new Wanted(Host, new RouteObject
        {
            Destination = block.Cidr,
            Metric = RouteMetrics.OwnBlock,
            Type = RouteType.Unreachable,
        });
    }

    private static IEnumerable<Wanted> OfRemoteBlock(RemoteBlockEntry block, NodeFacts facts)
    {
        if (block.Path == BlockPath.Direct && facts.Underlay is { } underlay)
        {
            yield return new Wanted(Host, new RouteObject
            {
                Destination = block.Cidr,
                Metric = RouteMetrics.RemoteBlock,
                Device = underlay.Device,
                Gateway = block.Via,
                PreferredSource = facts.Address,
            });
        }

        if (block.Path == BlockPath.Vxlan && facts.HasTunnel)
        {
            yield return new Wanted(Host, new RouteObject
            {
                Destination = block.Cidr,
                Metric = RouteMetrics.RemoteBlock,
                Device = KernelNames.TunnelDevice,
                Gateway = block.Via,
                OnLink = true,
                PreferredSource = facts.Tunnel ?? facts.Address,
                Mtu = block.Mtu is { } mtu ? (uint)mtu : null,
            });
        }
    }

    private static IEnumerable<Wanted> OfPeer(PeerEntry peer, NodeFacts facts)
    {
        if (!facts.HasTunnel || peer is not { OverIpv4: true, Ipv4: { } underlay })
        {
            yield break;
        }

        // The next hop of encapsulated routes is the other node's underlay address, known as soon as the node is:
        // forwarding does not wait for the other node's tunnel address.
        yield return new Wanted(
            Host, new NeighbourObject(KernelNames.TunnelDevice, underlay, peer.TunnelMac));
        yield return new Wanted(Host, new FdbObject(KernelNames.TunnelDevice, peer.TunnelMac, underlay));
    }
}
