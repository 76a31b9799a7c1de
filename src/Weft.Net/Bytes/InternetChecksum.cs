using System;
using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Weft.Net.Bytes;

/// <summary>The ones' complement checksum of IP, ICMP, UDP and TCP (RFC 1071), whole and incremental (RFC 1624).</summary>
/// <remarks>A partial sum is a plain number: start from 0 or from a pseudo header, <see cref="Add"/>, then
/// <see cref="Finish"/>. Sums of the same bytes are equal modulo 65,535 only, so none is subtracted from another.</remarks>
public static class InternetChecksum
{
    private const int LaneBytes = 16;

    /// <summary>The checksum of bytes whose checksum field is zero.</summary>
    public static ushort Of(ReadOnlySpan<byte> bytes) => Finish(Add(0, bytes));

    /// <summary>Whether bytes that contain their own checksum add up, given a partial sum of a pseudo header.</summary>
    public static bool Verifies(ReadOnlySpan<byte> bytes, ulong pseudoHeader = 0) =>
        Finish(Add(pseudoHeader, bytes)) == 0;

    /// <summary>A partial sum with more bytes; only the last piece may have an odd length.</summary>
    public static ulong Add(ulong sum, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 2 * LaneBytes && BitConverter.IsLittleEndian)
        {
            sum += AddLanes(ref bytes);
        }

        // 32 bits at a time: 2^32 words of 2^32 fit a 64-bit sum. RFC 1071, 2 (C): deferred carries.
        unchecked
        {
            while (bytes.Length >= sizeof(uint))
            {
                sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
                bytes = bytes[sizeof(uint)..];
            }

            if (bytes.Length >= sizeof(ushort))
            {
                sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
                bytes = bytes[sizeof(ushort)..];
            }

            return bytes.IsEmpty ? sum : sum + ((ulong)bytes[0] << 8); // Padded with a zero byte.
        }
    }

    // RFC 1071, 2 (B): summed in the machine's own order and swapped once, at the end; eight words of 32 bits a round, in
    // lanes of 64.
    private static ushort AddLanes(ref ReadOnlySpan<byte> bytes)
    {
        Vector128<ulong> lower = Vector128.Create((ulong)uint.MaxValue);
        Vector128<ulong> first = Vector128<ulong>.Zero;
        Vector128<ulong> second = Vector128<ulong>.Zero;
        while (bytes.Length >= 2 * LaneBytes)
        {
            Vector128<ulong> one = Vector128.Create(bytes).AsUInt64();
            Vector128<ulong> two = Vector128.Create(bytes[LaneBytes..]).AsUInt64();
            first += (one & lower) + (one >>> 32);
            second += (two & lower) + (two >>> 32);
            bytes = bytes[(2 * LaneBytes)..];
        }

        ushort folded = (ushort)(Finish(Vector128.Sum(first + second)) ^ ushort.MaxValue);
        return BinaryPrimitives.ReverseEndianness(folded);
    }

    /// <summary>The partial sum of the pseudo header of UDP and TCP over IPv4 (RFC 768, RFC 9293, 3.1).</summary>
    public static ulong PseudoHeader(Ipv4Address source, Ipv4Address destination, byte protocol, int length) =>
        (ulong)source.Value + destination.Value + protocol + checked((uint)length);

    /// <summary>The partial sum of the pseudo header of every upper layer over IPv6 (RFC 8200, 8.1).</summary>
    public static ulong PseudoHeader(Ipv6Address source, Ipv6Address destination, byte protocol, int length) =>
        Words(source.Value) + Words(destination.Value) + protocol + checked((uint)length);

    /// <summary>The checksum of a partial sum: folded to 16 bits and complemented.</summary>
    public static ushort Finish(ulong sum)
    {
        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        return (ushort)(sum ^ ushort.MaxValue);
    }

    /// <summary>The checksum after one aligned 16-bit word of the covered bytes has changed.</summary>
    public static ushort Update(ushort checksum, ushort before, ushort after)
    {
        // RFC 1624, 3, equation 3: HC' = ~(~HC + ~m + m'). The older form gives 0xFFFF where 0 is right.
        ulong sum = (ulong)(checksum ^ ushort.MaxValue) + (uint)(before ^ ushort.MaxValue) + after;
        return Finish(sum);
    }

    /// <summary>The checksum after an aligned 32-bit word, such as an IPv4 address, has changed.</summary>
    public static ushort Update(ushort checksum, uint before, uint after)
    {
        ushort half = Update(checksum, (ushort)(before >> 16), (ushort)(after >> 16));
        return Update(half, (ushort)(before & ushort.MaxValue), (ushort)(after & ushort.MaxValue));
    }

    private static ulong Words(UInt128 value)
    {
        ulong upper = (ulong)(value >> 64);
        ulong lower = (ulong)(value & ulong.MaxValue);
        return (upper >> 32) + (upper & uint.MaxValue) + (lower >> 32) + (lower & uint.MaxValue);
    }
}
