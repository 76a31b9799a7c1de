using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Blocks;
using Weft.Plan.Protocol;

namespace Weft.Plan.Compiling;

/// <summary>Pools that run out, before they have; reservations and namespaces that do not say what they seem to.</summary>
public static partial class FleetFindings
{
    /// <summary>A pool with more than this share of its blocks claimed is told of, in percent.</summary>
    public const int NearlyFullPercent = 90;

    private static void AddAddresses(List<Finding> findings, FleetState state)
    {
        AddBounded(findings, "IPPool", state.Pools.Where(pool => IsNearlyFull(state, pool)), pool => NearlyFull(state, pool));
        AddBounded(findings, "IPReservation", OverlappingReservations(state), pair => new Finding(
            FindingSeverity.Notice,
            $"IPReservation/{pair.Second.Name}",
            $"{pair.Second.Range} shares addresses with {pair.First.Range} of IPReservation {pair.First.Name}: they stay reserved until both are gone"));
        AddBounded(findings, "IPReservation", ReservedOutside(state), range => new Finding(
            FindingSeverity.Notice,
            $"IPReservation/{range.Name}",
            $"{range.Range} lies outside all pools, so it reserves nothing: correct it, or leave it out"));
        AddBounded(findings, "Namespace", MissingPools(state), named => new Finding(
            FindingSeverity.Error,
            $"Namespace/{named.Space}",
            $"its annotation {NamespaceResource.PoolsAnnotation(named.Family)} names {named.Pool}, and there is no such {(named.Family == IpFamily.Ipv4 ? "IPv4" : "IPv6")} pool: its workloads get no address of it; apply the IPPool, or correct the annotation"));
    }

    private static bool IsNearlyFull(FleetState state, IpPool pool) =>
        !pool.Disabled && !pool.Metadata.IsTerminating
        && BlockArithmetic.CountOf(pool.Cidr, pool.BlockSize) is var blocks && blocks <= int.MaxValue
        && state.RangesOfPool(pool.Metadata.Name).Count * 100L > (long)blocks * NearlyFullPercent;

    private static Finding NearlyFull(FleetState state, IpPool pool)
    {
        string name = pool.Metadata.Name;
        int taken = state.RangesOfPool(name).Count;
        string holders = PoolExhausted.Holders(state.BlocksOfPool(name).Select(block => block.Node ?? block.Affinity));
        string next = state.IpamConfiguration is { StrictAffinity: true }
            ? "without a free block no workload gets an address once its node's blocks are full"
            : "without a free block nodes borrow single addresses";
        return new Finding(
            FindingSeverity.Notice,
            $"IPPool/{name}",
            FormattableString.Invariant(
                $"{name} ({pool.Cidr}) is nearly full: {taken} of its {BlockArithmetic.CountOf(pool.Cidr, pool.BlockSize)} blocks of /{pool.BlockSize} are taken ({holders}); {next}: add another IPPool, or remove workloads"));
    }

    // In the order of addresses a range that holds another comes before it.
    private static IEnumerable<((string Name, IpPrefix Range) First, (string Name, IpPrefix Range) Second)> OverlappingReservations(
        FleetState state)
    {
        (string Name, IpPrefix Range)? before = null;
        foreach ((string Name, IpPrefix Range) range in Reserved(state).OrderBy(range => range.Range).ThenBy(range => range.Name, StringComparer.Ordinal))
        {
            if (before is { } holder && holder.Range.Contains(range.Range))
            {
                if (holder.Name != range.Name)
                {
                    yield return (holder, range);
                }
            }
            else
            {
                before = range;
            }
        }
    }

    private static IEnumerable<(string Name, IpPrefix Range)> ReservedOutside(FleetState state) =>
        Reserved(state).Where(range => !state.Pools.Any(pool => pool.Cidr.Overlaps(range.Range)));

    private static IEnumerable<(string Name, IpPrefix Range)> Reserved(FleetState state) =>
        from reservation in state.Reservations
        from range in reservation.ReservedCidrs
        select (reservation.Metadata.Name, range);

    private static IEnumerable<(string Space, IpFamily Family, string Pool)> MissingPools(FleetState state) =>
        from space in state.Namespaces
        from family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6]
        from pool in space.PoolsOf(family)
        where !state.Pools.Any(known =>
            known.Cidr.Family == family && (known.Metadata.Name == pool || known.Cidr.ToString() == pool))
        select (space.Metadata.Name, family, pool);
}
