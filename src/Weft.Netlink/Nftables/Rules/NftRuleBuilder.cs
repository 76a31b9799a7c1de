using System.Collections.Generic;
using System.Text;
using Weft.Net;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Netlink.Nftables.Rules;

/// <summary>Writes a rule as people read it: conditions from left to right, then what happens. A packet that fails a
/// condition leaves the rule there.</summary>
/// <remarks><code>
/// new NftRuleBuilder()                                     // iifname "weft*"
///     .WhereName(NftField.InputInterface, "weft*")         // iifname . ip saddr != @workloads4
///     .WhereNotIn("workloads4", NftField.InputInterface, NftField.Ipv4Source)
///     .Count()                                             // counter
///     .Drop()                                              // drop
///     .Build();
/// </code>It makes the expressions that nft makes of the same words, so that nft prints them as words again.</remarks>
public sealed class NftRuleBuilder
{
    private const byte SynFlag = 0x02;
    private const byte MssOption = 2; // RFC 9293, 3.2
    private const uint MssOffset = 2;
    private const uint MssLength = 2;
    private const int SlotLength = 4;

    private readonly List<NftExpression> _expressions = [];
    private NfProtocol? _family;
    private byte? _transport;

    /// <summary>Begins a rule of a table of this family.</summary>
    public NftRuleBuilder(NfProtocol table = NfProtocol.Inet)
    {
        _family = table is NfProtocol.Ipv4 or NfProtocol.Ipv6 ? table : null;
    }

    /// <summary>Only packets of this family.</summary>
    public NftRuleBuilder WhereFamily(IpFamily family)
    {
        Require(family == IpFamily.Ipv4 ? NfProtocol.Ipv4 : NfProtocol.Ipv6);
        return this;
    }

    /// <summary>Only packets of this protocol above IP.</summary>
    public NftRuleBuilder WhereTransport(byte protocol)
    {
        Require(protocol);
        return this;
    }

    /// <summary>Only packets whose field is this.</summary>
    public NftRuleBuilder Where(NftField field, NftBytes value) => Where(field, CompareOperation.Equal, value);

    /// <summary>Only packets whose field is this number.</summary>
    public NftRuleBuilder Where(NftField field, ulong value) =>
        Where(field, CompareOperation.Equal, field.Number(value));

    /// <summary>Only packets whose field is this address.</summary>
    public NftRuleBuilder Where(NftField field, IpAddress value) =>
        Where(field, CompareOperation.Equal, NftBytes.Of(value));

    /// <summary>Only packets whose field lies in this prefix.</summary>
    public NftRuleBuilder Where(NftField field, IpPrefix value) => Where(
        value.IsHost ? field : field.Masked(value.Length), CompareOperation.Equal, NftBytes.Of(value.Address));

    /// <summary>Only packets whose field is something else than this number.</summary>
    public NftRuleBuilder WhereNot(NftField field, ulong value) =>
        Where(field, CompareOperation.NotEqual, field.Number(value));

    /// <summary>Only packets whose field lies outside this prefix.</summary>
    public NftRuleBuilder WhereNot(NftField field, IpPrefix value) => Where(
        value.IsHost ? field : field.Masked(value.Length), CompareOperation.NotEqual, NftBytes.Of(value.Address));

    /// <summary>Only packets whose field compares so.</summary>
    public NftRuleBuilder Where(NftField field, CompareOperation operation, NftBytes value)
    {
        Load([field]);
        return Add(new NftExpression.Compare(NftRegister.First, operation, value));
    }

    /// <summary>Only packets with any of these bits: <c>ct state established,related</c>, <c>tcp flags syn</c>.</summary>
    public NftRuleBuilder WhereAny(NftField field, ulong bits) =>
        Where(field.Masked(field.Number(bits)), CompareOperation.NotEqual, field.Number(0));

    /// <summary>Only packets that have, of the bits of a mask, exactly these.</summary>
    public NftRuleBuilder WhereBits(NftField field, ulong mask, ulong bits) =>
        Where(field.Masked(field.Number(mask)), CompareOperation.Equal, field.Number(bits));

    /// <summary>Only packets whose field lies between two numbers, both included.</summary>
    public NftRuleBuilder WhereBetween(NftField field, ulong from, ulong to)
    {
        Invariant.Holds(!field.IsHostOrder);
        Load([field]);
        return Add(new NftExpression.Range(NftRegister.First, field.Number(from), field.Number(to)));
    }

    /// <summary>Only packets of an interface of this name, or one that begins with what stands before a <c>*</c> at the
    /// end.</summary>
    public NftRuleBuilder WhereName(NftField field, string name) => Where(field, CompareOperation.Equal, NameOf(name));

    /// <summary>Only packets of another interface.</summary>
    public NftRuleBuilder WhereNotName(NftField field, string name) =>
        Where(field, CompareOperation.NotEqual, NameOf(name));

    /// <summary>Only packets whose fields, put together, are in a set.</summary>
    public NftRuleBuilder WhereIn(string set, params NftField[] fields)
    {
        Load(fields);
        return Add(new NftExpression.Lookup(set, NftRegister.First));
    }

    /// <summary>Only packets whose fields, put together, are not in a set.</summary>
    public NftRuleBuilder WhereNotIn(string set, params NftField[] fields)
    {
        Load(fields);
        return Add(new NftExpression.Lookup(set, NftRegister.First, Inverted: true));
    }

    /// <summary>The verdict that a map has for the fields, put together; without one the rule ends.</summary>
    public NftRuleBuilder DecideBy(string map, params NftField[] fields)
    {
        Load(fields);
        return Add(new NftExpression.Lookup(map, NftRegister.First, NftRegister.Verdict));
    }

    /// <summary>Puts what a map has for the fields into a register; without it the rule ends.</summary>
    public NftRuleBuilder LoadBy(string map, NftRegister destination, params NftField[] fields)
    {
        Load(fields);
        return Add(new NftExpression.Lookup(map, NftRegister.First, destination));
    }

    /// <summary>Counts the packets that come this far.</summary>
    public NftRuleBuilder Count() => Add(new NftExpression.Counter());

    /// <summary>The packet passes this table's hook.</summary>
    public NftRuleBuilder Accept() => Decide(new NftVerdict(NftVerdictCode.Accept));

    /// <summary>The packet is gone.</summary>
    public NftRuleBuilder Drop() => Decide(new NftVerdict(NftVerdictCode.Drop));

    /// <summary>Back to the chain that called this one.</summary>
    public NftRuleBuilder Return() => Decide(new NftVerdict(NftVerdictCode.Return));

    /// <summary>On to another chain, and back.</summary>
    public NftRuleBuilder Jump(string chain) => Decide(new NftVerdict(NftVerdictCode.Jump, chain));

    /// <summary>On to another chain, and not back.</summary>
    public NftRuleBuilder Goto(string chain) => Decide(new NftVerdict(NftVerdictCode.Goto, chain));

    /// <summary>The packet gets no connection.</summary>
    public NftRuleBuilder NoTrack() => Add(new NftExpression.NoTrack());

    /// <summary>The packet is refused, and its sender told in its own family (NFT_REJECT_ICMPX_...).</summary>
    public NftRuleBuilder Reject(byte icmpxCode) =>
        Add(new NftExpression.Reject(RejectType.IcmpxUnreachable, icmpxCode));

    /// <summary>The source becomes this address; the kernel finds a port, or one of a range if the rule has asked for
    /// TCP, UDP or the like.</summary>
    public NftRuleBuilder SourceNat(
        IpAddress address, ushort? portMin = null, ushort? portMax = null, NatFlags flags = NatFlags.None) =>
        Translate(NatType.Source, address, portMin, portMax, flags);

    /// <summary>The destination becomes this address, and this port or one of a range.</summary>
    public NftRuleBuilder DestinationNat(
        IpAddress address, ushort? portMin = null, ushort? portMax = null, NatFlags flags = NatFlags.None) =>
        Translate(NatType.Destination, address, portMin, portMax, flags);

    /// <summary>The source becomes an address of the interface that the packet leaves by.</summary>
    public NftRuleBuilder Masquerade() => Add(new NftExpression.Masquerade());

    /// <summary>Only SYNs of TCP, with or without ACK.</summary>
    public NftRuleBuilder WhereSyn() => WhereAny(NftField.TcpFlags, SynFlag);

    /// <summary><c>tcp option maxseg size set ip saddr map @map</c>: the MSS that a SYN tells becomes what the map has for the
    /// field, if that is less; without it the rule ends.</summary>
    public NftRuleBuilder ClampMssBy(string map, NftField field)
    {
        Require(6);
        LoadBy(map, NftRegister.First, field);
        return Add(new NftExpression.OptionWrite(
            NftRegister.First, OptionList.TcpOption, MssOption, MssOffset, MssLength));
    }

    /// <summary><c>meta mark set mark and ~mask or bits</c>: only the bits of the mask change.</summary>
    public NftRuleBuilder SetMark(uint mask, uint bits)
    {
        ChangeMark(NftField.Mark32, mask, bits);
        return Add(new NftExpression.MetaSet(MetaKey.Mark, NftRegister.First));
    }

    /// <summary><c>ct mark set ct mark and ~mask or bits</c>: only the bits of the mask change.</summary>
    public NftRuleBuilder SetConnectionMark(uint mask, uint bits)
    {
        ChangeMark(NftField.ConnectionMark, mask, bits);
        return Add(new NftExpression.CtSet(CtKey.Mark, NftRegister.First));
    }

    /// <summary>Counts, limits or the like by a named object.</summary>
    public NftRuleBuilder Use(NftObjectType type, string name) => Add(new NftExpression.ObjectReference(type, name));

    /// <summary>Any other expression.</summary>
    public NftRuleBuilder Add(NftExpression expression)
    {
        _expressions.Add(expression);
        return this;
    }

    /// <summary>The rule's expressions.</summary>
    public NftList<NftExpression> Build() => NftList.Create<NftExpression>([.. _expressions]);

    private static NftBytes NameOf(string name) => name.EndsWith('*')
        ? new NftBytes(Encoding.UTF8.GetBytes(name[..^1]))
        : NftBytes.OfInterface(name);

    private NftRuleBuilder Decide(NftVerdict verdict) => Add(new NftExpression.Decide(verdict));

    private NftRuleBuilder Translate(
        NatType type, IpAddress address, ushort? portMin, ushort? portMax, NatFlags flags)
    {
        NfProtocol family = address.Family == IpFamily.Ipv4 ? NfProtocol.Ipv4 : NfProtocol.Ipv6;
        Require(family);
        Add(new NftExpression.Immediate(NftRegister.First, NftBytes.Of(address)));
        if (portMin is not ushort first)
        {
            return Add(new NftExpression.Nat(type, family, NftRegister.First, Flags: flags));
        }

        ushort last = portMax ?? first;
        Add(new NftExpression.Immediate(NftRegister.Second, NftBytes.OfUInt16(first)));
        NftRegister end = NftRegister.Second;
        if (last != first)
        {
            end = NftRegister.Third;
            Add(new NftExpression.Immediate(end, NftBytes.OfUInt16(last)));
        }

        return Add(new NftExpression.Nat(
            type, family, NftRegister.First, ProtoMin: NftRegister.Second, ProtoMax: end, Flags: flags));
    }

    private void ChangeMark(NftField field, uint mask, uint bits)
    {
        Load([field]);
        Add(new NftExpression.MaskXor(
            NftRegister.First,
            NftRegister.First,
            4,
            NftBytes.OfHostUInt32(unchecked(~mask)),
            NftBytes.OfHostUInt32(bits & mask)));
    }

    // Fields stand behind each other, each beginning a slot of its own; what they need is asked before the first.
    private void Load(NftField[] fields)
    {
        foreach (NftField field in fields)
        {
            if (field.Family is NfProtocol family)
            {
                Require(family);
            }

            if (field.Transport is byte transport)
            {
                Require(transport);
            }
        }

        int slot = 0;
        foreach (NftField field in fields)
        {
            NftRegister register = NftRegister.Slot(slot);
            Add(field.Load(register));
            if (field.Mask is NftBytes mask)
            {
                Add(new NftExpression.MaskXor(
                    register, register, (uint)field.Length, mask, new NftBytes(new byte[field.Length])));
            }

            slot += (field.Length + SlotLength - 1) / SlotLength;
        }
    }

    private void Require(NfProtocol family)
    {
        Invariant.Holds(_family is null || _family == family);
        if (_family is null)
        {
            _family = family;
            Add(new NftExpression.MetaLoad(NftRegister.First, MetaKey.NfProto));
            Add(new NftExpression.Compare(NftRegister.First, CompareOperation.Equal, NftBytes.OfByte((byte)family)));
        }
    }

    private void Require(byte transport)
    {
        Invariant.Holds(_transport is null || _transport == transport);
        if (_transport is null)
        {
            _transport = transport;
            Add(new NftExpression.MetaLoad(NftRegister.First, MetaKey.L4Proto));
            Add(new NftExpression.Compare(NftRegister.First, CompareOperation.Equal, NftBytes.OfByte(transport)));
        }
    }
}
