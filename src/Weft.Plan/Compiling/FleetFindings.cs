using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Plan.Protocol;

namespace Weft.Plan.Compiling;

/// <summary>What is not right in a fleet that belongs to no single node: a pure function of the state.</summary>
/// <remarks>Each sort of finding is told at most <see cref="EachMax"/> times, then counted, in a stable order.</remarks>
public static partial class FleetFindings
{
    /// <summary>Findings of one sort, for one subject.</summary>
    public const int EachMax = 10;

    /// <summary>Cases of one sort that are counted: who has more has them all for one reason.</summary>
    public const int CountedMax = 1_000;

    /// <summary>The findings.</summary>
    public static IReadOnlyList<Finding> Of(FleetState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        List<Finding> findings = [];
        List<NodeResource> nodes = [.. state.Nodes];
        AddNodes(findings, state, nodes);
        AddBounded(findings, "IPAMBlock", OverlappingBlocks(state), Overlap);
        foreach (IpPool pool in state.Pools)
        {
            AddPool(findings, state, nodes, pool);
        }

        AddAddresses(findings, state);
        AddRoutes(findings, state, nodes);
        AddBounded(
            findings,
            "FelixConfiguration",
            state.OfKind(ResourceKinds.FelixConfiguration).Cast<FelixConfiguration>()
                .Where(felix => felix.Node is { } node && state.FindNode(node) is null),
            OfNoNode);
        return findings;
    }

    private static Finding OfNoNode(FelixConfiguration felix) => new(
        FindingSeverity.Notice,
        $"FelixConfiguration/{felix.Metadata.Name}",
        $"there is no Node {felix.Node}, so it configures nothing: correct the name, or delete it");

    private static IEnumerable<(IpamBlock First, IpamBlock Second)> OverlappingBlocks(FleetState state)
    {
        IpamBlock? before = null;
        foreach (IpamBlock block in state.Blocks)
        {
            if (before is not null && before.Cidr.Overlaps(block.Cidr))
            {
                yield return (before, block);
            }

            before = before is not null && before.Cidr.Contains(block.Cidr) ? before : block;
        }
    }

    private static Finding Overlap((IpamBlock First, IpamBlock Second) pair) => new(
        FindingSeverity.Error,
        $"IPAMBlock/{pair.Second.Cidr}",
        $"block {pair.Second.Cidr} of {pair.Second.Affinity} overlaps with {pair.First.Cidr} of {pair.First.Affinity}: the same address may be given out twice; empty one of the nodes");

    private static void AddBounded<T>(
        List<Finding> findings, string subject, IEnumerable<T> cases, Func<T, Finding> describe)
    {
        int count = 0;
        foreach (T one in cases)
        {
            if (count++ < EachMax)
            {
                findings.Add(describe(one));
            }
            else if (count > CountedMax)
            {
                break;
            }
        }

        if (count > EachMax)
        {
            findings.Add(findings[^1] with
            {
                Subject = subject,
                Message = count > CountedMax
                    ? FormattableString.Invariant($"and more than {CountedMax - EachMax} more like these")
                    : FormattableString.Invariant($"and {count - EachMax} more like these"),
            });
        }
    }
}
