using System;
using Weft.Net.Bytes;
using Weft.Net.Packets;
using Xunit;

namespace Weft.Tests.Net.Packets;

public sealed class AllocationTests
{
    [Fact]
    public void Reading_and_writing_a_packet_allocates_nothing()
    {
        byte[] frame = Hex.ToBytes(SamplePackets.OuterFrame);
        byte[] buffer = new byte[128];
        int first = ReadAndWrite(frame, buffer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int second = ReadAndWrite(frame, buffer);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(first, second);
        Assert.Equal(Ipv4View.HeaderLengthMin, first);
    }

    private static int ReadAndWrite(byte[] frame, byte[] buffer)
    {
        SpanWriter writer = new(buffer);
        _ = EthernetView.TryParse(frame, out EthernetView outer)
            && Ipv4View.TryParseCut(outer.Payload, out Ipv4View underlay)
            && underlay.Header.TryWrite(ref writer, underlay.Payload.Length);
        return writer.Position;
    }
}
