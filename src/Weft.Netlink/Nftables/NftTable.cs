using System;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Netlink.Nftables;

/// <summary>Flags of a table (<c>enum nft_table_flags</c>).</summary>
[Flags]
public enum NftTableFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>NFT_TABLE_F_DORMANT: its chains see no packet.</summary>
    Dormant = 0x1,

    /// <summary>NFT_TABLE_F_OWNER: only the socket that made it may change it, and it goes when that closes.</summary>
    Owner = 0x2,

    /// <summary>NFT_TABLE_F_PERSIST: it stays when its owner goes.</summary>
    Persist = 0x4,
}

/// <summary>A table: chains, sets and objects that belong together (NFT_MSG_NEWTABLE).</summary>
public sealed record NftTable
{
    private const ushort NameAttribute = 1; // NFTA_TABLE_NAME
    private const ushort FlagsAttribute = 2; // NFTA_TABLE_FLAGS
    private const ushort UseAttribute = 3; // NFTA_TABLE_USE
    private const ushort HandleAttribute = 4; // NFTA_TABLE_HANDLE
    private const ushort UserDataAttribute = 6; // NFTA_TABLE_USERDATA
    private const ushort OwnerAttribute = 7; // NFTA_TABLE_OWNER

    /// <summary>Which packets it sees.</summary>
    public required NftFamily Family { get; init; }

    /// <summary>Its name, unique in its family.</summary>
    public required string Name { get; init; }

    /// <summary>The flags.</summary>
    public NftTableFlags Flags { get; init; }

    /// <summary>What its maker put down beside it (<see cref="NftUserData"/>).</summary>
    public NftBytes UserData { get; init; }

    /// <summary>The kernel's number of it; 0 if it is not in a kernel yet.</summary>
    public ulong Handle { get; init; }

    /// <summary>How many chains, sets, objects and flow tables it has, as the kernel says.</summary>
    public uint Use { get; init; }

    /// <summary>The port id of the socket that owns it; 0 if none does.</summary>
    public uint Owner { get; init; }

    /// <summary>The comment in the user data.</summary>
    public string? Comment => NftUserData.CommentOf(UserData);

    /// <summary>This without what the kernel adds: two that were meant alike are equal.</summary>
    public NftTable AsMeant() => this with { Handle = 0, Use = 0, Owner = 0 };

    internal static bool TryDecode(
        NftFamily family, AttributeReader attributes, [NotNullWhen(true)] out NftTable? value)
    {
        string? name = null;
        uint flags = 0;
        uint use = 0;
        uint owner = 0;
        ulong handle = 0;
        NftBytes userData = default;
        bool valid = true;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case NameAttribute:
                    name = attribute.ReadText();
                    break;
                case FlagsAttribute:
                    valid &= attribute.TryReadNetworkOrder(out flags);
                    break;
                case UseAttribute:
                    valid &= attribute.TryReadNetworkOrder(out use);
                    break;
                case HandleAttribute:
                    valid &= attribute.TryReadNetworkOrder(out handle);
                    break;
                case OwnerAttribute:
                    valid &= attribute.TryReadNetworkOrder(out owner);
                    break;
                case UserDataAttribute:
                    userData = new NftBytes(attribute.Value);
                    break;
            }
        }

        value = !valid || name is null ? null : new NftTable
        {
            Family = family,
            Name = name,
            Flags = (NftTableFlags)flags,
            UserData = userData,
            Handle = handle,
            Use = use,
            Owner = owner,
        };
        return value is not null;
    }

    /// <summary>Adds what a request says.</summary>
    internal void Encode(ref NetlinkWriter writer)
    {
        writer.AddText(NameAttribute, Name);
        writer.AddUInt32NetworkOrder(FlagsAttribute, (uint)Flags);
        if (UserData.Length > 0)
        {
            writer.Add(UserDataAttribute, UserData.Span);
        }
    }

    /// <summary>Adds what a kernel says, in the kernel's order.</summary>
    internal void EncodeAsDumped(ref NetlinkWriter writer)
    {
        writer.AddText(NameAttribute, Name);
        writer.AddUInt32NetworkOrder(UseAttribute, Use);
        writer.AddUInt64NetworkOrder(HandleAttribute, Handle);
        writer.AddUInt32NetworkOrder(FlagsAttribute, (uint)Flags);
        if (Owner != 0)
        {
            writer.AddUInt32NetworkOrder(OwnerAttribute, Owner);
        }

        if (UserData.Length > 0)
        {
            writer.Add(UserDataAttribute, UserData.Span);
        }
    }

    /// <summary>Adds the name, or with none the handle.</summary>
    internal static void EncodeIdentity(ref NetlinkWriter writer, string? name, ulong handle)
    {
        if (name is not null)
        {
            writer.AddText(NameAttribute, name);
        }
        else
        {
            writer.AddUInt64NetworkOrder(HandleAttribute, handle);
        }
    }
}
