using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Tests.Linux.Nftables;

/// <summary>A table that the kernel accepts, made at random from a number: the same number makes the same table.</summary>
internal sealed class RandomRuleset
{
    public const string Name = "random";

    private const NftFamily Inet = NftFamily.Inet;
    private const int KeyLengthMax = 64;
    private const int LeafCount = 2;

    private static readonly NftDataType[] Types =
    [
        NftDataType.Ipv4Address,
        NftDataType.Ipv6Address,
        NftDataType.EtherAddress,
        NftDataType.Protocol,
        NftDataType.Port,
        NftDataType.Mark,
        NftDataType.InterfaceName,
    ];

    private readonly Random _random;
    private readonly List<NftSet> _sets = [];
    private readonly List<NftChain> _chains = [];
    private readonly List<NftRule> _rules = [];
    private readonly List<NftObject> _objects = [];
    private readonly Dictionary<string, List<NftSetElement>> _elements = [];

    public RandomRuleset(int seed)
    {
        _random = new Random(seed);
        Table = new NftTable { Family = Inet, Name = Name, UserData = Comment() };
        for (int i = 0; i < LeafCount; i++)
        {
            _chains.Add(new NftChain { Family = Inet, Table = Name, Name = Text($"leaf{i}"), UserData = Comment() });
        }

        AddMany(3, MakeObject);
        AddMany(5, MakeSet);
        AddMany(4, MakeChain);
        AddMany(12, MakeRule);
    }

    public NftTable Table { get; }

    public IReadOnlyList<NftSet> Sets => _sets;

    public IReadOnlyList<NftChain> Chains => _chains;

    public IReadOnlyList<NftRule> Rules => _rules;

    public IReadOnlyList<NftObject> Objects => _objects;

    /// <summary>Everything that makes it, in an order that works.</summary>
    public IReadOnlyList<NetlinkRequest> Requests =>
    [
        NftablesRequests.AddTable(Table),
        .. _objects.Select(o => NftablesRequests.AddObject(o)),
        .. _chains.Select(c => NftablesRequests.AddChain(c)),
        .. _sets.Select(s => NftablesRequests.AddSet(s)),
        .. _sets.SelectMany(s => NftablesRequests.AddElements(
            new NftSetElements(Inet, Name, s.Name, [.. ElementsOf(s.Name)]))),
        .. _rules.Select(r => NftablesRequests.AppendRule(r)),
    ];

    public IReadOnlyList<NftSetElement> ElementsOf(string set) => _elements[set];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void AddMany(int countMax, Action<int> make)
    {
        int count = _random.Next(countMax + 1);
        for (int i = 0; i < count; i++)
        {
            make(i);
        }
    }

    private bool Sometimes() => _random.Next(4) == 0;

    private uint Number() => unchecked((uint)_random.Next(int.MinValue, int.MaxValue));

    private T Any<T>(IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    private NftBytes Comment() => _random.Next(3) switch
    {
        0 => NftBytes.Empty,
        1 => NftUserData.OfComment(new string('ä', _random.Next(1, 200))),
        _ => NftUserData.OfComment(Text($"WorkloadEndpoint/shop/web-{_random.Next()}")),
    };

    private void MakeObject(int number)
    {
        NftObjectContent content = _random.Next(4) switch
        {
            0 => new NftObjectContent.Quota(Number(), Sometimes()),
            1 => new NftObjectContent.Limit(
                (ulong)_random.Next(1, 10_000), Any<ulong>([1, 60, 3600]), (uint)_random.Next(1, 100), Sometimes(), Sometimes()),
            2 => new NftObjectContent.ConnectionLimit((uint)_random.Next(1, 1000), Sometimes()),
            _ => new NftObjectContent.Counter(0, 0),
        };
        _objects.Add(new NftObject
        {
            Family = Inet,
            Table = Name,
            Name = Text($"object{number}"),
            Content = content,
            UserData = Comment(),
        });
    }

    private void MakeChain(int number)
    {
        NftHook? hook = _random.Next(3) switch
        {
            0 => null,
            1 => new NftHook(
                NftHook.Filter, Any(Enum.GetValues<NftHookNumber>()[..5]), _random.Next(-400, 400)),
            _ => new NftHook(NftHook.Nat, Any([NftHookNumber.Prerouting, NftHookNumber.Postrouting]), _random.Next(-99, 400)),
        };
        _chains.Add(new NftChain
        {
            Family = Inet,
            Table = Name,
            Name = Text($"chain{number}"),
            Hook = hook,
            Policy = hook?.Type == NftHook.Filter && Sometimes() ? NftVerdictCode.Drop : NftVerdictCode.Accept,
            UserData = Comment(),
        });
    }

    private NftDataType[] KeyType()
    {
        List<NftDataType> fields = [Any(Types)];
        while (_random.Next(2) == 0 && fields.Count < NftDataType.FieldsMax)
        {
            fields.Add(Any(Types));
            if (NftDataType.Concat(fields).Length > KeyLengthMax)
            {
                fields.RemoveAt(fields.Count - 1);
            }
        }

        return [.. fields];
    }

    private void MakeSet(int number)
    {
        string name = Text($"set{number}");
        string[] counters = [.. _objects.Where(o => o.Content is NftObjectContent.Counter).Select(o => o.Name)];
        int kind = _random.Next(8);
        (NftSet set, List<NftSetElement> elements) = kind switch
        {
            0 => Hash(name, KeyType(), NftSetFlags.None, data: null, () => null),
            1 => Hash(name, KeyType(), NftSetFlags.None, NftDataType.Ipv6Address, () => NftData.Of(Value(NftDataType.Ipv6Address))),
            2 => Hash(name, KeyType(), NftSetFlags.None, NftDataType.Verdict, () => NftData.Of(Verdict())),
            3 => Timed(name),
            4 => Intervals(name, withData: false),
            5 => Intervals(name, withData: true),
            6 => Ranges(name),
            _ when counters.Length > 0 => Counters(name, counters),
            _ => Counted(name),
        };
        _sets.Add(set);
        _elements.Add(name, elements);
    }

    private (NftSet Set, List<NftSetElement> Elements) Hash(
        string name, NftDataType[] key, NftSetFlags flags, NftDataType? data, Func<NftData?> value)
    {
        NftSet set = NftSet.Of(Inet, Name, name, key, flags, data, Sometimes() ? null : name) with
        {
            // A bound makes the kernel choose another table, which is of fixed size.
            Size = Sometimes() ? 1000u : 0,
        };
        List<NftSetElement> elements =
        [
            .. Enumerable.Range(0, _random.Next(40))
                .Select(_ => NftBytes.Concat([.. key.Select(Value)]))
                .Select(k => key.Length == 1 ? new NftBytes(k.Span[..key[0].Length]) : k)
                .Distinct()
                .Select(k => new NftSetElement { Key = k, Data = value(), UserData = Comment() }),
        ];
        if (Sometimes())
        {
            elements.Add(new NftSetElement { Flags = NftSetElementFlags.CatchAll, Data = value(), UserData = Comment() });
        }

        return (set, elements);
    }

    private (NftSet Set, List<NftSetElement> Elements) Timed(string name)
    {
        (NftSet set, List<NftSetElement> elements) = Hash(name, KeyType(), NftSetFlags.Timeout, null, () => null);
        set = set with
        {
            Timeout = Sometimes() ? 0 : 3_600_000ul,
            CollectionInterval = Sometimes() ? 10_000u : 0,
            Flags = set.Flags | (Sometimes() ? NftSetFlags.Dynamic : 0),
        };
        return (set, [.. elements.Select(e => e with { Timeout = Sometimes() ? 7_200_000ul : null })]);
    }

    private (NftSet Set, List<NftSetElement> Elements) Counters(string name, string[] counters)
    {
        (NftSet set, List<NftSetElement> elements) = Hash(name, KeyType(), NftSetFlags.Object, null, () => null);
        return (
            set with { ObjectType = NftObjectType.Counter },
            [.. elements.Select(e => e with { Object = Any(counters) })]);
    }

    private (NftSet Set, List<NftSetElement> Elements) Counted(string name)
    {
        (NftSet set, List<NftSetElement> elements) = Hash(name, KeyType(), NftSetFlags.None, null, () => null);
        NftList<NftExpression> counter = [new NftExpression.Counter()];
        return (
            set with { Expressions = counter },
            [.. elements.Select(e => e with { Expressions = counter })]);
    }

    // Boundaries in their order: every second one ends an interval, some of which touch.
    private (NftSet Set, List<NftSetElement> Elements) Intervals(string name, bool withData)
    {
        NftSet set = NftSet.Of(
            Inet, Name, name, [NftDataType.Ipv4Address], NftSetFlags.Interval, withData ? NftDataType.Mark : null) with
        {
            SavesMemory = Sometimes(),
        };
        uint[] borders = [.. Enumerable.Range(0, 2 * _random.Next(20)).Select(_ => Number()).Distinct().Order()];
        List<NftSetElement> elements = [];
        for (int i = 0; i + 1 < borders.Length; i += Any([1, 2]))
        {
            elements.Add(new NftSetElement
            {
                Key = NftBytes.OfUInt32(borders[i]),
                Data = withData ? NftData.Of(Value(NftDataType.Mark)) : null,
                UserData = Comment(),
            });
            elements.Add(new NftSetElement { Key = NftBytes.OfUInt32(borders[i + 1]), Flags = NftSetElementFlags.IntervalEnd });
        }

        return (set, elements);
    }

    // Boxes that do not overlap, because their first sides do not.
    private (NftSet Set, List<NftSetElement> Elements) Ranges(string name)
    {
        NftSet set = NftSet.Of(
            Inet, Name, name, [NftDataType.Ipv4Address, NftDataType.Protocol, NftDataType.Port], NftSetFlags.Interval);
        List<NftSetElement> elements = [];
        for (uint i = 0; i < _random.Next(20); i++)
        {
            ushort from = (ushort)_random.Next(ushort.MaxValue);
            byte protocol = (byte)_random.Next(byte.MaxValue);
            elements.Add(new NftSetElement
            {
                Key = Box(i << 16, protocol, from),
                KeyEnd = Box((i << 16) + (uint)_random.Next(ushort.MaxValue), protocol, (ushort)_random.Next(from, ushort.MaxValue)),
                UserData = Comment(),
            });
        }

        return (set, elements);

        static NftBytes Box(uint address, byte protocol, ushort port) => NftBytes.Concat(
            NftBytes.OfUInt32(address), NftBytes.OfByte(protocol), NftBytes.OfUInt16(port));
    }

    private NftBytes Value(NftDataType type)
    {
        byte[] bytes = new byte[type.Length];
        _random.NextBytes(bytes);

        // Few, so that keys meet.
        bytes.AsSpan(1).Clear();
        return new NftBytes(bytes);
    }

    private NftVerdict Verdict() => _random.Next(5) switch
    {
        0 => new NftVerdict(NftVerdictCode.Drop),
        1 => new NftVerdict(NftVerdictCode.Return),
        2 => new NftVerdict(NftVerdictCode.Goto, Text($"leaf{_random.Next(LeafCount)}")),
        3 => new NftVerdict(NftVerdictCode.Jump, Text($"leaf{_random.Next(LeafCount)}")),
        _ => new NftVerdict(NftVerdictCode.Accept),
    };

    private void MakeRule(int number)
    {
        NftChain[] chains = [.. _chains.Where(c => !c.Name.StartsWith("leaf", StringComparison.Ordinal))];
        if (chains.Length == 0)
        {
            return;
        }

        List<NftExpression> expressions = [];
        int count = _random.Next(4);
        for (int i = 0; i < count; i++)
        {
            expressions.AddRange(Step());
        }

        if (Sometimes())
        {
            expressions.Add(new NftExpression.Decide(Verdict()));
        }

        _rules.Add(new NftRule
        {
            Family = Inet,
            Table = Name,
            Chain = Any(chains).Name,
            Expressions = [.. expressions],
            UserData = Comment(),
        });
    }

    private NftExpression[] Step() => _random.Next(8) switch
    {
        0 => [new NftExpression.Counter()],
        1 =>
        [
            new NftExpression.MetaLoad(NftRegister.First, Any([MetaKey.Mark, MetaKey.Len, MetaKey.NfProto])),
            new NftExpression.MaskXor(NftRegister.First, NftRegister.First, 4, NftBytes.OfUInt32(Number()), NftBytes.OfUInt32(Number())),
            new NftExpression.Compare(
                NftRegister.First, Any(Enum.GetValues<CompareOperation>()), NftBytes.OfUInt32(Number())),
        ],
        2 =>
        [
            new NftExpression.PayloadLoad(
                NftRegister.Slot(_random.Next(8)), Any([PayloadBase.Network, PayloadBase.Transport]),
                (uint)_random.Next(60), (uint)_random.Next(1, 17)),
        ],
        3 => [new NftExpression.Immediate(NftRegister.Slot(_random.Next(8)), Value(Any(Types)))],
        4 => [new NftExpression.Limit((ulong)_random.Next(1, 1000), 60, (uint)_random.Next(1, 50))],
        5 => [new NftExpression.NumberGenerator(NftRegister.Second, (uint)_random.Next(1, 99), NumberGeneratorType.Random)],
        6 when _objects.Count > 0 => [Reference(Any(_objects))],
        7 when _sets.Count > 0 => LookUp(Any(_sets)),
        _ => [new NftExpression.Counter()],
    };

    private static NftExpression.ObjectReference Reference(NftObject named) => new(named.Content.Type, named.Name);

    // A key of any length: all registers that it may take are filled first.
    private static NftExpression[] LookUp(NftSet set)
    {
        List<NftExpression> expressions = [];
        for (int filled = 0; filled < set.KeyLength; filled += 16)
        {
            expressions.Add(new NftExpression.PayloadLoad(
                NftRegister.Slot(filled / 4), PayloadBase.Network, 0, 16));
        }

        expressions.Add(set.Flags.HasFlag(NftSetFlags.Object)
            ? new NftExpression.ObjectMap(NftRegister.First, set.Name)
            : new NftExpression.Lookup(set.Name, NftRegister.First, DestinationOf(set)));
        return [.. expressions];
    }

    private static NftRegister? DestinationOf(NftSet set) =>
        !set.Flags.HasFlag(NftSetFlags.Map) ? null
        : set.DataType == NftDataType.Verdict.Number ? NftRegister.Verdict
        : NftRegister.First;
}
