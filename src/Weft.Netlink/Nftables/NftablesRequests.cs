using System.Collections.Generic;

namespace Weft.Netlink.Nftables;

/// <summary>Requests that make and change objects of nf_tables. They go into an <see cref="NftablesBatch"/>.</summary>
/// <remarks>Where it says <c>exclusive</c>: whether it is an error (EEXIST) if there is one already; otherwise one that
/// is there and alike is left as it is.</remarks>
public static partial class NftablesRequests
{
    private const NetlinkFlags Change = NetlinkFlags.NLM_F_REQUEST;
    private const NetlinkFlags Create = Change | NetlinkFlags.NLM_F_CREATE;

    /// <summary>Makes a table, or changes the flags of the one that is there.</summary>
    public static NetlinkRequest AddTable(NftTable table, bool exclusive = false)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_NEWTABLE, table.Family, CreateOf(exclusive));
        table.Encode(ref writer);
        return writer.ToRequest();
    }

    /// <summary>Makes a chain, or changes the policy of the one that is there.</summary>
    public static NetlinkRequest AddChain(NftChain chain, bool exclusive = false)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_NEWCHAIN, chain.Family, CreateOf(exclusive));
        chain.Encode(ref writer);
        return writer.ToRequest();
    }

    /// <summary>Puts a rule at the end of its chain, or behind the one at its <see cref="NftRule.Position"/>. With
    /// <paramref name="echo"/> the answer has the rule as it is in the kernel, with its handle.</summary>
    public static NetlinkRequest AppendRule(NftRule rule, bool echo = false) =>
        New(rule with { Handle = 0 }, Create | NetlinkFlags.NLM_F_APPEND, echo);

    /// <summary>Puts a rule at the beginning of its chain, or before the one at its <see cref="NftRule.Position"/>.
    /// </summary>
    public static NetlinkRequest InsertRule(NftRule rule, bool echo = false) =>
        New(rule with { Handle = 0 }, Create, echo);

    /// <summary>Puts a rule in the place of the one that has its <see cref="NftRule.Handle"/>; it gets another handle.
    /// </summary>
    public static NetlinkRequest ReplaceRule(NftRule rule, bool echo = false) =>
        New(rule with { Position = 0 }, Change | NetlinkFlags.NLM_F_REPLACE, echo);

    /// <summary>Makes a set.</summary>
    public static NetlinkRequest AddSet(NftSet set, bool exclusive = false)
    {
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_NEWSET, set.Family, CreateOf(exclusive));
        (set with { Handle = 0 }).Encode(ref writer, isRequest: true);
        return writer.ToRequest();
    }

    /// <summary>Puts elements into a set: as many requests as it takes, because one holds 64 KiB. An element that is
    /// there with other data is refused (EBUSY, or EEXIST of an interval).</summary>
    public static IReadOnlyList<NetlinkRequest> AddElements(NftSetElements elements, bool exclusive = false) =>
        Split(NftMessageType.NFT_MSG_NEWSETELEM, CreateOf(exclusive), elements);

    /// <summary>Makes a named object. With <paramref name="replace"/> one that is there is changed where its kind allows
    /// it (quota, limit).</summary>
    public static NetlinkRequest AddObject(NftObject named, bool exclusive = false, bool replace = false)
    {
        NetlinkFlags flags = CreateOf(exclusive) | (replace ? NetlinkFlags.NLM_F_REPLACE : 0);
        NetlinkWriter writer = Begin(NftMessageType.NFT_MSG_NEWOBJ, named.Family, flags);
        named.Encode(ref writer, isRequest: true);
        return writer.ToRequest();
    }

    private static NetlinkRequest New(NftRule rule, NetlinkFlags flags, bool echo)
    {
        NetlinkWriter writer = Begin(
            NftMessageType.NFT_MSG_NEWRULE, rule.Family, flags | (echo ? NetlinkFlags.NLM_F_ECHO : 0));
        rule.Encode(ref writer);
        return writer.ToRequest();
    }

    private static List<NetlinkRequest> Split(NftMessageType type, NetlinkFlags flags, NftSetElements elements)
    {
        List<NetlinkRequest> requests = [];
        int next = 0;
        while (next < elements.Elements.Count)
        {
            NetlinkWriter writer = Begin(type, elements.Family, flags);
            next = elements.Encode(ref writer, next);
            requests.Add(writer.ToRequest());
        }

        return requests;
    }

    private static NetlinkFlags CreateOf(bool exclusive) =>
        exclusive ? Create | NetlinkFlags.NLM_F_EXCL : Create;

    private static NetlinkWriter Begin(NftMessageType type, NftFamily family, NetlinkFlags flags) =>
        NetfilterHeader.Begin(NetfilterSubsystem.Nftables, (byte)type, flags, (byte)family);
}
