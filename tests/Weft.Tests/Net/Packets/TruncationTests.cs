using System;
using Weft.Net.Bytes;
using Xunit;

namespace Weft.Tests.Net.Packets;

public sealed class TruncationTests
{
    private const int MutationsPerPacket = 200_000;

    public static TheoryData<int> Packets()
    {
        TheoryData<int> rows = [];
        for (int i = 0; i < SamplePackets.All.Count; i++)
        {
            rows.Add(i);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Packets))]
    public void A_packet_is_accepted_whole_and_refused_at_every_length_below_its_header(int index)
    {
        (string name, string hex, int headerBytes, Reading reads) = SamplePackets.All[index];
        byte[] packet = Hex.ToBytes(hex);
        for (int length = 0; length <= packet.Length; length++)
        {
            Assert.True(length >= headerBytes == reads(packet.AsSpan(0, length)), $"{name}, {length} bytes");
        }
    }

    [Theory]
    [MemberData(nameof(Packets))]
    public void No_bytes_make_an_accepted_view_throw(int index)
    {
        (string _, string hex, int _, Reading reads) = SamplePackets.All[index];
        byte[] original = Hex.ToBytes(hex);
        byte[] packet = new byte[original.Length + 8];
        ulong state = Next(0x9E3779B97F4A7C15 ^ (ulong)(index + 1));
        int accepted = 0;
        for (int i = 0; i < MutationsPerPacket; i++)
        {
            original.CopyTo(packet, 0);
            for (int change = 0; change < 3; change++)
            {
                state = Next(state);
                packet[(int)(state >> 33) % packet.Length] = (byte)(state >> 16 & 0xFF);
            }

            state = Next(state);
            accepted += reads(packet.AsSpan(0, (int)(state >> 33) % (packet.Length + 1))) ? 1 : 0;
        }

        Assert.InRange(accepted, 1, MutationsPerPacket - 1);
    }

    private static ulong Next(ulong state)
    {
        unchecked
        {
            state ^= state << 13;
            state ^= state >> 7;
            return state ^ (state << 17);
        }
    }
}
