using System;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Netlink.Nftables;

/// <summary>Flags of an element (<c>enum nft_set_elem_flags</c>).</summary>
[Flags]
public enum NftSetElementFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>NFT_SET_ELEM_INTERVAL_END: its key is the first that is no longer in the interval before it.</summary>
    IntervalEnd = 0x1,

    /// <summary>NFT_SET_ELEM_CATCHALL: it has no key and stands for all that are not there.</summary>
    CatchAll = 0x2,
}

/// <summary>An element of a set or map.</summary>
/// <remarks>An interval of a set with one field is two elements: the first key, and the first key after it with
/// <see cref="NftSetElementFlags.IntervalEnd"/> (none if it reaches to the last key there is). One of a concatenation is
/// one element whose <see cref="KeyEnd"/> is the last key.</remarks>
public sealed record NftSetElement
{
    private const ushort KeyAttribute = 1; // NFTA_SET_ELEM_KEY
    private const ushort DataAttribute = 2; // NFTA_SET_ELEM_DATA
    private const ushort FlagsAttribute = 3; // NFTA_SET_ELEM_FLAGS
    private const ushort TimeoutAttribute = 4; // NFTA_SET_ELEM_TIMEOUT
    private const ushort ExpirationAttribute = 5; // NFTA_SET_ELEM_EXPIRATION
    private const ushort UserDataAttribute = 6; // NFTA_SET_ELEM_USERDATA
    private const ushort ExpressionAttribute = 7; // NFTA_SET_ELEM_EXPR
    private const ushort ObjectAttribute = 9; // NFTA_SET_ELEM_OBJREF
    private const ushort KeyEndAttribute = 10; // NFTA_SET_ELEM_KEY_END
    private const ushort ExpressionsAttribute = 11; // NFTA_SET_ELEM_EXPRESSIONS

    /// <summary>The key; empty of the element that catches all.</summary>
    public NftBytes Key { get; init; }

    /// <summary>The last key of an interval of concatenations; null of any other element.</summary>
    public NftBytes? KeyEnd { get; init; }

    /// <summary>What a map says of the key.</summary>
    public NftData? Data { get; init; }

    /// <summary>The object that an object map names for the key.</summary>
    public string? Object { get; init; }

    /// <summary>The flags.</summary>
    public NftSetElementFlags Flags { get; init; }

    /// <summary>When it goes after it was made, in milliseconds; null as the set says.</summary>
    public ulong? Timeout { get; init; }

    /// <summary>When it goes from now on, in milliseconds.</summary>
    public ulong? Expiration { get; init; }

    /// <summary>Its own counters and limits.</summary>
    public NftList<NftExpression> Expressions { get; init; } = [];

    /// <summary>What its maker put down beside it (<see cref="NftUserData"/>).</summary>
    public NftBytes UserData { get; init; }

    /// <summary>The comment in the user data.</summary>
    public string? Comment => NftUserData.CommentOf(UserData);

    /// <summary>This without what the kernel adds and counts: two that were meant alike are equal.</summary>
    public NftSetElement AsMeant() => this with
    {
        Expiration = null,
        Expressions = NftExpressionList.WithoutState(Expressions),
    };

    /// <summary>A prefix as an interval of a set of addresses: one element or two. The comment stands at the first.
    /// </summary>
    public static NftList<NftSetElement> OfPrefix(IpPrefix prefix, string? comment = null)
    {
        bool isClosed = TryNext(prefix.Last, out NftBytes next);
        NftSetElement start = new()
        {
            Key = NftBytes.Of(prefix.Address),
            UserData = isClosed ? NftUserData.OfComment(comment) : NftUserData.OfOpenInterval(comment),
        };
        return isClosed
            ? [start, new NftSetElement { Key = next, Flags = NftSetElementFlags.IntervalEnd }]
            : [start];
    }

    internal static bool TryDecode(NetlinkAttribute attribute, [NotNullWhen(true)] out NftSetElement? value)
    {
        value = null;
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        NftSetElement element = new();
        foreach (NetlinkAttribute inner in attributes)
        {
            if (!element.TryWith(inner, out element))
            {
                return false;
            }
        }

        value = element;
        return true;
    }

    /// <summary>Adds an attribute of <paramref name="type"/> that holds everything, in the kernel's order.</summary>
    internal void Encode(ref NetlinkWriter writer, ushort type)
    {
        int nest = writer.BeginNest(type);
        if (Key.Length > 0)
        {
            NftData.Encode(ref writer, KeyAttribute, Key);
        }

        if (KeyEnd is NftBytes end)
        {
            NftData.Encode(ref writer, KeyEndAttribute, end);
        }

        Data?.Encode(ref writer, DataAttribute);
        NftExpressionList.Encode(ref writer, ExpressionAttribute, ExpressionsAttribute, Expressions);
        if (Object is not null)
        {
            writer.AddText(ObjectAttribute, Object);
        }

        if (Flags != NftSetElementFlags.None)
        {
            writer.AddUInt32NetworkOrder(FlagsAttribute, (uint)Flags);
        }

        if (Timeout is ulong timeout)
        {
            writer.AddUInt64NetworkOrder(TimeoutAttribute, timeout);
        }

        if (Expiration is ulong expiration)
        {
            writer.AddUInt64NetworkOrder(ExpirationAttribute, expiration);
        }

        if (UserData.Length > 0)
        {
            writer.Add(UserDataAttribute, UserData.Span);
        }

        writer.EndNest(nest);
    }

    // The address after the last of a prefix: none after the last of its family.
    private static bool TryNext(IpAddress last, out NftBytes next)
    {
        Span<byte> bytes = stackalloc byte[16];
        last.WriteTo(bytes);
        bytes = bytes[..last.ByteLength];
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            bytes[i] = unchecked((byte)(bytes[i] + 1));
            if (bytes[i] != 0)
            {
                next = new NftBytes(bytes);
                return true;
            }
        }

        next = default;
        return false;
    }

    private bool TryWith(NetlinkAttribute attribute, out NftSetElement element)
    {
        element = this;
        switch (attribute.Type)
        {
            case KeyAttribute when NftData.TryDecodeValue(attribute, out NftBytes key):
                element = this with { Key = key };
                return true;
            case KeyEndAttribute when NftData.TryDecodeValue(attribute, out NftBytes end):
                element = this with { KeyEnd = end };
                return true;
            case DataAttribute when NftData.TryDecode(attribute, out NftData? data):
                element = this with { Data = data };
                return true;
            case FlagsAttribute when attribute.TryReadNetworkOrder(out uint flags):
                element = this with { Flags = (NftSetElementFlags)flags };
                return true;
            case TimeoutAttribute when attribute.TryReadNetworkOrder(out ulong timeout):
                element = this with { Timeout = timeout };
                return true;
            case ExpirationAttribute when attribute.TryReadNetworkOrder(out ulong expiration):
                element = this with { Expiration = expiration };
                return true;
            case ExpressionAttribute when NftExpressionList.TryDecodeSingle(attribute, out NftList<NftExpression> one):
                element = this with { Expressions = one };
                return true;
            case ExpressionsAttribute when NftExpressionList.TryDecode(attribute, out NftList<NftExpression> several):
                element = this with { Expressions = several };
                return true;
            case ObjectAttribute:
                element = this with { Object = attribute.ReadText() };
                return true;
            case UserDataAttribute:
                element = this with { UserData = new NftBytes(attribute.Value) };
                return true;
            case KeyAttribute or KeyEndAttribute or DataAttribute or FlagsAttribute or TimeoutAttribute
                or ExpirationAttribute or ExpressionAttribute or ExpressionsAttribute:
                return false;
            default:
                return true;
        }
    }
}
