using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Plan.Compiling;

/// <summary>What a change of one resource may change in plans: for whom, and under which keys.</summary>
internal static class Affected
{
    /// <summary>The node whose whole plan may change; a plan has at most one cause of this sort per change.</summary>
    public static string? WholePlanOf(ResourceChange change) =>
        (change.After ?? change.Before) is NodeResource node
        && !ReachesOthersTheSameWay(change.Before as NodeResource, change.After as NodeResource)
            ? node.Metadata.Name
            : null;

    /// <summary>Keys that a commit may change in every plan, whatever its single changes do.</summary>
    public static IEnumerable<EntryKey> OfCommit(FleetState before, FleetState after)
    {
        // The first node that has no address of one family, or the last: others may need one more tunnel device.
        if ((before.NodesWithOnly(IpFamily.Ipv4) > 0) != (after.NodesWithOnly(IpFamily.Ipv4) > 0)
            || (before.NodesWithOnly(IpFamily.Ipv6) > 0) != (after.NodesWithOnly(IpFamily.Ipv6) > 0))
        {
            yield return EntryKey.Self;
        }
    }

    /// <summary>Keys that may change in every plan.</summary>
    /// <param name="before">The state before the commit.</param>
    /// <param name="after">The state after it.</param>
    /// <param name="change">One change of the commit.</param>
    public static IEnumerable<EntryKey> InEveryPlan(FleetState before, FleetState after, ResourceChange change)
    {
        switch (change.After ?? change.Before)
        {
            case IpPool pool:
                foreach (EntryKey key in OfPool(after, pool.Metadata.Name, change.Before as IpPool, change.After as IpPool))
                {
                    yield return key;
                }

                break;
            case IpamBlock:
                if (change.Before is IpamBlock was)
                {
                    yield return EntryKey.OfBlock(was.Cidr);
                }

                if (change.After is IpamBlock isNow)
                {
                    yield return EntryKey.OfBlock(isNow.Cidr);
                }

                break;
            case AddressLoan:
                foreach (Resource? loan in (Resource?[])[change.Before, change.After])
                {
                    if (loan is AddressLoan one && EntryRules.BlockOf(one) is { } borrowed)
                    {
                        yield return EntryKey.OfBlock(borrowed);
                    }
                }

                break;
            case IpamConfiguration:
                yield return EntryKey.Allocation;
                break;
            case IpReservation reservation:
                yield return EntryKey.OfReservation(reservation.Metadata.Name);
                break;
            case NamespaceResource space when Mattered(before, change.Before) || Mattered(after, change.After):
                yield return EntryKey.OfNamespace(space.Metadata.Name);
                break;
            case NodeResource node when !LooksTheSameToOthers(change.Before as NodeResource, change.After as NodeResource):
                string name = node.Metadata.Name;
                yield return EntryKey.OfPeer(name);
                foreach (IpamBlock block in before.BlocksOfNode(name))
                {
                    yield return EntryKey.OfBlock(block.Cidr);
                }

                foreach (IpamBlock block in after.BlocksOfNode(name))
                {
                    yield return EntryKey.OfBlock(block.Cidr);
                }

                foreach (AddressLoan loan in before.LoansOfBorrower(name).Concat(after.LoansOfBorrower(name)))
                {
                    if (EntryRules.BlockOf(loan) is { } borrowed)
                    {
                        yield return EntryKey.OfBlock(borrowed);
                    }
                }

                break;
            case StaticRoute:
                // Those that share its place may come into force, or lose it.
                foreach (StaticRoute route in Places(before, after, change).DistinctBy(route => route.Metadata.Name))
                {
                    yield return EntryKey.OfStaticRoute(route.Metadata.Name);
                }

                break;
            case FelixConfiguration { Node: null }:
                yield return EntryKey.OutgoingNat;
                break;
            default:
                break;
        }
    }

    /// <summary>One key that may change in one node's plan: before and after the change.</summary>
    public static IEnumerable<(string Node, EntryKey Key)> InOnePlan(FleetState after, ResourceChange change)
    {
        if ((change.After ?? change.Before) is NodeResource node && WholePlanOf(change) is null)
        {
            // Its labels and its own facts: others reach it as before.
            yield return (node.Metadata.Name, EntryKey.Self);
            foreach (IpPool pool in after.Pools)
            {
                yield return (node.Metadata.Name, EntryKey.OfPool(pool.Metadata.Name));
            }

            foreach (StaticRoute route in after.StaticRoutes)
            {
                yield return (node.Metadata.Name, EntryKey.OfStaticRoute(route.Metadata.Name));
            }
        }

        if ((change.After ?? change.Before) is FelixConfiguration { Node: { } configured })
        {
            yield return (configured, EntryKey.OutgoingNat);
        }

        if (change.Before is AddressLoan lent)
        {
            yield return (lent.Lender, EntryKey.OfLoan(lent.Metadata.Name));
        }

        if (change.After is AddressLoan isLent)
        {
            yield return (isLent.Lender, EntryKey.OfLoan(isLent.Metadata.Name));
        }

        if (change.Before is WorkloadEndpoint was)
        {
            yield return (was.Node, EntryKey.OfWorkload(was.Key));
        }

        if (change.After is WorkloadEndpoint isNow)
        {
            yield return (isNow.Node, EntryKey.OfWorkload(isNow.Key));
        }
    }

    // A change of mode comes in steps (docs/guide.md, "Resources"): who may send what to whom changes with the first and
    // the last one, and the routes with the one between.
    private static IEnumerable<EntryKey> OfPool(FleetState after, string name, IpPool? before, IpPool? now)
    {
        yield return EntryKey.OfPool(name);
        if (before is null || now is null || before.Cidr.Family != now.Cidr.Family || !before.Ways.ToHashSet().SetEquals(now.Ways))
        {
            yield return EntryKey.Self;
            foreach (NodeResource node in after.Nodes)
            {
                yield return EntryKey.OfPeer(node.Metadata.Name);
            }
        }

        if (before is null || now is null || before.Cidr.Family != now.Cidr.Family || before.InForce != now.InForce)
        {
            foreach (IpamBlock block in after.BlocksOfPool(name))
            {
                yield return EntryKey.OfBlock(block.Cidr);
            }

            foreach (AddressLoan loan in after.LoansOfPool(name))
            {
                if (EntryRules.BlockOf(loan) is { } borrowed)
                {
                    yield return EntryKey.OfBlock(borrowed);
                }
            }
        }

        // Which reservations lie in pools, and which namespaces it is closed to.
        if (before?.Cidr != now?.Cidr)
        {
            foreach (IpReservation reservation in after.Reservations)
            {
                yield return EntryKey.OfReservation(reservation.Metadata.Name);
            }
        }

        if (!Equals(before?.NamespaceSelector, now?.NamespaceSelector))
        {
            foreach (NamespaceResource space in after.Namespaces)
            {
                yield return EntryKey.OfNamespace(space.Metadata.Name);
            }
        }
    }

    private static bool Mattered(FleetState state, Resource? resource) =>
        resource is NamespaceResource space && EntryRules.Matters(state, space);

    private static IEnumerable<StaticRoute> Places(FleetState before, FleetState after, ResourceChange change)
    {
        if (change.Before is StaticRoute was)
        {
            foreach (StaticRoute route in before.RoutesAt(was.Destination, was.Metric))
            {
                yield return route;
            }
        }

        if (change.After is StaticRoute isNow)
        {
            foreach (StaticRoute route in after.RoutesAt(isNow.Destination, isNow.Metric))
            {
                yield return route;
            }
        }
    }

    private static bool ReachesOthersTheSameWay(NodeResource? before, NodeResource? after) =>
        before is not null && after is not null
        && before.BgpIpv4Address == after.BgpIpv4Address
        && before.BgpIpv6Address == after.BgpIpv6Address
        && before.UnderlayMtu == after.UnderlayMtu
        && before.UnderlayMtuV6 == after.UnderlayMtuV6;

    // Labels and the like concern the node itself; others only see these.
    private static bool LooksTheSameToOthers(NodeResource? before, NodeResource? after) =>
        ReachesOthersTheSameWay(before, after)
        && before?.VxlanTunnelMacAddr == after?.VxlanTunnelMacAddr
        && before?.VxlanTunnelMacAddrV6 == after?.VxlanTunnelMacAddrV6
        && before?.Ipv4VxlanTunnelAddr == after?.Ipv4VxlanTunnelAddr
        && before?.Ipv6VxlanTunnelAddr == after?.Ipv6VxlanTunnelAddr;
}
