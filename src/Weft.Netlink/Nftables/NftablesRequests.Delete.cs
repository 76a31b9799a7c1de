using System.Collections.Generic;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Netlink.Nftables;

/// <content>What takes away. Where it says <c>ifThere</c>: it is no error if there is none (the kernel's DESTROY
/// messages, since 6.3).</content>
public static partial class NftablesRequests
{
    /// <summary>Removes a table and everything in it.</summary>
    public static NetlinkRequest DeleteTable(NftFamily family, string name, bool ifThere = false)
    {
        NetlinkWriter writer = Begin(
            ifThere ? NftMessageType.NFT_MSG_DESTROYTABLE : NftMessageType.NFT_MSG_DELTABLE, family, Change);
        NftTable.EncodeIdentity(ref writer, name, 0);
        return writer.ToRequest();
    }

    /// <summary>Removes the table that has this handle, and everything in it.</summary>
    public static NetlinkRequest DeleteTable(NftFamily family, ulong handle)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_DELTABLE, family, Change);
        NftTable.EncodeIdentity(ref writer, null, handle);
        return writer.ToRequest();
    }

    /// <summary>Removes a chain. A base chain goes with its rules; any other must be empty (EBUSY), and no rule may jump
    /// to it.</summary>
    public static NetlinkRequest DeleteChain(NftFamily family, string table, string name, bool ifThere = false)
    {
        NetlinkWriter writer = Begin(
            ifThere ? NftMessageType.NFT_MSG_DESTROYCHAIN : NftMessageType.NFT_MSG_DELCHAIN, family, Change);
        NftChain.EncodeIdentity(ref writer, table, name);
        return writer.ToRequest();
    }

    /// <summary>Removes the chain that has this handle, as above.</summary>
    public static NetlinkRequest DeleteChain(NftFamily family, string table, ulong handle)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_DELCHAIN, family, Change);
        NftChain.EncodeIdentity(ref writer, table, null, handle);
        return writer.ToRequest();
    }

    /// <summary>Removes a rule.</summary>
    public static NetlinkRequest DeleteRule(
        NftFamily family, string table, string chain, ulong handle, bool ifThere = false)
    {
        NetlinkWriter writer = Begin(
            ifThere ? NftMessageType.NFT_MSG_DESTROYRULE : NftMessageType.NFT_MSG_DELRULE, family, Change);
        NftRule.EncodeIdentity(ref writer, table, chain, handle);
        return writer.ToRequest();
    }

    /// <summary>Removes all rules of a chain, or of all chains of a table. There need be none.</summary>
    public static NetlinkRequest FlushRules(NftFamily family, string table, string? chain = null)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_DELRULE, family, Change);
        NftRule.EncodeIdentity(ref writer, table, chain, 0);
        return writer.ToRequest();
    }

    /// <summary>Removes a set and its elements. No rule may use it (EBUSY).</summary>
    public static NetlinkRequest DeleteSet(NftFamily family, string table, string name, bool ifThere = false)
    {
        NetlinkWriter writer = Begin(
            ifThere ? NftMessageType.NFT_MSG_DESTROYSET : NftMessageType.NFT_MSG_DELSET, family, Change);
        NftSet.EncodeIdentity(ref writer, table, name);
        return writer.ToRequest();
    }

    /// <summary>Removes the set that has this handle, as above.</summary>
    public static NetlinkRequest DeleteSet(NftFamily family, string table, ulong handle)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_DELSET, family, Change);
        NftSet.EncodeIdentity(ref writer, table, null, handle);
        return writer.ToRequest();
    }

    /// <summary>Takes elements out of a set: as many requests as it takes. Of an interval of a set with one field, both
    /// elements are named. An element that is not there is refused (ENOENT).</summary>
    public static IReadOnlyList<NetlinkRequest> DeleteElements(NftSetElements elements, bool ifThere = false) => Split(
        ifThere ? NftMessageType.NFT_MSG_DESTROYSETELEM : NftMessageType.NFT_MSG_DELSETELEM, Change, elements);

    /// <summary>Takes all elements out of a set.</summary>
    public static NetlinkRequest FlushSet(NftFamily family, string table, string set)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_DELSETELEM, family, Change);
        NftSetElements.EncodeIdentity(ref writer, table, set);
        return writer.ToRequest();
    }

    /// <summary>Removes a named object. No rule or element may use it (EBUSY).</summary>
    public static NetlinkRequest DeleteObject(
        NftFamily family, string table, NftObjectType type, string name, bool ifThere = false)
    {
        NetlinkWriter writer = Begin(
            ifThere ? NftMessageType.NFT_MSG_DESTROYOBJ : NftMessageType.NFT_MSG_DELOBJ, family, Change);
        NftObject.EncodeIdentity(ref writer, table, type, name);
        return writer.ToRequest();
    }
}
