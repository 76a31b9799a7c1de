using System;
using System.Buffers.Binary;
using System.Numerics;

namespace Weft.Net.Decoding;

/// <summary>Decimal digits of small numbers, several at a time.</summary>
internal static class DecimalDigits
{
    /// <summary>What eight digits do not hold any more.</summary>
    public const uint EightMax = 100_000_000;

    private const ulong EightZeros = 0x3030_3030_3030_3030;

    private static readonly uint[] Octets = MakeOctets();

    /// <summary>Writes a number below <see cref="EightMax"/> without zeros before it; says how many digits it has. Eight
    /// bytes are written in any case.</summary>
    public static int Write(Span<byte> room, uint value)
    {
        ulong digits = Eight(value);
        int zeros = Math.Min(7, BitOperations.TrailingZeroCount(digits) / 8);
        BinaryPrimitives.WriteUInt64LittleEndian(room, (digits | EightZeros) >> (8 * zeros));
        return 8 - zeros;
    }

    /// <summary>Writes a number below <see cref="EightMax"/> as eight digits.</summary>
    public static void WriteEight(Span<byte> room, uint value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(room, Eight(value) | EightZeros);

    /// <summary>Writes a number below 100 as two digits.</summary>
    public static void WriteTwo(Span<byte> room, int value)
    {
        int ten = value / 10;
        room[1] = (byte)('0' + (value - (10 * ten)));
        room[0] = (byte)('0' + ten);
    }

    /// <summary>Writes an octet and a point behind it; says how many bytes that are. Four are written in any case.</summary>
    public static int WriteOctet(Span<byte> room, byte value)
    {
        uint text = Octets[value];
        BinaryPrimitives.WriteUInt32LittleEndian(room, text);
        return 4 - (BitOperations.LeadingZeroCount(text) / 8);
    }

    // The digits in the order of memory, a byte each. All pairs of four digits, then of two, then of one are parted at the
    // same time; to multiply by 10486 / 2^20 divides by 100 what is below 10,000, by 103 / 2^10 divides by 10 what is below 100.
    private static ulong Eight(uint value)
    {
        unchecked
        {
            uint upper = value / 10_000;
            ulong fours = upper | ((ulong)(value - (upper * 10_000)) << 32);
            ulong hundreds = ((fours * 10_486) >> 20) & 0x7F_0000_007F;
            ulong twos = hundreds | ((fours - (hundreds * 100)) << 16);
            ulong tens = ((twos * 103) >> 10) & 0xF_000F_000F_000F;
            return tens | ((twos - (tens * 10)) << 8);
        }
    }

    private static uint[] MakeOctets()
    {
        uint[] octets = new uint[256];
        for (uint i = 0; i < octets.Length; i++)
        {
            uint text = '.';
            uint rest = i;
            do
            {
                text = (text << 8) | ('0' + (rest % 10));
                rest /= 10;
            }
            while (rest > 0);
            octets[i] = text;
        }

        return octets;
    }
}
