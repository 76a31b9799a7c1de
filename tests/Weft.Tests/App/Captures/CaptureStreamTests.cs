using System.Collections.Generic;
using System.IO;
using Weft.App.Captures;
using Weft.Net.Bytes;
using Weft.Net.Captures;
using Weft.Tests.Net.Captures;
using Xunit;

namespace Weft.Tests.App.Captures;

public sealed class CaptureStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000_000)]
    public void Packets_longer_than_the_buffer_come_through_whole(int piece)
    {
        string big = new('a', 2 * 700_000);
        byte[] file = new CaptureFiles(false).PcapHeader(0xA1B2C3D4, 2, 4, 1)
            .PcapRecord(1, 2, 2, 2, "0102").PcapRecord(1, 2, 700_000, 700_000, big).PcapRecord(1, 2, 1, 1, "03").Bytes;
        using CaptureStream stream = new(new PieceStream(file, piece));
        List<string> packets = [];
        CaptureStep step;
        while (stream.TryRead(out CapturedPacket packet, out step))
        {
            packets.Add(Hex.Of(packet.Bytes));
        }

        Assert.Equal(CaptureStep.End, step);
        Assert.Equal(["0102", big, "03"], packets);
    }

    // Gives so many bytes at once, as a pipe does.
    private sealed class PieceStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(System.Span<byte> buffer) =>
            base.Read(buffer[..System.Math.Min(piece, buffer.Length)]);
    }
}
