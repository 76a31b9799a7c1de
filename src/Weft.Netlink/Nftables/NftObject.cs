using System.Diagnostics.CodeAnalysis;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Netlink.Nftables;

/// <summary>A named object of a table (NFT_MSG_NEWOBJ): state that rules share.</summary>
public sealed record NftObject
{
    private const ushort TableAttribute = 1; // NFTA_OBJ_TABLE
    private const ushort NameAttribute = 2; // NFTA_OBJ_NAME
    private const ushort TypeAttribute = 3; // NFTA_OBJ_TYPE
    private const ushort DataAttribute = 4; // NFTA_OBJ_DATA
    private const ushort UseAttribute = 5; // NFTA_OBJ_USE
    private const ushort HandleAttribute = 6; // NFTA_OBJ_HANDLE
    private const ushort UserDataAttribute = 8; // NFTA_OBJ_USERDATA

    /// <summary>The table's family.</summary>
    public required NftFamily Family { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>Its name, unique in its table and kind.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public required NftObjectContent Content { get; init; }

    /// <summary>What its maker put down beside it (<see cref="NftUserData"/>).</summary>
    public NftBytes UserData { get; init; }

    /// <summary>The kernel's number of it; 0 if it is not in a kernel yet.</summary>
    public ulong Handle { get; init; }

    /// <summary>How many rules and elements use it, as the kernel says.</summary>
    public uint Use { get; init; }

    /// <summary>The comment in the user data.</summary>
    public string? Comment => NftUserData.CommentOf(UserData);

    /// <summary>This without what the kernel adds and counts: two that were meant alike are equal.</summary>
    public NftObject AsMeant() => this with { Handle = 0, Use = 0, Content = Content.AsMeant() };

    internal static bool TryDecode(
        NftFamily family, AttributeReader attributes, [NotNullWhen(true)] out NftObject? value)
    {
        string? table = null;
        string? name = null;
        uint type = 0;
        uint use = 0;
        ulong handle = 0;
        NetlinkAttribute data = default;
        NftBytes userData = default;
        bool valid = true;
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
                case TypeAttribute:
                    valid &= attribute.TryReadNetworkOrder(out type);
                    break;
                case UseAttribute:
                    valid &= attribute.TryReadNetworkOrder(out use);
                    break;
                case HandleAttribute:
                    valid &= attribute.TryReadNetworkOrder(out handle);
                    break;
                case DataAttribute:
                    data = attribute;
                    break;
                case UserDataAttribute:
                    userData = new NftBytes(attribute.Value);
                    break;
            }
        }

        value = null;
        if (!valid || table is null || name is null
            || !NftObjectContent.TryDecode((NftObjectType)type, data, out NftObjectContent? content))
        {
            return false;
        }

        value = new NftObject
        {
            Family = family,
            Table = table,
            Name = name,
            Content = content,
            UserData = userData,
            Handle = handle,
            Use = use,
        };
        return true;
    }

    /// <summary>Adds everything, in the kernel's order. A request says neither handle nor use.</summary>
    internal void Encode(ref NetlinkWriter writer, bool isRequest)
    {
        writer.AddText(TableAttribute, Table);
        writer.AddText(NameAttribute, Name);
        writer.AddUInt32NetworkOrder(TypeAttribute, (uint)Content.Type);
        if (!isRequest)
        {
            writer.AddUInt64NetworkOrder(HandleAttribute, Handle);
            writer.AddUInt32NetworkOrder(UseAttribute, Use);
        }

        int data = writer.BeginNest(DataAttribute);
        Content.Encode(ref writer);
        writer.EndNest(data);
        if (UserData.Length > 0)
        {
            writer.Add(UserDataAttribute, UserData.Span);
        }
    }

    /// <summary>Adds table, kind and name; what is null or none is left out.</summary>
    internal static void EncodeIdentity(ref NetlinkWriter writer, string? table, NftObjectType type, string? name)
    {
        if (table is not null)
        {
            writer.AddText(TableAttribute, table);
        }

        if (type != NftObjectType.None)
        {
            writer.AddUInt32NetworkOrder(TypeAttribute, (uint)type);
        }

        if (name is not null)
        {
            writer.AddText(NameAttribute, name);
        }
    }
}
