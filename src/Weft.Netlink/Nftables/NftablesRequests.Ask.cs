using Weft.Netlink.Nftables.Expressions;

namespace Weft.Netlink.Nftables;

/// <content>Questions. They go out alone, not in a transaction.</content>
public static partial class NftablesRequests
{
    private const NetlinkFlags Ask = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_ACK;
    private const NetlinkFlags List = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_DUMP;

    /// <summary>Asks for the ruleset's generation.</summary>
    public static NetlinkRequest GetGeneration() =>
        Begin(NftMessageType.NFT_MSG_GETGEN, NftFamily.Any, Ask).ToRequest();

    /// <summary>Asks for a table.</summary>
    public static NetlinkRequest GetTable(NftFamily family, string name)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_GETTABLE, family, Ask);
        NftTable.EncodeIdentity(ref writer, name, 0);
        return writer.ToRequest();
    }

    /// <summary>Lists the tables of a family, or all.</summary>
    public static NetlinkRequest DumpTables(NftFamily family = NftFamily.Any) =>
        Begin(NftMessageType.NFT_MSG_GETTABLE, family, List).ToDump();

    /// <summary>Asks for a chain.</summary>
    public static NetlinkRequest GetChain(NftFamily family, string table, string name)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_GETCHAIN, family, Ask);
        NftChain.EncodeIdentity(ref writer, table, name);
        return writer.ToRequest();
    }

    /// <summary>Lists the chains of all tables of a family, or of all families: the kernel has no narrower question.
    /// </summary>
    public static NetlinkRequest DumpChains(NftFamily family = NftFamily.Any) =>
        Begin(NftMessageType.NFT_MSG_GETCHAIN, family, List).ToDump();

    /// <summary>Asks for a rule.</summary>
    public static NetlinkRequest GetRule(NftFamily family, string table, string chain, ulong handle)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_GETRULE, family, Ask);
        NftRule.EncodeIdentity(ref writer, table, chain, handle);
        return writer.ToRequest();
    }

    /// <summary>Lists rules in their order: of a chain, of a table, or of all. With <paramref name="reset"/> their
    /// counters and quotas begin anew.</summary>
    public static NetlinkRequest DumpRules(
        NftFamily family = NftFamily.Any, string? table = null, string? chain = null, bool reset = false)
    {
        NetlinkWriter writer = Begin(
            reset ? NftMessageType.NFT_MSG_GETRULE_RESET : NftMessageType.NFT_MSG_GETRULE, family, List);
        NftRule.EncodeIdentity(ref writer, table, chain, 0);
        return writer.ToDump();
    }

    /// <summary>Asks for a set, without its elements.</summary>
    public static NetlinkRequest GetSet(NftFamily family, string table, string name)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_GETSET, family, Ask);
        NftSet.EncodeIdentity(ref writer, table, name);
        return writer.ToRequest();
    }

    /// <summary>Lists sets, without their elements: of a table, or of all.</summary>
    public static NetlinkRequest DumpSets(NftFamily family = NftFamily.Any, string? table = null)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_GETSET, family, List);
        NftSet.EncodeIdentity(ref writer, table, null);
        return writer.ToDump();
    }

    /// <summary>Asks for some elements by their keys. One that is not there is an error (ENOENT) of all.</summary>
    public static NetlinkRequest GetElements(NftSetElements elements)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_GETSETELEM, elements.Family, Ask);
        elements.Encode(ref writer);
        return writer.ToRequest();
    }

    /// <summary>Lists all elements of a set. With <paramref name="reset"/> their counters and quotas begin anew.
    /// </summary>
    public static NetlinkRequest DumpElements(NftFamily family, string table, string set, bool reset = false)
    {
        NetlinkWriter writer = Begin(
            reset ? NftMessageType.NFT_MSG_GETSETELEM_RESET : NftMessageType.NFT_MSG_GETSETELEM, family, List);
        NftSetElements.EncodeIdentity(ref writer, table, set);
        return writer.ToDump();
    }

    /// <summary>Asks for a named object. With <paramref name="reset"/> it begins anew after the answer.</summary>
    public static NetlinkRequest GetObject(
        NftFamily family, string table, NftObjectType type, string name, bool reset = false)
    {
        NetlinkWriter writer = Begin(
            reset ? NftMessageType.NFT_MSG_GETOBJ_RESET : NftMessageType.NFT_MSG_GETOBJ, family, Ask);
        NftObject.EncodeIdentity(ref writer, table, type, name);
        return writer.ToRequest();
    }

    /// <summary>Lists named objects: of a table, of a kind, or all. With <paramref name="reset"/> they begin anew.
    /// </summary>
    public static NetlinkRequest DumpObjects(
        NftFamily family = NftFamily.Any,
        string? table = null,
        NftObjectType type = NftObjectType.None,
        bool reset = false)
    {
        NetlinkWriter writer = Begin(
            reset ? NftMessageType.NFT_MSG_GETOBJ_RESET : NftMessageType.NFT_MSG_GETOBJ, family, List);
        NftObject.EncodeIdentity(ref writer, table, type, null);
        return writer.ToDump();
    }

    /// <summary>Lists the flow tables of a family, or all.</summary>
    public static NetlinkRequest DumpFlowtables(NftFamily family = NftFamily.Any) =>
        Begin(NftMessageType.NFT_MSG_GETFLOWTABLE, family, List).ToDump();
}
