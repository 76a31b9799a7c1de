using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Netlink.Nftables;

/// <summary>Some elements of a set (NFT_MSG_NEWSETELEM): what a message holds, not all there are.</summary>
/// <param name="Family">The table's family.</param>
/// <param name="Table">The table.</param>
/// <param name="Set">The set.</param>
/// <param name="Elements">The elements.</param>
public sealed record NftSetElements(NftFamily Family, string Table, string Set, NftList<NftSetElement> Elements)
{
    private const ushort TableAttribute = 1; // NFTA_SET_ELEM_LIST_TABLE
    private const ushort SetAttribute = 2; // NFTA_SET_ELEM_LIST_SET
    private const ushort ElementsAttribute = 3; // NFTA_SET_ELEM_LIST_ELEMENTS
    private const ushort ElementAttribute = 1; // NFTA_LIST_ELEM

    internal static bool TryDecode(
        NftFamily family, AttributeReader attributes, [NotNullWhen(true)] out NftSetElements? value)
    {
        string? table = null;
        string? set = null;
        List<NftSetElement> elements = [];
        bool valid = true;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case TableAttribute:
                    table = attribute.ReadText();
                    break;
                case SetAttribute:
                    set = attribute.ReadText();
                    break;
                case ElementsAttribute:
                    valid &= TryDecode(attribute, elements);
                    break;
            }
        }

        value = !valid || table is null || set is null
            ? null
            : new NftSetElements(family, table, set, [.. elements]);
        return value is not null;
    }

    /// <summary>Adds table and set, and as many elements from <paramref name="first"/> on as one attribute holds.
    /// Returns the index of the first that did not fit.</summary>
    internal int Encode(ref NetlinkWriter writer, int first = 0)
    {
        EncodeIdentity(ref writer, Table, Set);
        int nest = writer.BeginNest(ElementsAttribute);
        int next = first;
        while (next < Elements.Count)
        {
            int before = writer.Length;
            Elements[next].Encode(ref writer, ElementAttribute);

            // The length of an attribute has 16 bits.
            if (writer.Length - nest > ushort.MaxValue && next > first)
            {
                writer.Truncate(before);
                break;
            }

            next++;
        }

        writer.EndNest(nest);
        return next;
    }

    /// <summary>Adds table and set.</summary>
    internal static void EncodeIdentity(ref NetlinkWriter writer, string table, string set)
    {
        writer.AddText(TableAttribute, table);
        writer.AddText(SetAttribute, set);
    }

    private static bool TryDecode(NetlinkAttribute attribute, List<NftSetElement> elements)
    {
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        foreach (NetlinkAttribute inner in attributes)
        {
            if (inner.Type != ElementAttribute)
            {
                continue;
            }

            if (!NftSetElement.TryDecode(inner, out NftSetElement? element))
            {
                return false;
            }

            elements.Add(element);
        }

        return true;
    }
}
