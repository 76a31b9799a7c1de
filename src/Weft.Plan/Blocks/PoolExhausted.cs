using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Net;

namespace Weft.Plan.Blocks;

/// <summary>Says that a pool has no free block: which pool, how large, who holds it, and what would help.</summary>
public static class PoolExhausted
{
    /// <summary>Holders that the message names; the others are counted.</summary>
    public const int HoldersNamed = 5;

    /// <summary>The message.</summary>
    /// <param name="pool">The pool's name.</param>
    /// <param name="cidr">The pool's prefix.</param>
    /// <param name="blockSize">The length of a block's prefix.</param>
    /// <param name="holders">The node of each block that is taken.</param>
    public static string Describe(string pool, IpPrefix cidr, int blockSize, IEnumerable<string> holders)
    {
        return string.Create(
            CultureInfo.InvariantCulture,
            $"IPPool {pool} ({cidr}) has no free block: all {BlockArithmetic.CountOf(cidr, blockSize)} blocks of /{blockSize} are taken ({Holders(holders)}); add another IPPool, or remove workloads of this node");
    }

    /// <summary>Who holds the blocks: nodes with most of them first.</summary>
    /// <param name="holders">The node of each block that is taken.</param>
    public static string Holders(IEnumerable<string> holders)
    {
        ArgumentNullException.ThrowIfNull(holders);
        List<(string Node, int Blocks)> byNode = [.. holders
            .GroupBy(h => h, StringComparer.Ordinal)
            .Select(g => (Node: g.Key, Blocks: g.Count()))
            .OrderByDescending(h => h.Blocks).ThenBy(h => h.Node, StringComparer.Ordinal)];
        string named = string.Join(", ", byNode.Take(HoldersNamed)
            .Select(h => string.Create(CultureInfo.InvariantCulture, $"{h.Node} {h.Blocks}")));
        int others = byNode.Count - HoldersNamed;
        string rest = others > 0 ? string.Create(CultureInfo.InvariantCulture, $" and {others} more nodes") : "";
        return named + rest;
    }
}
