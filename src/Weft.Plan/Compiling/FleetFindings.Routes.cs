using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Plan.Protocol;

namespace Weft.Plan.Compiling;

/// <summary>Static routes that are not in force, or take what belongs to a pool.</summary>
public static partial class FleetFindings
{
    // Metrics of a node's own routes: docs/guide.md, "What is in a node's kernel".
    private const int OfWorkloads = 100;
    private const int OfRemoteBlocks = 200;
    private const int OfOwnBlocks = 300;

    private static void AddRoutes(List<Finding> findings, FleetState state, List<NodeResource> nodes)
    {
        AddBounded(
            findings,
            "StaticRoute",
            state.StaticRoutes.Where(route => !nodes.Any(node => EntryRules.Has(state, node, route))),
            route => NowhereInForce(route, nodes));
        AddBounded(findings, "StaticRoute", Losing(state, nodes), pair => Loses(pair.Route, pair.Node));
        AddBounded(findings, "StaticRoute", TakingFromPools(state), pair => TakesFrom(pair.Route, pair.Pool));
    }

    private static Finding NowhereInForce(StaticRoute route, List<NodeResource> nodes) => new(
        FindingSeverity.Notice,
        $"StaticRoute/{route.Metadata.Name}",
        nodes.Any(node => route.NodeSelector.Matches(node.Metadata.Labels))
            ? FormattableString.Invariant($"no node has it: on each that it selects, another StaticRoute leads to {route.Destination} with metric {route.Metric}; give it another metric")
            : $"no node has it: its nodeSelector {route.NodeSelector} selects none");

    // Only where it is in force elsewhere; where it is nowhere, that says it all.
    private static IEnumerable<(StaticRoute Route, NodeResource Node)> Losing(FleetState state, List<NodeResource> nodes)
    {
        foreach (StaticRoute route in state.StaticRoutes
            .Where(route => state.RoutesAt(route.Destination, route.Metric).Skip(1).Any()))
        {
            List<NodeResource> selected = [.. nodes.Where(node => route.NodeSelector.Matches(node.Metadata.Labels))];
            if (selected.Find(node => !EntryRules.Has(state, node, route)) is { } loses
                && selected.Exists(node => EntryRules.Has(state, node, route)))
            {
                yield return (route, loses);
            }
        }
    }

    private static Finding Loses(StaticRoute route, NodeResource node) => new(
        FindingSeverity.Error,
        $"StaticRoute/{route.Metadata.Name}",
        FormattableString.Invariant($"{node.Metadata.Name} does not have it: an earlier StaticRoute leads to {route.Destination} with metric {route.Metric} there; give it another metric"));

    // A shorter prefix than a block's takes nothing that a node has: the longest prefix goes first.
    private static IEnumerable<(StaticRoute Route, IpPool Pool)> TakingFromPools(FleetState state) =>
        from route in state.StaticRoutes
        from pool in state.Pools
        where pool.Cidr.Contains(route.Destination)
            && (route.Destination.Length > pool.BlockSize
                || (route.Destination.Length == pool.BlockSize && route.Metric < OfOwnBlocks))
        select (route, pool);

    private static Finding TakesFrom(StaticRoute route, IpPool pool)
    {
        bool longer = route.Destination.Length > pool.BlockSize;
        bool one = route.Destination.IsHost;
        string wins = 0 switch
        {
            _ when one && route.Metric < OfWorkloads => "it goes before the route of the workload that has the address",
            _ when one => "the workload that has the address keeps it on its own node, and loses it on all others",
            _ when longer => "being longer, it goes before the block's route, and only workloads of the node itself keep their addresses",
            _ when route.Metric < OfRemoteBlocks => "with its smaller metric it goes before the block's route",
            _ => "it takes the block's free addresses on the node that has the block",
        };
        return new Finding(
            FindingSeverity.Notice,
            $"StaticRoute/{route.Metadata.Name}",
            $"{route.Destination} lies inside IPPool {pool.Metadata.Name} ({pool.Cidr}): {wins}");
    }
}
