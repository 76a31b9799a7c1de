using System.Collections.Generic;
using System.Linq;
using Weft.Linux.Sockets;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Xunit;

namespace Weft.Tests.Linux.Nftables;

/// <summary>Everything of nf_tables in a namespace, as the kernel dumps it and as we read it.</summary>
internal sealed class DumpedRuleset
{
    private DumpedRuleset(List<(byte[] Bytes, NftablesMessage Meaning)> messages)
    {
        Messages = messages;
    }

    /// <summary>Each message of all dumps.</summary>
    public IReadOnlyList<(byte[] Bytes, NftablesMessage Meaning)> Messages { get; }

    public IEnumerable<NftTable> Tables => Of<NftablesMessage.TableChanged>().Select(m => m.Table);

    public IEnumerable<NftChain> Chains => Of<NftablesMessage.ChainChanged>().Select(m => m.Chain);

    public IEnumerable<NftRule> Rules => Of<NftablesMessage.RuleChanged>().Select(m => m.Rule);

    public IEnumerable<NftSet> Sets => Of<NftablesMessage.SetChanged>().Select(m => m.Set);

    public IEnumerable<NftObject> Objects => Of<NftablesMessage.ObjectChanged>().Select(m => m.Object);

    public IEnumerable<NftFlowtable> Flowtables => Of<NftablesMessage.FlowtableChanged>().Select(m => m.Flowtable);

    public IEnumerable<NftSetElement> ElementsOf(string set) => Of<NftablesMessage.ElementsChanged>()
        .Where(m => m.Elements.Set == set).SelectMany(m => m.Elements.Elements);

    public static DumpedRuleset Read(TestNamespace space)
    {
        List<(byte[] Bytes, NftablesMessage Meaning)> messages = [];
        Read(space, messages,
        [
            NftablesRequests.DumpTables(),
            NftablesRequests.DumpChains(),
            NftablesRequests.DumpRules(),
            NftablesRequests.DumpSets(),
            NftablesRequests.DumpObjects(),
            NftablesRequests.DumpFlowtables(),
        ]);
        NftSet[] sets = [.. messages.Select(m => m.Meaning).OfType<NftablesMessage.SetChanged>().Select(m => m.Set)];
        messages.AddRange(sets.SelectMany(set => ReadElements(space, set)));
        return new DumpedRuleset(messages);
    }

    // While a hash table grows, the kernel tells some elements twice and as many not at all.
    private static List<(byte[] Bytes, NftablesMessage Meaning)> ReadElements(TestNamespace space, NftSet set)
    {
        while (true)
        {
            List<(byte[] Bytes, NftablesMessage Meaning)> messages = [];
            Read(space, messages, [NftablesRequests.DumpElements(set.Family, set.Table, set.Name)]);
            List<NftSetElement> elements =
            [
                .. messages.Select(m => m.Meaning).OfType<NftablesMessage.ElementsChanged>().SelectMany(m => m.Elements.Elements),
            ];
            if (elements.DistinctBy(e => (e.Key, e.KeyEnd, e.Flags)).Count() == elements.Count)
            {
                return messages;
            }
        }
    }

    private static void Read(
        TestNamespace space, List<(byte[] Bytes, NftablesMessage Meaning)> messages, List<NetlinkRequest> requests)
    {
        foreach ((NetlinkRequest request, NetlinkReply reply) in requests.Zip(space.Netfilter.Execute(requests)))
        {
            Assert.True(reply.Error is null, $"{request}: {reply.Error}");
            foreach (byte[] message in reply.Messages)
            {
                Assert.True(NftablesMessage.TryDecode(message, out NftablesMessage? meaning));
                messages.Add((message, meaning));
            }
        }
    }

    private IEnumerable<T> Of<T>() => Messages.Select(m => m.Meaning).OfType<T>();
}
