using System;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Netlink.Nftables;

/// <summary>Flags of a chain (<c>enum nft_chain_flags</c>).</summary>
[Flags]
public enum NftChainFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>NFT_CHAIN_HW_OFFLOAD.</summary>
    Offload = 0x2,

    /// <summary>NFT_CHAIN_BINDING: it has no name of its own and goes with the rule that names it.</summary>
    Binding = 0x4,
}

/// <summary>Packets and bytes that a chain's policy decided (NFTA_CHAIN_COUNTERS).</summary>
public readonly record struct NftCounters(ulong Packets, ulong Bytes);

/// <summary>A chain of rules (NFT_MSG_NEWCHAIN): a base chain sees packets at its hook, any other only what jumps to it.
/// </summary>
public sealed record NftChain
{
    /// <summary>NFT_CHAIN_BASE: says what the hook says, too.</summary>
    private const uint BaseFlag = 0x1;

    private const ushort TableAttribute = 1; // NFTA_CHAIN_TABLE
    private const ushort HandleAttribute = 2; // NFTA_CHAIN_HANDLE
    private const ushort NameAttribute = 3; // NFTA_CHAIN_NAME
    private const ushort HookAttribute = 4; // NFTA_CHAIN_HOOK
    private const ushort PolicyAttribute = 5; // NFTA_CHAIN_POLICY
    private const ushort UseAttribute = 6; // NFTA_CHAIN_USE
    private const ushort TypeAttribute = 7; // NFTA_CHAIN_TYPE
    private const ushort CountersAttribute = 8; // NFTA_CHAIN_COUNTERS
    private const ushort FlagsAttribute = 10; // NFTA_CHAIN_FLAGS
    private const ushort UserDataAttribute = 12; // NFTA_CHAIN_USERDATA
    private const ushort CounterBytesAttribute = 1; // NFTA_COUNTER_BYTES
    private const ushort CounterPacketsAttribute = 2; // NFTA_COUNTER_PACKETS

    /// <summary>The table's family.</summary>
    public required NftFamily Family { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>Its name, unique in its table.</summary>
    public required string Name { get; init; }

    /// <summary>Where a base chain sees packets; null of a chain that is jumped to.</summary>
    public NftHook? Hook { get; init; }

    /// <summary>What becomes of packets that reach the end of a base chain.</summary>
    public NftVerdictCode Policy { get; init; } = NftVerdictCode.Accept;

    /// <summary>The flags.</summary>
    public NftChainFlags Flags { get; init; }

    /// <summary>What the policy has decided; null if it is not counted.</summary>
    public NftCounters? Counters { get; init; }

    /// <summary>What its maker put down beside it (<see cref="NftUserData"/>).</summary>
    public NftBytes UserData { get; init; }

    /// <summary>The kernel's number of it; 0 if it is not in a kernel yet.</summary>
    public ulong Handle { get; init; }

    /// <summary>How many rules it has and how many jump to it, as the kernel says.</summary>
    public uint Use { get; init; }

    /// <summary>The comment in the user data.</summary>
    public string? Comment => NftUserData.CommentOf(UserData);

    /// <summary>This without what the kernel adds: two that were meant alike are equal.</summary>
    public NftChain AsMeant() => this with
    {
        Handle = 0,
        Use = 0,
        Counters = Counters is null ? null : default(NftCounters),
    };

    internal static bool TryDecode(
        NftFamily family, AttributeReader attributes, [NotNullWhen(true)] out NftChain? value)
    {
        string? table = null;
        string? name = null;
        string type = "";
        NftHook? hook = null;
        uint policy = (uint)NftVerdictCode.Accept;
        uint flags = 0;
        uint use = 0;
        ulong handle = 0;
        NftCounters? counters = null;
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
                    type = attribute.ReadText();
                    break;
                case HookAttribute:
                    valid &= NftHook.TryDecode(attribute, out hook);
                    break;
                case PolicyAttribute:
                    valid &= attribute.TryReadNetworkOrder(out policy);
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
                case CountersAttribute:
                    valid &= TryDecode(attribute, out counters);
                    break;
                case UserDataAttribute:
                    userData = new NftBytes(attribute.Value);
                    break;
            }
        }

        value = !valid || table is null || name is null ? null : new NftChain
        {
            Family = family,
            Table = table,
            Name = name,
            Hook = hook is null ? null : hook with { Type = type },
            Policy = (NftVerdictCode)unchecked((int)policy),
            Flags = (NftChainFlags)(flags & ~BaseFlag),
            Counters = counters,
            UserData = userData,
            Handle = handle,
            Use = use,
        };
        return value is not null;
    }

    /// <summary>Adds what a request says.</summary>
    internal void Encode(ref NetlinkWriter writer)
    {
        writer.AddText(TableAttribute, Table);
        writer.AddText(NameAttribute, Name);
        if (Hook is not null)
        {
            Hook.Encode(ref writer, HookAttribute, isRequest: true);
            writer.AddUInt32NetworkOrder(PolicyAttribute, unchecked((uint)Policy));
            writer.AddText(TypeAttribute, Hook.Type);
        }

        if (Flags != NftChainFlags.None)
        {
            writer.AddUInt32NetworkOrder(FlagsAttribute, (uint)Flags);
        }

        Encode(ref writer, Counters);
        if (UserData.Length > 0)
        {
            writer.Add(UserDataAttribute, UserData.Span);
        }
    }

    /// <summary>Adds what a kernel says, in the kernel's order.</summary>
    internal void EncodeAsDumped(ref NetlinkWriter writer)
    {
        writer.AddText(TableAttribute, Table);
        writer.AddText(NameAttribute, Name);
        writer.AddUInt64NetworkOrder(HandleAttribute, Handle);
        if (Hook is not null)
        {
            Hook.Encode(ref writer, HookAttribute, isRequest: false);
            writer.AddUInt32NetworkOrder(PolicyAttribute, unchecked((uint)Policy));
            writer.AddText(TypeAttribute, Hook.Type);
            Encode(ref writer, Counters);
        }

        uint flags = (uint)Flags | (Hook is null ? 0 : BaseFlag);
        if (flags != 0)
        {
            writer.AddUInt32NetworkOrder(FlagsAttribute, flags);
        }

        writer.AddUInt32NetworkOrder(UseAttribute, Use);
        if (UserData.Length > 0)
        {
            writer.Add(UserDataAttribute, UserData.Span);
        }
    }

    /// <summary>Adds the table, and the name or with none the handle.</summary>
    internal static void EncodeIdentity(ref NetlinkWriter writer, string? table, string? name, ulong handle = 0)
    {
        if (table is not null)
        {
            writer.AddText(TableAttribute, table);
        }

        if (name is not null)
        {
            writer.AddText(NameAttribute, name);
        }
        else if (handle != 0)
        {
            writer.AddUInt64NetworkOrder(HandleAttribute, handle);
        }
    }

    private static void Encode(ref NetlinkWriter writer, NftCounters? counters)
    {
        if (counters is NftCounters values)
        {
            int nest = writer.BeginNest(CountersAttribute);
            writer.AddUInt64NetworkOrder(CounterPacketsAttribute, values.Packets);
            writer.AddUInt64NetworkOrder(CounterBytesAttribute, values.Bytes);
            writer.EndNest(nest);
        }
    }

    private static bool TryDecode(NetlinkAttribute attribute, out NftCounters? counters)
    {
        counters = null;
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        ulong packets = 0;
        ulong bytes = 0;
        bool valid = true;
        foreach (NetlinkAttribute inner in attributes)
        {
            switch (inner.Type)
            {
                case CounterPacketsAttribute:
                    valid &= inner.TryReadNetworkOrder(out packets);
                    break;
                case CounterBytesAttribute:
                    valid &= inner.TryReadNetworkOrder(out bytes);
                    break;
            }
        }

        counters = new NftCounters(packets, bytes);
        return valid;
    }
}
