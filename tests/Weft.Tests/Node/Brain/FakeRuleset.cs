using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Node.Brain;
using Weft.Node.Kernel;

namespace Weft.Tests.Node.Brain;

/// <summary>nf_tables of a namespace: takes the very bytes that the brain sends, all of a transaction or nothing, refuses what
/// Linux refuses, and answers dumps with encoded messages.</summary>
/// <param name="hasLink">Whether a link is there. As in kernels before 6.16 a chain at a link needs it, and goes with it.</param>
internal sealed class FakeRuleset(Predicate<string> hasLink)
{
    private Content _content = new();
    private ulong _lastHandle;

    /// <summary>How many transactions changed something.</summary>
    public int Transactions { get; private set; }

    /// <summary>The error for a request; 0 lets it pass.</summary>
    public Func<NetlinkRequest, int> Refuse { get; set; } = _ => 0;

    /// <summary>The set whose elements are dumped while they are rearranged: the first comes twice, the last not at all.
    /// </summary>
    public string Torn { get; set; } = "";

    /// <summary>What others' changes tell.</summary>
    public Queue<BrainEvent> Notices { get; } = new();

    public BrainEvent.KernelAnswered Execute(BrainAction.SendNftables batch) => new(
        KernelNames.RulesetScope,
        batch.Batch,
        batch.IsTransaction ? Commit(batch.Requests) : [.. batch.Requests.Select(Read)]);

    /// <summary>Somebody else's transaction; the kernel tells of it.</summary>
    public void DoForeign(params NetlinkRequest[] requests)
    {
        if (Commit(requests).TrueForAll(o => o.Errno == 0))
        {
            Notices.Enqueue(new BrainEvent.RulesetNoticed([.. requests.SelectMany(r => Padded(r.Bytes.ToArray()))]));
        }
    }

    /// <summary>A table of inet goes, and nobody is told.</summary>
    public void TakeAway(string table) => _content.RemoveTable(new NftTable { Family = NftFamily.Inet, Name = table });

    /// <summary>A link goes, and its chain with it; nobody is told.</summary>
    public void LoseLink(string device) => _content.RemoveAt(device);

    /// <summary>Everything, as text, without what depends on history.</summary>
    public IEnumerable<string> Lines()
    {
        foreach ((string Table, NftFamily Family) table in _content.Tables.Keys)
        {
            yield return $"table {table.Family} {table.Table}";
        }

        foreach (NftChain chain in _content.Chains.Values)
        {
            yield return $"chain {chain.Table} {chain.Name} {chain.Hook} {chain.Policy}";
            int place = 0;
            foreach (NftRule rule in _content.Rules.Where(r => r.Table == chain.Table && r.Chain == chain.Name))
            {
                yield return $"rule {chain.Table} {chain.Name} {place++:d2} {rule.Comment} {MeaningOf(rule)}";
            }
        }

        foreach (NftSet set in _content.Sets.Values)
        {
            yield return $"set {set.Table} {set.Name} {set.Flags}";
        }

        foreach (((string Table, string Set, string Key, bool IsEnd) key, NftSetElement element) in _content.Elements)
        {
            yield return $"element {key.Table} {key.Set} {key.Key}{(key.IsEnd ? " end" : "")} {element.Comment}";
        }
    }

    private static string MeaningOf(NftRule rule) =>
        Convert.ToHexString(NftablesRequests.AppendRule(rule with { Handle = 0, Position = 0 }).Bytes.Span);

    private List<RequestOutcome> Commit(IReadOnlyList<NetlinkRequest> requests)
    {
        Content before = _content;
        _content = before.Copy();
        List<int> errors = [.. requests.Select(r => Refuse(r) is var refused and not 0 ? refused : Do(r))];
        bool failed = errors.Exists(e => e != 0);
        if (failed)
        {
            _content = before;
        }
        else if (requests.Count > 0)
        {
            Transactions++;
        }

        return [.. errors.Select(e => new RequestOutcome(e == 0 && failed ? KernelErrno.ECANCELED : e, null, []))];
    }

    private int Do(NetlinkRequest request)
    {
        if (!NftablesMessage.TryDecode(request.Bytes.Span, out NftablesMessage? message))
        {
            return KernelErrno.EINVAL;
        }

        return message switch
        {
            NftablesMessage.TableChanged { Deleted: true } m => _content.RemoveTable(m.Table),
            NftablesMessage.TableChanged m => _content.Put(m.Table),
            NftablesMessage.ChainChanged { Deleted: true } m => _content.Remove(m.Chain),
            NftablesMessage.ChainChanged m when m.Chain.Hook?.Devices.Any(d => !hasLink(d)) == true => KernelErrno.ENOENT,
            NftablesMessage.ChainChanged m => _content.Put(m.Chain),
            NftablesMessage.SetChanged { Deleted: true } m => _content.Remove(m.Set),
            NftablesMessage.SetChanged m => _content.Put(m.Set),
            NftablesMessage.ElementsChanged { Deleted: true } m => _content.Remove(m.Elements),
            NftablesMessage.ElementsChanged m => _content.Put(m.Elements),
            NftablesMessage.RuleChanged { Deleted: true } m => _content.Remove(m.Rule),
            NftablesMessage.RuleChanged m => _content.Put(
                m.Rule with { Handle = ++_lastHandle }, (request.Header.Flags & NetlinkFlags.NLM_F_APPEND) != 0),
            _ => KernelErrno.EOPNOTSUPP,
        };
    }

    private RequestOutcome Read(NetlinkRequest request)
    {
        NftMessageType type = (NftMessageType)(request.Header.Type & 0xFF);
        ReadOnlySpan<byte> body = request.Bytes.Span[NetlinkHeader.ByteLength..];
        NftFamily family = (NftFamily)body[0];
        int refused = Refuse(request);
        if (refused != 0)
        {
            return new RequestOutcome(refused, null, []);
        }

        string table = TextOf(request, 1);
        List<byte[]> messages = type switch
        {
            NftMessageType.NFT_MSG_GETTABLE => [.. _content.Tables.Values.Where(t => t.Name == table && t.Family == family)
                .Select(t => Message(NftMessageType.NFT_MSG_NEWTABLE, t.Family, (ref NetlinkWriter w) => t.EncodeAsDumped(ref w)))],
            NftMessageType.NFT_MSG_GETCHAIN => [.. _content.Chains.Values
                .Select(c => Message(NftMessageType.NFT_MSG_NEWCHAIN, c.Family, (ref NetlinkWriter w) => c.EncodeAsDumped(ref w)))],
            NftMessageType.NFT_MSG_GETSET => [.. _content.Sets.Values.Where(s => s.Table == table)
                .Select(s => Message(NftMessageType.NFT_MSG_NEWSET, s.Family, (ref NetlinkWriter w) => s.Encode(ref w, isRequest: false)))],
            NftMessageType.NFT_MSG_GETRULE => [.. _content.Rules.Where(r => r.Table == table)
                .Select(r => Message(NftMessageType.NFT_MSG_NEWRULE, r.Family, (ref NetlinkWriter w) => (r with { Position = 0 }).Encode(ref w)))],
            _ => [.. NftablesRequests.AddElements(new NftSetElements(NftFamily.Inet, table, TextOf(request, 2), [.. ElementsOf(table, TextOf(request, 2))]))
                .Select(r => r.Bytes.ToArray())],
        };
        return messages.Count == 0 && type == NftMessageType.NFT_MSG_GETTABLE
            ? new RequestOutcome(KernelErrno.ENOENT, null, [])
            : new RequestOutcome(0, null, [.. messages.SelectMany(Padded)]);
    }

    private List<NftSetElement> ElementsOf(string table, string set)
    {
        List<NftSetElement> elements =
            [.. _content.Elements.Where(e => e.Key.Table == table && e.Key.Set == set).Select(e => e.Value)];
        if (set == Torn)
        {
            elements[^1] = elements[0];
        }

        return elements;
    }

    private delegate void Encoding(ref NetlinkWriter writer);

    private static byte[] Message(NftMessageType type, NftFamily family, Encoding encode)
    {
        NetlinkWriter writer = NetfilterHeader.Begin(
            NetfilterSubsystem.Nftables, (byte)type, NetlinkFlags.NLM_F_REQUEST, (byte)family);
        encode(ref writer);
        return writer.ToRequest().Bytes.ToArray();
    }

    private static string TextOf(NetlinkRequest request, ushort attribute)
    {
        Xunit.Assert.True(NetfilterHeader.TryParse(
            request.Bytes.Span[NetlinkHeader.ByteLength..], out _, out AttributeReader attributes));
        foreach (NetlinkAttribute found in attributes)
        {
            if (found.Type == attribute)
            {
                return found.ReadText();
            }
        }

        return "";
    }

    private static byte[] Padded(byte[] message)
    {
        byte[] padded = new byte[NetlinkPadding.Padded(message.Length)];
        message.CopyTo(padded, 0);
        return padded;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_content.Elements.Count} elements");

    /// <summary>What there is at one moment.</summary>
    private sealed class Content
    {
        public SortedDictionary<(string Table, NftFamily Family), NftTable> Tables { get; private init; } = [];

        public SortedDictionary<(string Table, string Chain), NftChain> Chains { get; private init; } = [];

        public SortedDictionary<(string Table, string Set), NftSet> Sets { get; private init; } = [];

        public SortedDictionary<(string Table, string Set, string Key, bool IsEnd), NftSetElement> Elements { get; private init; } = [];

        public List<NftRule> Rules { get; private init; } = [];

        public Content Copy() => new()
        {
            Tables = new(Tables),
            Chains = new(Chains),
            Sets = new(Sets),
            Elements = new(Elements),
            Rules = [.. Rules],
        };

        public int Put(NftTable table)
        {
            Tables[(table.Name, table.Family)] = table;
            return 0;
        }

        public int RemoveTable(NftTable table)
        {
            if (!Tables.Remove((table.Name, table.Family)))
            {
                return KernelErrno.ENOENT;
            }

            Rules.RemoveAll(r => r.Table == table.Name);
            Chains.Keys.Where(k => k.Table == table.Name).ToList().ForEach(k => Chains.Remove(k));
            Sets.Keys.Where(k => k.Table == table.Name).ToList().ForEach(k => Sets.Remove(k));
            Elements.Keys.Where(k => k.Table == table.Name).ToList().ForEach(k => Elements.Remove(k));
            return 0;
        }

        public int Put(NftChain chain)
        {
            if (!Tables.Keys.Any(t => t.Table == chain.Table))
            {
                return KernelErrno.ENOENT;
            }

            if (chain.Hook is not null || !Chains.ContainsKey((chain.Table, chain.Name)))
            {
                Chains[(chain.Table, chain.Name)] = chain;
            }

            return 0;
        }

        public void RemoveAt(string device)
        {
            foreach (NftChain chain in Chains.Values.Where(c => c.Hook?.Devices.Contains(device) == true).ToList())
            {
                Rules.RemoveAll(r => r.Table == chain.Table && r.Chain == chain.Name);
                Chains.Remove((chain.Table, chain.Name));
            }
        }

        public int Remove(NftChain chain)
        {
            bool isBase = Chains.TryGetValue((chain.Table, chain.Name), out NftChain? there) && there.Hook is not null;
            if (there is null)
            {
                return KernelErrno.ENOENT;
            }

            bool used = Rules.Exists(r => r.Table == chain.Table && r.Expressions.Any(e =>
                e is Weft.Netlink.Nftables.Expressions.NftExpression.Decide d && d.Verdict.Chain == chain.Name));
            if (used || (!isBase && Rules.Exists(r => r.Table == chain.Table && r.Chain == chain.Name)))
            {
                return KernelErrno.EBUSY;
            }

            Rules.RemoveAll(r => r.Table == chain.Table && r.Chain == chain.Name);
            Chains.Remove((chain.Table, chain.Name));
            return 0;
        }

        public int Put(NftSet set)
        {
            if (!Tables.Keys.Any(t => t.Table == set.Table))
            {
                return KernelErrno.ENOENT;
            }

            Sets[(set.Table, set.Name)] = set;
            return 0;
        }

        public int Remove(NftSet set)
        {
            if (Rules.Exists(r => r.Table == set.Table && r.Expressions.Any(e =>
                e is Weft.Netlink.Nftables.Expressions.NftExpression.Lookup l && l.Set == set.Name)))
            {
                return KernelErrno.EBUSY;
            }

            Elements.Keys.Where(k => k.Table == set.Table && k.Set == set.Name).ToList().ForEach(k => Elements.Remove(k));
            return Sets.Remove((set.Table, set.Name)) ? 0 : KernelErrno.ENOENT;
        }

        public int Put(NftSetElements elements)
        {
            if (!Sets.TryGetValue((elements.Table, elements.Set), out NftSet? set))
            {
                return KernelErrno.ENOENT;
            }

            if ((set.Flags & NftSetFlags.Interval) != 0 && Overlaps(elements))
            {
                return KernelErrno.EEXIST;
            }

            foreach (NftSetElement element in elements.Elements)
            {
                Elements.TryAdd(KeyOf(elements, element), element);
            }

            return 0;
        }

        // Linux: an interval that is there may come again, as it is; none that shares only some of its keys with it.
        private bool Overlaps(NftSetElements elements)
        {
            const string BehindAll = "g"; // Behind all hexadecimal digits.
            string start = elements.Elements[0].Key.ToString();
            string end = elements.Elements.Count > 1 ? elements.Elements[1].Key.ToString() : BehindAll;
            string? open = null;
            foreach ((string key, bool isEnd) in Elements.Keys
                .Where(k => k.Table == elements.Table && k.Set == elements.Set)
                .Select(k => (k.Key, k.IsEnd)).Append((Key: BehindAll, IsEnd: true)).OrderBy(k => k.Key, StringComparer.Ordinal).ThenByDescending(k => k.IsEnd))
            {
                if (isEnd && open is not null && (open, key) != (start, end)
                    && string.CompareOrdinal(open, end) < 0 && string.CompareOrdinal(start, key) < 0)
                {
                    return true;
                }

                open = isEnd ? null : key;
            }

            return false;
        }

        public int Remove(NftSetElements elements) =>
            elements.Elements.All(e => Elements.Remove(KeyOf(elements, e))) ? 0 : KernelErrno.ENOENT;

        public int Put(NftRule rule, bool append)
        {
            bool known = Chains.ContainsKey((rule.Table, rule.Chain)) && rule.Expressions.All(e => e switch
            {
                Weft.Netlink.Nftables.Expressions.NftExpression.Decide { Verdict.Chain: { } chain } => Chains.ContainsKey((rule.Table, chain)),
                Weft.Netlink.Nftables.Expressions.NftExpression.Lookup lookup => Sets.ContainsKey((rule.Table, lookup.Set)),
                _ => true,
            });
            int place = rule.Position == 0 ? -1 : Rules.FindIndex(r => r.Handle == rule.Position);
            if (!known || (rule.Position != 0 && place < 0))
            {
                return KernelErrno.ENOENT;
            }

            Rules.Insert(append ? (place < 0 ? Rules.Count : place + 1) : Math.Max(place, 0), rule);
            return 0;
        }

        public int Remove(NftRule rule)
        {
            int removed = Rules.RemoveAll(r => r.Table == rule.Table && (rule.Chain.Length == 0 || r.Chain == rule.Chain)
                && (rule.Handle == 0 || r.Handle == rule.Handle));
            return removed == 0 && rule.Handle != 0 ? KernelErrno.ENOENT : 0;
        }

        private static (string, string, string, bool) KeyOf(NftSetElements elements, NftSetElement element) =>
            (elements.Table, elements.Set, element.Key.ToString(), (element.Flags & NftSetElementFlags.IntervalEnd) != 0);
    }
}
