using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Netlink;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Tests.Netlink.Nftables.Expressions;

/// <summary>Random rules that the kernel takes in any plain chain of a table of family <c>inet</c> with nothing else in
/// it. What is read from a register was written before, as long as it is read.</summary>
public static class ExpressionGenerators
{
    private static readonly Gen<NftExpression.Counter> Counter = Gen.Const(new NftExpression.Counter());

    private static readonly Gen<NftRegister> Register = Gen.Int[0, 3].Select(n => NftRegister.Slot(4 * n));

    private static readonly Gen<CompareOperation> Comparison =
        Gen.Int[0, 5].Select(number => (CompareOperation)number);

    // What loads how many bytes; up to 16, so that any of the four wide registers holds it.
    private static readonly Gen<(NftExpression Load, int Length)> Loading = Gen.OneOf(
        Gen.Select(Register, Gen.Int[0, 3], Gen.Int[0, 255], Gen.Int[1, 16], (register, from, offset, length) =>
            ((NftExpression)new NftExpression.PayloadLoad(
                register, (PayloadBase)from, (uint)offset, (uint)length), length)),
        Gen.Select(
            Register,
            AnyOf(
                (MetaKey.Len, 4), (MetaKey.Mark, 4), (MetaKey.Iif, 4), (MetaKey.IifName, 16), (MetaKey.OifName, 16),
                (MetaKey.NfProto, 1), (MetaKey.L4Proto, 1), (MetaKey.PktType, 1), (MetaKey.Cpu, 4)),
            (register, key) => ((NftExpression)new NftExpression.MetaLoad(register, key.Item1), key.Item2)),
        Gen.Select(
            Register,
            AnyOf((CtKey.State, 4), (CtKey.Status, 4), (CtKey.Mark, 4), (CtKey.Expiration, 4)),
            (register, key) => ((NftExpression)new NftExpression.CtLoad(register, key.Item1), key.Item2)),
        Register.Select(register => ((NftExpression)new NftExpression.Fib(
            register, FibResult.AddrType, FibFlags.DAddr), 4)),
        Gen.Select(Register, Gen.UInt[1, 1000], Gen.Int[0, 1], Gen.UInt[0, 1000], (register, modulus, type, offset) =>
            ((NftExpression)new NftExpression.NumberGenerator(
                register, modulus, (NumberGeneratorType)type, offset), 4)),
        Gen.Select(Register, Gen.UInt[1, 1000], Gen.UInt[0, 1000], (register, modulus, offset) =>
            ((NftExpression)new NftExpression.SymmetricHash(register, modulus, offset), 4)),
        Gen.Select(Register, Gen.Byte, Gen.UInt[0, 20], Gen.Int[1, 8], (register, type, offset, length) =>
            ((NftExpression)new NftExpression.OptionLoad(
                register, OptionList.TcpOption, type, offset, (uint)length), length)));

    // A load and what looks at it.
    private static readonly Gen<NftExpression[]> Condition = Loading.SelectMany(load =>
        Gen.OneOf(
            Gen.Select(Comparison, Bytes(load.Length), (operation, value) => new NftExpression[]
            {
                load.Load, new NftExpression.Compare(DestinationOf(load.Load), operation, value),
            }),
            Gen.Select(Comparison, Bytes(load.Length), Bytes(load.Length), Bytes(load.Length), (operation, mask, xor, value) =>
                new NftExpression[]
                {
                    load.Load,
                    new NftExpression.MaskXor(
                        DestinationOf(load.Load), DestinationOf(load.Load), (uint)load.Length, mask, xor),
                    new NftExpression.Compare(DestinationOf(load.Load), operation, value),
                }),
            Gen.Select(Bytes(load.Length), Bytes(load.Length), Gen.Bool, (one, other, inverted) => new NftExpression[]
            {
                load.Load,
                one.Span.SequenceCompareTo(other.Span) <= 0
                    ? new NftExpression.Range(DestinationOf(load.Load), one, other, inverted)
                    : new NftExpression.Range(DestinationOf(load.Load), other, one, inverted),
            })));

    private static readonly Gen<NftExpression[]> Change = Gen.OneOf(
        Gen.Select(Register, Gen.UInt, (register, mark) => new NftExpression[]
        {
            new NftExpression.Immediate(register, NftBytes.OfHostUInt32(mark)),
            new NftExpression.MetaSet(MetaKey.Mark, register),
        }),
        Gen.Select(Register, Register, Gen.UInt[1, 31], Gen.Bool, (source, destination, bits, left) =>
            new NftExpression[]
            {
                new NftExpression.MetaLoad(source, MetaKey.Mark),
                new NftExpression.Shift(source, destination, 4, left, bits),
                new NftExpression.MetaSet(MetaKey.Mark, destination),
            }),
        Gen.Select(Register, Register, Gen.UInt[1, 5000], Gen.UInt, (source, destination, modulus, seed) =>
            new NftExpression[]
            {
                new NftExpression.PayloadLoad(source, PayloadBase.Network, 12, 8),
                new NftExpression.JenkinsHash(source, destination, 8, modulus, seed),
                new NftExpression.MetaSet(MetaKey.Mark, destination),
            }),
        Gen.Select(Register, Register, Gen.Bool, (source, destination, toHost) => new NftExpression[]
        {
            new NftExpression.MetaLoad(source, MetaKey.Mark),
            new NftExpression.ByteOrder(
                source, destination, toHost ? ByteOrderOperation.NetworkToHost : ByteOrderOperation.HostToNetwork, 4, 4),
            new NftExpression.MetaSet(MetaKey.Mark, destination),
        }),
        Gen.Select(Gen.UInt[1, 1_000_000], AnyOf(1UL, 60UL, 3600UL), Gen.UInt[1, 1000], Gen.Bool, Gen.Bool,
            (rate, unit, burst, bytes, inverted) => new NftExpression[]
            {
                new NftExpression.Limit(rate, unit, burst, bytes ? LimitType.Bytes : LimitType.Packets, inverted),
            }),
        Gen.Select(Gen.ULong[1, long.MaxValue], Gen.Bool, (bytes, inverted) => new NftExpression[]
        {
            new NftExpression.Quota(bytes, inverted ? QuotaFlags.Inverted : QuotaFlags.None),
        }),
        Gen.Select(Gen.Char['a', 'z'].Array[0, 20], Gen.UInt[0, 7], (prefix, level) => new NftExpression[]
        {
            new NftExpression.Log { Prefix = prefix.Length == 0 ? null : new string(prefix), Level = level },
        }),
        Gen.Select(Gen.UShort, Gen.UInt[0, 200], Gen.UShort, (group, length, threshold) => new NftExpression[]
        {
            new NftExpression.Log { Group = group, SnapLength = length, QueueThreshold = threshold },
        }),
        Counter.Select(counter => new NftExpression[] { counter }));

    private static readonly Gen<NftExpression[]> End = Gen.OneOf(
        Gen.Const(Array.Empty<NftExpression>()),
        AnyOf(NftVerdictCode.Accept, NftVerdictCode.Drop, NftVerdictCode.Return, NftVerdictCode.Continue)
            .Select(code => new NftExpression[] { new NftExpression.Decide(new NftVerdict(code)) }),
        Gen.Byte[0, 3].Select(code => new NftExpression[]
        {
            new NftExpression.Reject(RejectType.IcmpxUnreachable, code),
        }));

    /// <summary>A rule: conditions, what is counted or changed, and how it ends.</summary>
    public static Gen<NftList<NftExpression>> Rule { get; } = Gen.Select(
        Condition.Array[0, 3],
        Change.Array[0, 2],
        End,
        (conditions, changes, end) => NftList.Create<NftExpression>(
            [.. conditions.SelectMany(x => x), .. changes.SelectMany(x => x), .. end]));

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<NftBytes> Bytes(int length) => Gen.Byte.Array[length].Select(bytes => new NftBytes(bytes));

    private static NftRegister DestinationOf(NftExpression load) => load switch
    {
        NftExpression.PayloadLoad payload => payload.Destination,
        NftExpression.MetaLoad meta => meta.Destination,
        NftExpression.CtLoad ct => ct.Destination,
        NftExpression.Fib fib => fib.Destination,
        NftExpression.NumberGenerator number => number.Destination,
        NftExpression.SymmetricHash hash => hash.Destination,
        NftExpression.OptionLoad option => option.Destination,
        _ => throw new KeyNotFoundException(load.Name),
    };
}
