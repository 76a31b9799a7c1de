using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Weft.Net.Bytes;
using Xunit;

namespace Weft.Tests.Net.Captures;

/// <summary>Captures written by hand, in either order of bytes.</summary>
internal sealed class CaptureFiles(bool isBigEndian)
{
    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    public static TheoryData<string> All => new(Samples.Keys);

    public CaptureFiles PcapHeader(uint magic, ushort major, ushort minor, uint linkType, uint snapLength = 65535) =>
        U32(magic).U16(major).U16(minor).U32(0).U32(0).U32(snapLength).U32(linkType);

    public CaptureFiles PcapRecord(uint seconds, uint fraction, uint kept, uint wire, string hex) =>
        U32(seconds).U32(fraction).U32(kept).U32(wire).Raw(Hex.ToBytes(hex));

    public CaptureFiles U32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        if (isBigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        }

        return Raw(bytes);
    }

    public CaptureFiles U16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        if (isBigEndian)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        }

        return Raw(bytes);
    }

    public CaptureFiles U64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        if (isBigEndian)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        }

        return Raw(bytes);
    }

    public CaptureFiles Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public CaptureFiles Padded(ReadOnlySpan<byte> bytes) => Raw(bytes).Raw(new byte[-bytes.Length & 3]);

    public CaptureFiles Option(ushort code, ReadOnlySpan<byte> value) =>
        U16(code).U16((ushort)value.Length).Padded(value);

    public CaptureFiles Option(ushort code, string value) => Option(code, Encoding.UTF8.GetBytes(value));

    public CaptureFiles Block(uint type, Action<CaptureFiles> write)
    {
        CaptureFiles body = new(isBigEndian);
        write(body);
        uint length = (uint)body._bytes.Count + 12;
        return U32(type).U32(length).Raw(body.Bytes).U32(length);
    }

    public CaptureFiles Section(ushort minor = 0) => Block(0x0A0D0D0A, body => body
        .U32(0x1A2B3C4D).U16(1).U16(minor).U64(ulong.MaxValue).Option(3, "a kernel").Option(0, ""));

    public CaptureFiles Interface(string name, ushort linkType = 1, byte? resolution = null, long? offset = null,
        uint snapLength = 0) => Block(1, body =>
        {
            _ = body.U16(linkType).U16(0).U32(snapLength).Option(2, name).Option(3, $"about {name}");
            if (resolution is { } unit)
            {
                _ = body.Option(9, [unit]);
            }

            if (offset is { } seconds)
            {
                CaptureFiles value = new CaptureFiles(isBigEndian).U64(unchecked((ulong)seconds));
                _ = body.Option(14, value.Bytes);
            }

            _ = body.Option(0, "");
        });

    public CaptureFiles Enhanced(uint source, ulong ticks, string hex, uint? wire = null, uint flags = 0, string? note = null) =>
        Block(6, body =>
        {
            byte[] packet = Hex.ToBytes(hex);
            _ = body.U32(source).U32((uint)(ticks >> 32)).U32((uint)(ticks & 0xFFFF_FFFF)).U32((uint)packet.Length)
                .U32(wire ?? (uint)packet.Length).Padded(packet);
            if (note is not null)
            {
                _ = body.Option(1, note);
            }

            if (flags != 0)
            {
                _ = body.U16(2).U16(4).U32(flags).U32(0);
            }
        });

    /// <summary>One of each kind, so that truncations and mutations see every branch.</summary>
    public static IReadOnlyDictionary<string, byte[]> Samples { get; } = new bool[] { false, true }
        .SelectMany(order => new (string, byte[])[]
        {
            ($"pcap {order}", new CaptureFiles(order).PcapHeader(0xA1B2C3D4, 2, 4, 1)
                .PcapRecord(1, 2, 3, 60, "aabbcc").PcapRecord(3, 4, 0, 0, "").PcapRecord(5, 6, 2, 2, "ddee").Bytes),
            ($"pcap modified {order}", new CaptureFiles(order).PcapHeader(0xA1B2CD34, 2, 4, 113)
                .U32(1).U32(2).U32(1).U32(1).U32(7).U16(8).Raw([4, 0]).Raw([0xAA]).Bytes),
            ($"pcapng {order}", new CaptureFiles(order).Section().Interface("eth0").Interface("eth1", 101, 9, -1, 3)
                .Enhanced(0, 1_000_000, "aabbccdd").Enhanced(1, 5_000_000_000, "aabb", 1500, 2, "odd one")
                .Block(2, body => body.U16(1).U16(0).U32(0).U32(7).U32(1).U32(1).Padded([0x11]))
                .Block(3, body => body.U32(5).Padded([1, 2, 3, 4, 5]))
                .Block(4, body => body.Option(1, [10, 0, 0, 1, (byte)'a', 0, (byte)'b', 0])
                    .Option(2, [.. new byte[15], 1, (byte)'c', 0]).Option(0, ""))
                .Block(5, body => body.U32(1).U32(0).U32(0)
                    .Option(4, new CaptureFiles(order).U64(10).Bytes).Option(5, new CaptureFiles(order).U64(3).Bytes))
                .Block(0x0BAD, body => body.U32(32473).U32(1))
                .Section(2).Interface("other", 276)
                .Enhanced(0, 2, "01").Bytes),
        }).ToDictionary(sample => sample.Item1, sample => sample.Item2);
}
