using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Changes;

namespace Weft.Server.Agents;

/// <summary>Pools whose encapsulation changes, and the nodes that this waits for.</summary>
internal static class TransitionFindings
{
    /// <summary>Nodes that a finding names; the others are counted.</summary>
    public const int NamesMax = 10;

    /// <summary>A finding for each pool under way that waits for somebody, by the pools' names.</summary>
    public static IEnumerable<Finding> Of(FleetState state, FleetOverview overview)
    {
        foreach (IpPool pool in state.Pools.Where(PoolTransition.IsUnderWay))
        {
            List<Laggard> lagging = [.. overview.LackingStep(state, pool)];
            if (lagging.Count > 0)
            {
                yield return Of(pool, lagging);
            }
        }
    }

    private static Finding Of(IpPool pool, List<Laggard> lagging)
    {
        string names = string.Join(", ", lagging.Take(NamesMax).Select(Describe));
        string rest = lagging.Count > NamesMax ? FormattableString.Invariant($" and {lagging.Count - NamesMax} more") : "";
        (string what, string then) = 0 switch
        {
            _ when lagging.Exists(node => node.Reason == LagReason.LacksIpip) => (
                "the old way is sent until every connected node can receive the new one",
                "load the module ipip where it is missing, or set vxlanMode instead of ipipMode"),
            _ when pool.Sending is not null => (
                "the old way is sent until every node can receive the new one",
                FormattableString.Invariant($"the new one is sent after {PoolTransitions.PreparingMax.TotalSeconds} s, and nodes that are not ready then are cut off from it")),
            _ => (
                "the new way is sent, and the old one received until no node sends it",
                FormattableString.Invariant($"it is received no longer after {PoolTransitions.DrainingMax.TotalSeconds} s, and nodes that still send it then are cut off")),
        };
        return new Finding(
            lagging.Exists(node => node.Reason == LagReason.LacksIpip) ? FindingSeverity.Error : FindingSeverity.Notice,
            pool.Key.ToString(),
            $"the encapsulation changes, and {what}; missing: {names}{rest}; {then}");
    }

    private static string Describe(Laggard laggard) => laggard.Reason switch
    {
        LagReason.NotConnected => $"{laggard.Node} (its agent is not connected)",
        LagReason.LacksIpip => $"{laggard.Node} (its kernel lacks IPIP)",
        _ => $"{laggard.Node} (its agent is not done)",
    };
}
