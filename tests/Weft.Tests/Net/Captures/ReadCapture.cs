using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net.Bytes;
using Weft.Net.Captures;

namespace Weft.Tests.Net.Captures;

/// <summary>A packet as it was read, kept for comparing.</summary>
internal sealed record ReadPacket(
    string Hex, uint Length, long Nanoseconds, bool HasTime, string? Interface, LinkType LinkType,
    PacketDirection Direction, string Comment);

/// <summary>All that reading a capture came to.</summary>
internal sealed record ReadCapture(CaptureReader Reader, IReadOnlyList<ReadPacket> Packets, CaptureStep End)
{
    /// <summary>Reads a file that comes in pieces of so many bytes.</summary>
    public static ReadCapture Of(byte[] file, int piece = int.MaxValue)
    {
        CaptureReader reader = new();
        List<ReadPacket> packets = [];
        int start = 0;
        int end = Math.Min(piece, file.Length);
        while (true)
        {
            CaptureStep step = reader.Read(
                file.AsSpan(start, end - start), end == file.Length, out int consumed, out CapturedPacket packet);
            start += consumed;
            switch (step)
            {
                case CaptureStep.Packet:
                    packets.Add(Keep(packet));
                    break;
                case CaptureStep.NeedMore when end == file.Length || reader.Wanted <= end - start:
                    throw new InvalidOperationException($"wants {reader.Wanted} of {end - start} bytes");
                case CaptureStep.NeedMore:
                    end = (int)Math.Min(file.Length, (long)end + piece);
                    break;
                default:
                    return new ReadCapture(reader, packets, step);
            }
        }
    }

    /// <summary>Whether it came to the same.</summary>
    public bool IsSameAs(ReadCapture other) =>
        End == other.End && Packets.SequenceEqual(other.Packets) && Equals(Reader.Problem, other.Reader.Problem)
        && Reader.Interfaces.SequenceEqual(other.Reader.Interfaces) && Reader.Names.SequenceEqual(other.Reader.Names)
        && Reader.Statistics.SequenceEqual(other.Reader.Statistics);

    private static ReadPacket Keep(CapturedPacket packet) => new(
        Hex.Of(packet.Bytes), packet.Length, packet.UnixNanoseconds, packet.HasTime, packet.Interface.Name,
        packet.Interface.LinkType, packet.Direction, System.Text.Encoding.UTF8.GetString(packet.Comment));
}
