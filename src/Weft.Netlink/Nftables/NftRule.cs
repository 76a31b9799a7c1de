using System.Diagnostics.CodeAnalysis;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Netlink.Nftables;

/// <summary>A rule (NFT_MSG_NEWRULE): expressions that are run in their order until one does not match or decides.
/// </summary>
public sealed record NftRule
{
    private const ushort TableAttribute = 1; // NFTA_RULE_TABLE
    private const ushort ChainAttribute = 2; // NFTA_RULE_CHAIN
    private const ushort HandleAttribute = 3; // NFTA_RULE_HANDLE
    private const ushort ExpressionsAttribute = 4; // NFTA_RULE_EXPRESSIONS
    private const ushort CompatAttribute = 5; // NFTA_RULE_COMPAT
    private const ushort PositionAttribute = 6; // NFTA_RULE_POSITION
    private const ushort UserDataAttribute = 7; // NFTA_RULE_USERDATA

    /// <summary>The table's family.</summary>
    public required NftFamily Family { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>The chain.</summary>
    public required string Chain { get; init; }

    /// <summary>What it does.</summary>
    public required NftList<NftExpression> Expressions { get; init; }

    /// <summary>What its maker put down beside it (<see cref="NftUserData"/>).</summary>
    public NftBytes UserData { get; init; }

    /// <summary>What iptables says of itself (NFTA_RULE_COMPAT); kept as bytes.</summary>
    public NftBytes Compat { get; init; }

    /// <summary>The kernel's number of it, unique in its table; 0 if it is not in a kernel yet.</summary>
    public ulong Handle { get; init; }

    /// <summary>The handle of another rule of the chain. As the kernel tells it: the one before it. As a request: the one
    /// after which it is appended or before which it is inserted. 0 for none.</summary>
    public ulong Position { get; init; }

    /// <summary>The comment in the user data.</summary>
    public string? Comment => NftUserData.CommentOf(UserData);

    /// <summary>This without what the kernel adds and counts: two that were meant alike are equal. Where it stands
    /// among others is not in it.</summary>
    public NftRule AsMeant() => this with
    {
        Handle = 0,
        Position = 0,
        Compat = default,
        Expressions = NftExpressionList.WithoutState(Expressions),
    };

    internal static bool TryDecode(
        NftFamily family, AttributeReader attributes, [NotNullWhen(true)] out NftRule? value)
    {
        string? table = null;
        string? chain = null;
        ulong handle = 0;
        ulong position = 0;
        NftList<NftExpression> expressions = [];
        NftBytes userData = default;
        NftBytes compat = default;
        bool valid = true;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case TableAttribute:
                    table = attribute.ReadText();
                    break;
                case ChainAttribute:
                    chain = attribute.ReadText();
                    break;
                case HandleAttribute:
                    valid &= attribute.TryReadNetworkOrder(out handle);
                    break;
                case PositionAttribute:
                    valid &= attribute.TryReadNetworkOrder(out position);
                    break;
                case ExpressionsAttribute:
                    valid &= NftExpressionList.TryDecode(attribute, out expressions);
                    break;
                case UserDataAttribute:
                    userData = new NftBytes(attribute.Value);
                    break;
                case CompatAttribute:
                    compat = new NftBytes(attribute.Value);
                    break;
            }
        }

        // The kernel names no chain when it tells that all rules of a table go.
        value = !valid || table is null ? null : new NftRule
        {
            Family = family,
            Table = table,
            Chain = chain ?? "",
            Handle = handle,
            Position = position,
            Expressions = expressions,
            UserData = userData,
            Compat = compat,
        };
        return value is not null;
    }

    /// <summary>Adds everything, in the kernel's order. What is 0 or empty is left out.</summary>
    internal void Encode(ref NetlinkWriter writer)
    {
        EncodeIdentity(ref writer, Table, Chain, Handle);
        if (Position != 0)
        {
            writer.AddUInt64NetworkOrder(PositionAttribute, Position);
        }

        NftExpressionList.Encode(ref writer, ExpressionsAttribute, Expressions);
        if (UserData.Length > 0)
        {
            writer.Add(UserDataAttribute, UserData.Span);
        }

        if (Compat.Length > 0)
        {
            writer.AddNested(CompatAttribute, Compat.Span);
        }
    }

    /// <summary>Adds table, chain and handle; what is null or 0 is left out.</summary>
    internal static void EncodeIdentity(ref NetlinkWriter writer, string? table, string? chain, ulong handle)
    {
        if (table is not null)
        {
            writer.AddText(TableAttribute, table);
        }

        if (chain is not null)
        {
            writer.AddText(ChainAttribute, chain);
        }

        if (handle != 0)
        {
            writer.AddUInt64NetworkOrder(HandleAttribute, handle);
        }
    }
}
