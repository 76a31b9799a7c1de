using System.Collections.Generic;
using System.Linq;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Netlink.Nftables;

/// <summary>Attributes that hold a list of expressions, each an NFTA_LIST_ELEM.</summary>
internal static class NftExpressionList
{
    private const ushort ElementAttribute = 1; // NFTA_LIST_ELEM

    /// <summary>The expressions without what the kernel counts in them.</summary>
    public static NftList<NftExpression> WithoutState(NftList<NftExpression> expressions) =>
        [.. expressions.Select(expression => expression.WithoutState())];

    /// <summary>Reads what is inside such an attribute.</summary>
    public static bool TryDecode(NetlinkAttribute attribute, out NftList<NftExpression> expressions)
    {
        expressions = [];
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        List<NftExpression> found = [];
        foreach (NetlinkAttribute inner in attributes)
        {
            if (inner.Type != ElementAttribute)
            {
                continue;
            }

            if (!NftExpression.TryDecode(inner, out NftExpression? expression))
            {
                return false;
            }

            found.Add(expression);
        }

        expressions = [.. found];
        return true;
    }

    /// <summary>Adds such an attribute.</summary>
    public static void Encode(ref NetlinkWriter writer, ushort type, NftList<NftExpression> expressions)
    {
        int nest = writer.BeginNest(type);
        foreach (NftExpression expression in expressions)
        {
            expression.Encode(ref writer, ElementAttribute);
        }

        writer.EndNest(nest);
    }

    /// <summary>Adds the expressions of a set or an element: the first alone has an attribute of its own, because that
    /// is all that older kernels know.</summary>
    public static void Encode(ref NetlinkWriter writer, ushort single, ushort several, NftList<NftExpression> expressions)
    {
        if (expressions.Count == 1)
        {
            expressions[0].Encode(ref writer, single);
        }
        else if (expressions.Count > 1)
        {
            Encode(ref writer, several, expressions);
        }
    }

    /// <summary>Reads the only expression of a set or an element.</summary>
    public static bool TryDecodeSingle(NetlinkAttribute attribute, out NftList<NftExpression> expressions)
    {
        bool valid = NftExpression.TryDecode(attribute, out NftExpression? expression);
        expressions = expression is null ? [] : [expression];
        return valid;
    }
}
