using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Entries;

namespace Weft.Plan.Compiling;

/// <summary>Each entry of a plan as a pure function of (state, node, key).</summary>
/// <remarks>This is what makes an incremental plan equal one from scratch: a change only decides which keys are asked
/// again (<see cref="Affected"/>), never what the answer is.</remarks>
internal static partial class EntryRules
{
    /// <summary>The keys that a node's plan may have entries under. A node without a resource has none.</summary>
    public static IEnumerable<EntryKey> KeysOf(FleetState state, string node)
    {
        if (state.FindNode(node) is null)
        {
            yield break;
        }

        yield return EntryKey.Self;
        yield return EntryKey.OutgoingNat;
        yield return EntryKey.Allocation;
        foreach (IpPool pool in state.Pools)
        {
            yield return EntryKey.OfPool(pool.Metadata.Name);
        }

        foreach (IpamBlock block in state.Blocks)
        {
            yield return EntryKey.OfBlock(block.Cidr);
        }

        foreach (AddressLoan loan in state.Loans)
        {
            if (BlockOf(loan) is { } borrowed)
            {
                yield return EntryKey.OfBlock(borrowed);
            }
        }

        foreach (AddressLoan loan in state.LoansOfLender(node))
        {
            yield return EntryKey.OfLoan(loan.Metadata.Name);
        }

        foreach (IpReservation reservation in state.Reservations)
        {
            yield return EntryKey.OfReservation(reservation.Metadata.Name);
        }

        foreach (NamespaceResource space in state.Namespaces)
        {
            yield return EntryKey.OfNamespace(space.Metadata.Name);
        }

        foreach (NodeResource other in state.Nodes)
        {
            yield return EntryKey.OfPeer(other.Metadata.Name);
        }

        foreach (StaticRoute route in state.StaticRoutes)
        {
            yield return EntryKey.OfStaticRoute(route.Metadata.Name);
        }

        foreach (WorkloadEndpoint endpoint in state.EndpointsOfNode(node))
        {
            yield return EntryKey.OfWorkload(endpoint.Key);
        }
    }

    /// <summary>The entry under a key, or none.</summary>
    public static PlanEntry? Derive(FleetState state, string node, EntryKey key) =>
        state.FindNode(node) is not { } self
            ? null
            : key.Kind switch
            {
                EntryKind.Self => Self(state, self),
                EntryKind.Pool => state.FindPool(key.Name) is { } pool ? Pool(pool, self) : null,
                EntryKind.Block => Block(state, self, key.Cidr),
                EntryKind.Peer => state.FindNode(key.Name) is { } other ? Peer(state, self, other) : null,
                EntryKind.Workload => Workload(state.Find(key.Endpoint) as WorkloadEndpoint, node),
                EntryKind.StaticRoute => state.FindStaticRoute(key.Name) is { } route ? Route(state, self, route) : null,
                EntryKind.OutgoingNat => OutgoingNat(state.FelixOfAll, state.FelixOfNode(node)),
                EntryKind.Allocation => AllocationOf(state.IpamConfiguration),
                EntryKind.Reservation => state.FindReservation(key.Name) is { } held ? Reservation(state, held) : null,
                EntryKind.Namespace => state.FindNamespace(key.Name) is { } space ? Namespace(state, space) : null,
                EntryKind.Loan => state.FindLoan(key.Name) is { } loan && loan.Lender == node ? Loan(loan) : null,
                _ => throw new UnreachableException(),
            };

    /// <summary>The text of a key, as plans have it.</summary>
    public static string TextOf(EntryKey key) => key.Kind switch
    {
        EntryKind.Self => SelfEntry.TheKey,
        EntryKind.Pool => PoolEntry.KeyOf(key.Name),
        EntryKind.Block => RemoteBlockEntry.KeyOf(key.Cidr),
        EntryKind.Peer => PeerEntry.KeyOf(key.Name),
        EntryKind.Workload => WorkloadEntry.KeyOf(key.Endpoint.Namespace, key.Endpoint.Name),
        EntryKind.StaticRoute => StaticRouteEntry.KeyOf(key.Name),
        EntryKind.OutgoingNat => OutgoingNatEntry.TheKey,
        EntryKind.Allocation => AllocationEntry.TheKey,
        EntryKind.Reservation => ReservationEntry.KeyOf(key.Name),
        EntryKind.Namespace => NamespaceEntry.KeyOf(key.Name),
        EntryKind.Loan => LoanEntry.KeyOf(key.Name),
        _ => throw new UnreachableException(),
    };

    private static SelfEntry Self(FleetState state, NodeResource self) => new()
    {
        Node = self.Metadata.Name,
        Uid = self.Metadata.Uid.Length > 0 ? self.Metadata.Uid : null,
        Ipv4 = self.BgpIpv4Address,
        Ipv6 = self.BgpIpv6Address,
        OverIpv4 = Encapsulation.MayTunnelOver(IpFamily.Ipv4, state, self),
        OverIpv6 = Encapsulation.MayTunnelOver(IpFamily.Ipv6, state, self),
        Ipip = Encapsulation.MayTunnelIpip(state, self),
        TunnelMac = Encapsulation.TunnelMac(self, IpFamily.Ipv4),
        TunnelMacV6 = Encapsulation.TunnelMac(self, IpFamily.Ipv6),
        TunnelIpv4 = self.Ipv4VxlanTunnelAddr,
        TunnelIpv6 = self.Ipv6VxlanTunnelAddr,
        UnderlayMtu = self.UnderlayMtu,
        UnderlayMtuV6 = self.UnderlayMtuV6,
        Leaving = self.Metadata.IsTerminating,
    };

    private static PoolEntry Pool(IpPool pool, NodeResource self) => new()
    {
        Name = pool.Metadata.Name,
        Cidr = pool.Cidr,
        Allocates = Allocation.WhyNot(pool, self) is null,
        Tunnels = Encapsulation.Tunnels(pool) && pool.AllowedUses.HasFlag(PoolUses.Tunnel),
        NoWorkloads = !pool.AllowedUses.HasFlag(PoolUses.Workload),
        ByNameOnly = pool.AssignmentMode == AssignmentMode.Manual,
        ClosedByDefault = pool.NamespaceSelector is { } selector && !selector.Matches(LabelMap.Empty),
        NatOutgoing = pool.NatOutgoing,
        BlockSize = pool.BlockSize,
        Terminating = pool.Metadata.IsTerminating,
    };

    // A block, or an address that was lent: to all but the two nodes concerned it is a block like others. Never both, since
    // blocks of one address are not lent.
    private static PlanEntry? Block(FleetState state, NodeResource self, IpPrefix cidr)
    {
        if (state.FindBlock(cidr) is { } block)
        {
            return Block(state, self, cidr, block.Pool, block.Node, null, block.Announcing);
        }

        return cidr.IsHost && state.FindLoanOf(cidr.Address) is { } loan
            ? Block(state, self, cidr, loan.Pool, loan.Borrower, loan.Lender, loan.Announcing)
            : null;
    }

    private static PlanEntry? Block(
        FleetState state, NodeResource self, IpPrefix cidr, string poolName, string? name, string? lender, bool announcing)
    {
        if (name == self.Metadata.Name)
        {
            // The others have the way to it before its node has it.
            return announcing ? null : new OwnBlockEntry { Cidr = cidr, Pool = poolName, Lender = lender };
        }

        if (name is null || state.FindNode(name) is not { } owner || state.FindPool(poolName) is not { } pool)
        {
            return null;
        }

        PairPath path = Encapsulation.Between(pool, self, owner);
        return new RemoteBlockEntry
        {
            Cidr = cidr,
            Pool = poolName,
            Node = name,
            Path = path.Path,
            Via = path.Over is { } family ? owner.UnderlayAddress(family)?.Address : null,
            OwnerIpv4 = owner.BgpIpv4Address?.Address,
            OwnerIpv6 = owner.BgpIpv6Address?.Address,
            Mtu = Encapsulation.RouteMtu(path, self, owner),
        };
    }

    private static PeerEntry? Peer(FleetState state, NodeResource self, NodeResource other) =>
        other.Metadata.Name == self.Metadata.Name || (other.BgpIpv4Address is null && other.BgpIpv6Address is null)
            ? null
            : new PeerEntry
            {
                Node = other.Metadata.Name,
                Ipv4 = other.BgpIpv4Address?.Address,
                Ipv6 = other.BgpIpv6Address?.Address,
                OverIpv4 = Encapsulation.AnyBetween(state.Pools, self, other, new PairPath(BlockPath.Vxlan, IpFamily.Ipv4)),
                OverIpv6 = Encapsulation.AnyBetween(state.Pools, self, other, new PairPath(BlockPath.Vxlan, IpFamily.Ipv6)),
                Ipip = Encapsulation.AnyBetween(state.Pools, self, other, new PairPath(BlockPath.Ipip, IpFamily.Ipv4)),
                TunnelMac = Encapsulation.TunnelMac(other, IpFamily.Ipv4),
                TunnelMacV6 = Encapsulation.TunnelMac(other, IpFamily.Ipv6),
                TunnelIpv4 = other.Ipv4VxlanTunnelAddr,
                TunnelIpv6 = other.Ipv6VxlanTunnelAddr,
            };

    private static WorkloadEntry? Workload(WorkloadEndpoint? endpoint, string node) =>
        endpoint is null || endpoint.Node != node
            ? null
            : new WorkloadEntry
            {
                Namespace = endpoint.Metadata.Namespace,
                Name = endpoint.Metadata.Name,
                Workload = endpoint.WorkloadName,
                Interface = endpoint.Endpoint,
                ContainerId = endpoint.ContainerId ?? "",
                Addresses = [.. endpoint.IpNetworks.Select(network => network.Address)],
                Terminating = endpoint.Metadata.IsTerminating,
                Declared = !endpoint.IsOfAgent,
            };
}
