using System.Collections.Generic;
using Weft.Net.Bpf;

namespace Weft.Net.Filters;

// Calculations: what is to be known of the packet first, then the instructions that leave the number in A.
internal sealed partial class FilterCompiler
{
    private const int LastScratchWord = ScratchWords - 1;

    private FilterTest RelationTest(FilterExpression.Relation relation)
    {
        (ushort condition, bool isReversed) = relation.Comparison switch
        {
            FilterComparison.Equal => (BpfCode.Equal, false),
            FilterComparison.NotEqual => (BpfCode.Equal, true),
            FilterComparison.Greater => (BpfCode.Greater, false),
            FilterComparison.GreaterOrEqual => (BpfCode.GreaterOrEqual, false),
            FilterComparison.Less => (BpfCode.GreaterOrEqual, true),
            _ => (BpfCode.Greater, true),
        };
        FilterNumber left = Folded(relation.Left);
        FilterNumber right = Folded(relation.Right);
        if (_error is not null)
        {
            return FilterTest.False;
        }

        List<FilterTest> conditions = [];
        FilterTest test;
        List<BpfInstruction> code = [];
        if (left is FilterNumber.Constant one && right is FilterNumber.Constant other)
        {
            bool holds = condition switch
            {
                BpfCode.Equal => one.Value == other.Value,
                BpfCode.Greater => one.Value > other.Value,
                _ => one.Value >= other.Value,
            };
            return new FilterTest.Always(holds != isReversed);
        }

        if (right is FilterNumber.Constant constant)
        {
            Calculate(left, code, conditions, LastScratchWord);
            test = new FilterTest.Check(Load([.. code]), condition, constant.Value);
        }
        else
        {
            List<FilterTest> later = [];
            Calculate(right, code, later, LastScratchWord);
            code.Add(new BpfInstruction(BpfCode.Store, LastScratchWord));
            Calculate(left, code, conditions, LastScratchWord - 1);
            code.Add(new BpfInstruction(BpfCode.LoadIndex | BpfCode.Memory, LastScratchWord));
            conditions.AddRange(later);
            test = new FilterTest.Check(Load([.. code]), (ushort)(condition | BpfCode.Index), 0);
        }

        test = isReversed ? test.Reversed() : test;
        for (int i = conditions.Count - 1; i >= 0; i--)
        {
            test = conditions[i].And(test);
        }

        return test;
    }

    // Scratch words from the given one downwards may be overwritten.
    private void Calculate(FilterNumber number, List<BpfInstruction> code, List<FilterTest> conditions, int scratch)
    {
        if (scratch < FirstCalculationWord)
        {
            _ = Fail(number.At, "the calculation needs more scratch memory than there is");
            return;
        }

        switch (number)
        {
            case FilterNumber.Constant constant:
                code.Add(new BpfInstruction(BpfCode.Load | BpfCode.Immediate, constant.Value));
                break;
            case FilterNumber.PacketLength:
                code.Add(new BpfInstruction(BpfCode.Load | BpfCode.Length));
                break;
            case FilterNumber.Negation negation:
                Calculate(negation.Operand, code, conditions, scratch);
                code.Add(new BpfInstruction(BpfCode.Arithmetic | BpfCode.Negate));
                break;
            case FilterNumber.Operation { Right: FilterNumber.Constant right } operation:
                Calculate(operation.Left, code, conditions, scratch);
                code.Add(new BpfInstruction(BpfCode.Arithmetic | operation.Code, right.Value));
                break;
            case FilterNumber.Operation operation:
                // As in libpcap, only what is furthest left says which packets the number is for.
                Calculate(operation.Right, code, [], scratch);
                code.Add(new BpfInstruction(BpfCode.Store, (uint)scratch));
                Calculate(operation.Left, code, conditions, scratch - 1);
                code.Add(new BpfInstruction(BpfCode.LoadIndex | BpfCode.Memory, (uint)scratch));
                code.Add(new BpfInstruction(BpfCode.Arithmetic | operation.Code | BpfCode.Index));
                break;
            case FilterNumber.Load load:
                CalculateLoad(load, code, conditions, scratch);
                break;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private void CalculateLoad(
        FilterNumber.Load load, List<BpfInstruction> code, List<FilterTest> conditions, int scratch)
    {
        ushort size = load.Size switch { 1 => BpfCode.Byte, 2 => BpfCode.Half, _ => BpfCode.Word };
        List<FilterTest> ofOffset = [];
        switch (load.Protocol)
        {
            case FilterProtocol.Link:
                LoadFrom(_layout.LinkHeader, load, size, code, conditions, scratch);
                break;
            case FilterProtocol.Ip or FilterProtocol.Ipv6 or FilterProtocol.Arp or FilterProtocol.Rarp
                or FilterProtocol.AppleTalk or FilterProtocol.Decnet or FilterProtocol.Sca or FilterProtocol.Lat
                or FilterProtocol.MopConsole or FilterProtocol.MopDump:
                LoadFrom(Network, load, size, code, conditions, scratch);
                conditions.Add(ProtocolTest(load.Protocol, load.At));
                break;
            case FilterProtocol.Icmpv6:
                LoadFrom(Network.Plus(Ipv6Length), load, size, code, conditions, scratch);
                conditions.Add(TypeTest(EtherTypeIpv6, load.At));
                conditions.Add(Equal(Network.Plus(Ipv6NextHeaderAt), BpfCode.Byte, 58));
                break;
            case FilterProtocol.Tcp or FilterProtocol.Udp or FilterProtocol.Sctp or FilterProtocol.Icmp
                or FilterProtocol.Igmp or FilterProtocol.Igrp or FilterProtocol.Pim or FilterProtocol.Vrrp
                or FilterProtocol.Carp:
                LoadFromTransport(load, size, code, ofOffset, scratch);
                conditions.Add(ProtocolTest(FilterProtocol.Ip, load.At));
                conditions.AddRange(ofOffset);
                conditions.Add(ProtocolTest(load.Protocol, load.At));
                conditions.Add(FirstFragmentTest());
                break;
            default:
                _ = Fail(load.At, "bytes of this protocol's header cannot be read");
                break;
        }
    }

    private void LoadFrom(
        PacketOffset at, FilterNumber.Load load, ushort size, List<BpfInstruction> code, List<FilterTest> conditions,
        int scratch)
    {
        if (load.Offset is FilterNumber.Constant constant)
        {
            code.AddRange(LoadAt(at.Plus(constant.Value), size));
            return;
        }

        Calculate(load.Offset, code, conditions, scratch);
        if (at.IsVariable)
        {
            code.Add(new BpfInstruction(BpfCode.LoadIndex | BpfCode.Memory, (uint)at.Register));
            code.Add(new BpfInstruction(BpfCode.Arithmetic | BpfCode.Add | BpfCode.Index));
        }

        code.Add(new BpfInstruction(BpfCode.Transfer | BpfCode.ToIndex));
        code.Add(new BpfInstruction(BpfCode.Load | BpfCode.Indirect | size, at.Constant));
    }

    // Behind the header of IPv4: for IPv6 libpcap's language has no word but icmp6.
    private void LoadFromTransport(
        FilterNumber.Load load, ushort size, List<BpfInstruction> code, List<FilterTest> conditions, int scratch)
    {
        if (load.Offset is FilterNumber.Constant constant)
        {
            code.AddRange(LoadBehindIpv4(constant.Value, size));
            return;
        }

        Calculate(load.Offset, code, conditions, scratch);
        code.Add(new BpfInstruction(BpfCode.Store, (uint)scratch));
        code.AddRange(LoadHeaderLength());
        code.Add(new BpfInstruction(BpfCode.Load | BpfCode.Memory, (uint)scratch));
        code.Add(new BpfInstruction(BpfCode.Arithmetic | BpfCode.Add | BpfCode.Index));
        code.Add(new BpfInstruction(BpfCode.Transfer | BpfCode.ToIndex));
        code.Add(new BpfInstruction(BpfCode.Load | BpfCode.Indirect | size, Network.Constant));
    }

    // Operations on constants are done here.
    private FilterNumber Folded(FilterNumber number)
    {
        switch (number)
        {
            case FilterNumber.Negation negation:
                FilterNumber operand = Folded(negation.Operand);
                return operand is FilterNumber.Constant negated
                    ? new FilterNumber.Constant(number.At, unchecked(0 - negated.Value))
                    : negation with { Operand = operand };
            case FilterNumber.Load load:
                return load with { Offset = Folded(load.Offset) };
            case FilterNumber.Operation operation:
                FilterNumber left = Folded(operation.Left);
                FilterNumber right = Folded(operation.Right);
                return right is not FilterNumber.Constant b ? operation with { Left = left, Right = right }
                    : Folded(operation with { Left = left, Right = right }, b.Value);
            default:
                return number;
        }
    }

    private FilterNumber Folded(FilterNumber.Operation operation, uint b)
    {
        if (operation.Code is BpfCode.Divide or BpfCode.Modulo && b == 0)
        {
            _ = Fail(operation.Right.At, "nothing can be divided by zero");
            return operation;
        }

        if (operation.Code is BpfCode.ShiftLeft or BpfCode.ShiftRight && b > 31)
        {
            _ = Fail(operation.Right.At, "a number has 32 bits to shift");
            return operation;
        }

        if (operation.Left is not FilterNumber.Constant { Value: var a })
        {
            return operation;
        }

        return new FilterNumber.Constant(operation.At, unchecked(operation.Code switch
        {
            BpfCode.Add => a + b,
            BpfCode.Subtract => a - b,
            BpfCode.Multiply => a * b,
            BpfCode.Divide => a / b,
            BpfCode.Modulo => a % b,
            BpfCode.Or => a | b,
            BpfCode.And => a & b,
            BpfCode.ExclusiveOr => a ^ b,
            BpfCode.ShiftLeft => a << (int)b,
            _ => a >> (int)b,
        }));
    }
}
