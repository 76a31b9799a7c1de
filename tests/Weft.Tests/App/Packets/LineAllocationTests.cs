using System;
using System.Collections.Generic;
using System.Linq;
using Weft.App.Packets;
using Weft.Net.Decoding;
using Weft.Net.Decoding.Output;
using Xunit;

namespace Weft.Tests.App.Packets;

public sealed class LineAllocationTests
{
    [Fact]
    public void The_line_of_a_packet_allocates_nothing()
    {
        PacketCorpus.SkipWithout();
        Dissector dissector = new(PacketFormats.CreateRegistry());
        TextBuffer text = new();
        List<string> wrong = [];
        foreach (CorpusPacket packet in PacketCorpus.Packets())
        {
            Write(dissector, text, packet); // Buffers grow once.
            if (dissector.Dissection.IsMalformed)
            {
                continue; // What is wrong is said in words.
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            Write(dissector, text, packet);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > 0)
            {
                wrong.Add($"{packet.File} packet {packet.Number}: {allocated} bytes");
            }
        }

        Assert.Empty(wrong.Take(10));
    }

    private static void Write(Dissector dissector, TextBuffer text, CorpusPacket packet)
    {
        Dissection dissection = dissector.Dissect(packet.Bytes, packet.Length, packet.LinkType, isDetailed: false);
        text.Clear();
        LineOutput.Write(text, dissection, packet.Bytes, new PacketFacts(packet.Number, 0, packet.Length, packet.Bytes.Length));
    }
}
