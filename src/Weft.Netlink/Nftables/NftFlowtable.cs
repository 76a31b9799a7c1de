using System.Diagnostics.CodeAnalysis;

namespace Weft.Netlink.Nftables;

/// <summary>A flow table of somebody else (NFT_MSG_NEWFLOWTABLE), kept as bytes: Weft makes none.</summary>
/// <param name="Family">The table's family.</param>
/// <param name="Table">The table.</param>
/// <param name="Name">Its name.</param>
/// <param name="Attributes">Everything the kernel said of it.</param>
public sealed record NftFlowtable(NftFamily Family, string Table, string Name, NftBytes Attributes)
{
    private const ushort TableAttribute = 1; // NFTA_FLOWTABLE_TABLE
    private const ushort NameAttribute = 2; // NFTA_FLOWTABLE_NAME

    internal static bool TryDecode(
        NftFamily family, AttributeReader attributes, [NotNullWhen(true)] out NftFlowtable? value)
    {
        string? table = null;
        string? name = null;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case TableAttribute:
                    table = attribute.ReadText();
                    break;
                case NameAttribute:
                    name = attribute.ReadText();
                    break;
            }
        }

        value = table is null || name is null
            ? null
            : new NftFlowtable(family, table, name, new NftBytes(attributes.Bytes));
        return value is not null;
    }
}
