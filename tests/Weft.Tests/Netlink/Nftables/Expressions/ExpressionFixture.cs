using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.Net.Bytes;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Expressions;
using Xunit;

namespace Weft.Tests.Netlink.Nftables.Expressions;

/// <summary>A statement of nft with the expressions (NFTA_RULE_EXPRESSIONS) that nft sends for it and that the kernel
/// dumps; null where the kernel that it was made with has not got it.</summary>
internal sealed record ExpressionRow(string Statement, byte[] Sent, byte[]? Dumped);

/// <summary>The rows of <c>fixtures/netlink/nft-expressions.txt</c>, by statement. The kernel test of expressions writes
/// the file.</summary>
internal static class ExpressionFixture
{
    public static IReadOnlyDictionary<string, ExpressionRow> Rows { get; } = Read();

    /// <summary>Reads a rule's expressions, which must be well-formed.</summary>
    public static NftList<NftExpression> Decode(ReadOnlySpan<byte> bytes)
    {
        Assert.True(NftExpressionList.TryDecode(new NetlinkAttribute(0, bytes), out NftList<NftExpression> expressions));
        return expressions;
    }

    /// <summary>A rule's expressions in our bytes, without the flag that says which attributes hold others: the kernel's
    /// dumps of nf_tables do not have it.</summary>
    public static byte[] Encode(NftList<NftExpression> expressions)
    {
        NetlinkWriter writer = new(0, NetlinkFlags.None, 0);
        int nest = writer.BeginNest(4);
        foreach (NftExpression expression in expressions)
        {
            expression.Encode(ref writer, 1);
        }

        writer.EndNest(nest);
        byte[] bytes = writer.ToRequest().Bytes.ToArray()[(NetlinkHeader.ByteLength + 4)..];
        ClearNested(bytes);
        return bytes;
    }

    /// <summary>The same without what the kernel counts, without a set's id, and without the number that the kernel puts
    /// into the name of a set that has none (<c>__set%d</c>).</summary>
    public static NftList<NftExpression> WithoutState(NftList<NftExpression> expressions) =>
        NftList.Create<NftExpression>([.. expressions.Select(e => e.WithoutState() switch
        {
            NftExpression.Lookup lookup => lookup with { Set = Nameless(lookup.Set) },
            NftExpression.ObjectMap map => map with { Set = Nameless(map.Set) },
            NftExpression other => other,
        })]);

    private static string Nameless(string set) => set.StartsWith("__", StringComparison.Ordinal)
        ? set.TrimEnd('%', 'd', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
        : set;

    private static void ClearNested(Span<byte> attributes)
    {
        for (int at = 0; at + 4 <= attributes.Length;)
        {
            int length = HostOrder.ReadUInt16(attributes, at);
            if ((attributes[at + 3] & 0x80) != 0)
            {
                attributes[at + 3] &= 0x7F;
                ClearNested(attributes[(at + 4)..(at + length)]);
            }

            at += (length + 3) & ~3;
        }
    }

    private static Dictionary<string, ExpressionRow> Read()
    {
        string[] lines = File.ReadAllLines(
            Path.Combine(AppContext.BaseDirectory, "fixtures", "netlink", "nft-expressions.txt"));
        Dictionary<string, ExpressionRow> rows = [];
        for (int i = 0; i < lines.Length; i += 3)
        {
            string statement = lines[i]["# ".Length..];
            string dumped = lines[i + 2]["kernel ".Length..];
            rows.Add(statement, new ExpressionRow(
                statement,
                Hex.ToBytes(lines[i + 1]["nft ".Length..]),
                dumped == "-" ? null : Hex.ToBytes(dumped)));
        }

        return rows;
    }
}
