using System;
using System.Buffers.Binary;
using System.Diagnostics;

namespace Weft.Net.Bpf;

public sealed partial class BpfProgram
{
    private const int ScratchWords = 16; // BPF_MEMWORDS

    /// <summary>Runs it on a packet as the kernel would; 0 says that the packet is not wanted. Allocates nothing.</summary>
    /// <param name="packet">The bytes; a load from beyond them ends the program with 0.</param>
    /// <param name="length">The packet's length on the wire.</param>
    /// <param name="ancillary">What is known of it besides.</param>
    public uint Run(ReadOnlySpan<byte> packet, uint length, in BpfAncillary ancillary)
    {
        Span<uint> scratch = stackalloc uint[ScratchWords];
        uint a = 0;
        uint x = 0;
        BpfInstruction[] instructions = _instructions;
        int at = 0;
        while (true)
        {
            ref readonly BpfInstruction now = ref instructions[at++];
            uint k = now.Operand;
            switch (now.Code)
            {
                case BpfCode.Load | BpfCode.Absolute | BpfCode.Word:
                    if (!TryLoad(packet, k, 4, ancillary, a, x, out a))
                    {
                        return 0;
                    }

                    break;
                case BpfCode.Load | BpfCode.Absolute | BpfCode.Half:
                    if (!TryLoad(packet, k, 2, ancillary, a, x, out a))
                    {
                        return 0;
                    }

                    break;
                case BpfCode.Load | BpfCode.Absolute | BpfCode.Byte:
                    if (!TryLoad(packet, k, 1, ancillary, a, x, out a))
                    {
                        return 0;
                    }

                    break;
                case BpfCode.Load | BpfCode.Indirect | BpfCode.Word:
                    if (!TryLoadIndirect(packet, unchecked(x + k), 4, ancillary, out a))
                    {
                        return 0;
                    }

                    break;
                case BpfCode.Load | BpfCode.Indirect | BpfCode.Half:
                    if (!TryLoadIndirect(packet, unchecked(x + k), 2, ancillary, out a))
                    {
                        return 0;
                    }

                    break;
                case BpfCode.Load | BpfCode.Indirect | BpfCode.Byte:
                    if (!TryLoadIndirect(packet, unchecked(x + k), 1, ancillary, out a))
                    {
                        return 0;
                    }

                    break;
                case BpfCode.Load | BpfCode.Immediate:
                    a = k;
                    break;
                case BpfCode.Load | BpfCode.Length:
                    a = length;
                    break;
                case BpfCode.Load | BpfCode.Memory:
                    a = scratch[(int)k];
                    break;
                case BpfCode.LoadIndex | BpfCode.Immediate:
                    x = k;
                    break;
                case BpfCode.LoadIndex | BpfCode.Length:
                    x = length;
                    break;
                case BpfCode.LoadIndex | BpfCode.Memory:
                    x = scratch[(int)k];
                    break;
                case BpfCode.LoadIndex | BpfCode.HeaderLength | BpfCode.Byte:
                    if (!TryLoadIndirect(packet, k, 1, ancillary, out uint octet))
                    {
                        return 0;
                    }

                    x = (octet & 0xF) << 2;
                    break;
                case BpfCode.Store:
                    scratch[(int)k] = a;
                    break;
                case BpfCode.StoreIndex:
                    scratch[(int)k] = x;
                    break;
                case BpfCode.Jump | BpfCode.Always:
                    at += (int)k;
                    break;
                case BpfCode.Jump | BpfCode.Equal | BpfCode.Constant:
                    at += a == k ? now.IfTrue : now.IfFalse;
                    break;
                case BpfCode.Jump | BpfCode.Equal | BpfCode.Index:
                    at += a == x ? now.IfTrue : now.IfFalse;
                    break;
                case BpfCode.Jump | BpfCode.Greater | BpfCode.Constant:
                    at += a > k ? now.IfTrue : now.IfFalse;
                    break;
                case BpfCode.Jump | BpfCode.Greater | BpfCode.Index:
                    at += a > x ? now.IfTrue : now.IfFalse;
                    break;
                case BpfCode.Jump | BpfCode.GreaterOrEqual | BpfCode.Constant:
                    at += a >= k ? now.IfTrue : now.IfFalse;
                    break;
                case BpfCode.Jump | BpfCode.GreaterOrEqual | BpfCode.Index:
                    at += a >= x ? now.IfTrue : now.IfFalse;
                    break;
                case BpfCode.Jump | BpfCode.AnyBit | BpfCode.Constant:
                    at += (a & k) != 0 ? now.IfTrue : now.IfFalse;
                    break;
                case BpfCode.Jump | BpfCode.AnyBit | BpfCode.Index:
                    at += (a & x) != 0 ? now.IfTrue : now.IfFalse;
                    break;
                case BpfCode.Return | BpfCode.Constant:
                    return k;
                case BpfCode.Return | BpfCode.Accumulator:
                    return a;
                case BpfCode.Transfer | BpfCode.ToIndex:
                    x = a;
                    break;
                case BpfCode.Transfer | BpfCode.FromIndex:
                    a = x;
                    break;
                default:
                    if (!TryCalculate(now.Code, ref a, (now.Code & BpfCode.Index) != 0 ? x : k))
                    {
                        return 0;
                    }

                    break;
            }
        }
    }

    // Arithmetic is modulo 2^32. The kernel ends a program that divides by zero, and takes a shift's lower five bits.
    private static bool TryCalculate(ushort code, ref uint a, uint operand)
    {
        unchecked
        {
            switch (code & BpfCode.OperationMask)
            {
                case BpfCode.Add:
                    a += operand;
                    return true;
                case BpfCode.Subtract:
                    a -= operand;
                    return true;
                case BpfCode.Multiply:
                    a *= operand;
                    return true;
                case BpfCode.Divide:
                    a = operand == 0 ? a : a / operand;
                    return operand != 0;
                case BpfCode.Modulo:
                    a = operand == 0 ? a : a % operand;
                    return operand != 0;
                case BpfCode.Or:
                    a |= operand;
                    return true;
                case BpfCode.And:
                    a &= operand;
                    return true;
                case BpfCode.ExclusiveOr:
                    a ^= operand;
                    return true;
                case BpfCode.ShiftLeft:
                    a <<= (int)(operand & 31);
                    return true;
                case BpfCode.ShiftRight:
                    a >>= (int)(operand & 31);
                    return true;
                case BpfCode.Negate:
                    a = 0 - a;
                    return true;
                default:
                    throw new UnreachableException(); // The verifier has seen every code.
            }
        }
    }

    private static bool TryLoad(
        ReadOnlySpan<byte> packet, uint offset, int size, in BpfAncillary ancillary, uint a, uint x, out uint value)
    {
        if (offset < BpfAncillary.Base)
        {
            return TryLoadIndirect(packet, offset, size, ancillary, out value);
        }

        // The only question to the kernel that is an operation.
        if (offset == BpfAncillary.Base + BpfAncillary.ExclusiveOrAt)
        {
            value = a ^ x;
            return true;
        }

        return ancillary.TryRead(offset - BpfAncillary.Base, out value);
    }

    private static bool TryLoadIndirect(
        ReadOnlySpan<byte> packet, uint offset, int size, in BpfAncillary ancillary, out uint value)
    {
        long start = offset;
        if (offset > int.MaxValue)
        {
            start = offset >= BpfAncillary.NetworkBase ? (long)offset - BpfAncillary.NetworkBase + ancillary.NetworkOffset
                : offset >= BpfAncillary.LinkBase ? (long)offset - BpfAncillary.LinkBase
                : long.MaxValue;
        }

        value = 0;
        if (start < 0 || start > packet.Length - size)
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = packet.Slice((int)start, size);
        value = size switch
        {
            1 => bytes[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes),
            _ => BinaryPrimitives.ReadUInt32BigEndian(bytes),
        };
        return true;
    }
}
