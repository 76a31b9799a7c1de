using System.Collections.Generic;
using System.Collections.Immutable;
using System.Text;
using Weft.Net.Bpf;

namespace Weft.Net.Filters;

/// <summary>Turns a filter's tree into comparisons of loaded values, for a link type: the meaning that libpcap's
/// <c>gencode.c</c> gives to each primitive, with the same order of loads.</summary>
/// <remarks>The order is part of the meaning: a load from beyond the packet's end ends the whole program with "no", also
/// under <c>not</c>. Goes through the tree from left to right, because words such as <c>vlan</c> move the
/// <see cref="FilterLayout"/> for all that follows them.</remarks>
internal sealed partial class FilterCompiler
{
    private const int ScratchWords = 16;

    // The words below it are kept for the whole program, the others are overwritten by each calculation.
    private const int FirstCalculationWord = ScratchWords / 2;

    private readonly FilterOptions _options;
    private readonly Dictionary<string, ValueLoad> _loads = [];
    private readonly List<BpfInstruction> _prologue = [];
    private FilterLayout _layout;
    private int _registers;
    private FilterError? _error;

    private FilterCompiler(FilterOptions options, FilterLayout layout)
    {
        _options = options;
        _layout = layout;
    }

    /// <summary>The program of a tree, or where it is wrong.</summary>
    public static BpfProgram? Compile(FilterExpression expression, FilterOptions options, out FilterError? error)
    {
        if (expression is FilterExpression.Everything)
        {
            error = null;
            return BpfAssembler.Assemble([], FilterTest.True, options.SnapLength, out _);
        }

        if (FilterLayout.Of(options.LinkType) is not { } layout)
        {
            error = new FilterError(0, $"packets of link type {options.LinkType} cannot be filtered");
            return null;
        }

        FilterCompiler compiler = new(options, layout);
        FilterTest test = compiler.Test(expression);
        error = compiler._error;
        if (error is not null)
        {
            return null;
        }

        BpfProgram? program = BpfAssembler.Assemble(compiler._prologue, test, options.SnapLength, out string? refused);
        if (program is null && compiler._registers > 0)
        {
            // "vxlan or ip": what follows "or" looks into a tunnel that may not be there. Then it looks from the begin.
            program = BpfAssembler.Assemble(compiler.AllCleared(), test, options.SnapLength, out refused);
        }

        error = program is null ? new FilterError(0, refused ?? "it cannot be compiled") : null;
        return program;
    }

    private FilterTest Test(FilterExpression expression) => expression switch
    {
        FilterExpression.Everything => FilterTest.True,
        FilterExpression.And both => Test(both.Left).And(Test(both.Right)),
        FilterExpression.Or either => Test(either.Left).Or(Test(either.Right)),
        FilterExpression.Not not => Test(not.Operand).Reversed(),
        FilterExpression.IsProtocol protocol => ProtocolTest(protocol.Protocol, protocol.At),
        FilterExpression.Address address => AddressTest(address),
        FilterExpression.LinkAddress address => LinkAddressTest(address),
        FilterExpression.Port port => PortTest(port.Protocol, port.End, port.First, port.Last, port.IsRange, port.At),
        FilterExpression.ProtocolNumber protocol => NumberTest(protocol.Carrier, protocol.Number, protocol.At),
        FilterExpression.ProtocolChain chain => ChainTest(chain),
        FilterExpression.Broadcast broadcast => BroadcastTest(broadcast),
        FilterExpression.Multicast multicast => MulticastTest(multicast),
        FilterExpression.Length length => new FilterTest.Check(
            Load([new BpfInstruction(BpfCode.Load | BpfCode.Length)]),
            length.IsGreater ? BpfCode.GreaterOrEqual : BpfCode.Greater,
            length.Bytes) is var check && length.IsGreater ? check : check.Reversed(),
        FilterExpression.Direction direction => DirectionTest(direction),
        FilterExpression.Interface number => InterfaceTest(number),
        FilterExpression.Vlan vlan => VlanTest(vlan),
        FilterExpression.Mpls mpls => MplsTest(mpls),
        FilterExpression.PppoeDiscovery discovery => TypeTest(EtherTypePppoeDiscovery, discovery.At),
        FilterExpression.PppoeSession session => PppoeTest(session),
        FilterExpression.Tunnel tunnel => TunnelTest(tunnel),
        FilterExpression.Inner inner => InnerTest(inner),
        FilterExpression.Relation relation => RelationTest(relation),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    // Equal instructions are one load. What touches a word that is kept for the whole program is not pure.
    private ValueLoad Load(ImmutableArray<BpfInstruction> instructions)
    {
        StringBuilder key = new();
        bool isPure = true;
        foreach (BpfInstruction instruction in instructions)
        {
            _ = key.Append((char)instruction.Code).Append((char)(instruction.Operand >> 16))
                .Append((char)(instruction.Operand & 0xFFFF));
            isPure &= instruction.Code is not (BpfCode.Load | BpfCode.Memory) and not (BpfCode.LoadIndex | BpfCode.Memory)
                || instruction.Operand >= FirstCalculationWord;
        }

        string text = key.ToString();
        if (!_loads.TryGetValue(text, out ValueLoad? load))
        {
            load = new ValueLoad(_loads.Count, instructions, isPure);
            _loads.Add(text, load);
        }

        return load;
    }

    // A load of 1, 2 or 4 bytes at a place.
    private static ImmutableArray<BpfInstruction> LoadAt(PacketOffset offset, ushort size) => offset.IsVariable
        ?
        [
            new BpfInstruction(BpfCode.LoadIndex | BpfCode.Memory, (uint)offset.Register),
            new BpfInstruction(BpfCode.Load | BpfCode.Indirect | size, offset.Constant),
        ]
        : [new BpfInstruction(BpfCode.Load | BpfCode.Absolute | size, offset.Constant)];

    // The same behind the header of IPv4, whose length varies.
    private ImmutableArray<BpfInstruction> LoadBehindIpv4(uint offset, ushort size) =>
    [
        .. LoadHeaderLength(),
        new BpfInstruction(BpfCode.Load | BpfCode.Indirect | size, Network.Plus(offset).Constant),
    ];

    // X becomes the length of the header of IPv4 and what varies before it.
    private ImmutableArray<BpfInstruction> LoadHeaderLength()
    {
        PacketOffset network = Network;
        return !network.IsVariable
            ? [new BpfInstruction(BpfCode.LoadIndex | BpfCode.HeaderLength | BpfCode.Byte, network.Constant)]
            :
            [
                new BpfInstruction(BpfCode.LoadIndex | BpfCode.Memory, (uint)network.Register),
                new BpfInstruction(BpfCode.Load | BpfCode.Indirect | BpfCode.Byte, network.Constant),
                new BpfInstruction(BpfCode.Arithmetic | BpfCode.And, 0xF),
                new BpfInstruction(BpfCode.Arithmetic | BpfCode.ShiftLeft, 2),
                new BpfInstruction(BpfCode.Arithmetic | BpfCode.Add | BpfCode.Index),
                new BpfInstruction(BpfCode.Transfer | BpfCode.ToIndex),
            ];
    }

    private PacketOffset Network => _layout.Payload.Plus(_layout.NetworkAt);

    private FilterTest.Check Equal(PacketOffset offset, ushort size, uint value, uint mask = uint.MaxValue) =>
        Compare(LoadAt(offset, size), BpfCode.Equal, value, mask);

    private FilterTest.Check Compare(
        ImmutableArray<BpfInstruction> load, ushort condition, uint value, uint mask = uint.MaxValue) => new(
            Load(mask == uint.MaxValue ? load : load.Add(new BpfInstruction(BpfCode.Arithmetic | BpfCode.And, mask))),
            condition,
            value);

    private int AllocateRegister(int at)
    {
        if (_registers == FirstCalculationWord)
        {
            _ = Fail(at, "it looks into too many packets within packets");
            return 0;
        }

        return _registers++;
    }

    private List<BpfInstruction> AllCleared()
    {
        List<BpfInstruction> prologue = [new(BpfCode.Load | BpfCode.Immediate)];
        for (int register = 0; register < _registers; register++)
        {
            prologue.Add(new BpfInstruction(BpfCode.Store, (uint)register));
        }

        return prologue;
    }

    private FilterTest Fail(int at, string message)
    {
        _error ??= new FilterError(at, message);
        return FilterTest.False;
    }
}
