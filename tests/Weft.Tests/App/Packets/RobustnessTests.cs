using System;
using System.Collections.Generic;
using System.Text.Json;
using Weft.App.Packets;
using Weft.Net.Decoding;
using Weft.Net.Decoding.Output;
using Xunit;

namespace Weft.Tests.App.Packets;

/// <summary>Whatever the bytes are: no exception, and nothing read outside of them, which a span would refuse by one.</summary>
public sealed class RobustnessTests
{
    private const uint Seed = 0x57454654;

    // More where there is time: WEFT_MUTATIONS says how many.
    private static readonly int Mutations =
        int.TryParse(Environment.GetEnvironmentVariable("WEFT_MUTATIONS"), out int mutations) ? mutations : 100_000;

    private readonly Dissector _dissector = new(PacketFormats.CreateRegistry());
    private readonly TextBuffer _text = new();
    private readonly JsonOutput _json = new();

    [Fact]
    public void Every_truncation_of_every_packet_is_shown()
    {
        foreach (CorpusPacket packet in Packets())
        {
            // Headers lie in front; what is far behind is looked at less often.
            int length = 0;
            while (length <= packet.Bytes.Length)
            {
                Show(packet, packet.Bytes.AsSpan(0, length), packet.Length, isDetailed: length % 2 == 0);
                Show(packet, packet.Bytes.AsSpan(0, length), length, isDetailed: true);
                length += length < 400 ? 1 : 1 + (length / 16);
            }
        }
    }

    [Fact]
    public void Changed_packets_by_the_hundred_thousand_are_shown()
    {
        List<CorpusPacket> packets = Packets();
        packets.RemoveAll(packet => packet.Bytes.Length is 0 or > 4096);
        uint state = Seed;
        for (int i = 0; i < Mutations; i++)
        {
            CorpusPacket packet = packets[(int)(Next(ref state) % (uint)packets.Count)];
            byte[] bytes = (byte[])packet.Bytes.Clone();
            for (uint change = 1 + (Next(ref state) % 6); change > 0; change--)
            {
                // Most of what decides lies in front.
                uint range = Next(ref state) % 3 == 0 ? (uint)bytes.Length : Math.Min(120, (uint)bytes.Length);
                bytes[Next(ref state) % range] = (byte)(Next(ref state) & 0xFF);
            }

            Show(packet, bytes, bytes.Length, isDetailed: i % 4 != 0);
        }
    }

    private static List<CorpusPacket> Packets()
    {
        List<CorpusPacket> packets = [.. PacketCorpus.Packets()];
        if (ScapyPackets.Path is { } made)
        {
            packets.AddRange(PacketCorpus.Read(made));
        }

        Assert.SkipWhen(packets.Count == 0, "skipped: no corpus and no scapy");
        return packets;
    }

    private void Show(CorpusPacket packet, ReadOnlySpan<byte> bytes, long length, bool isDetailed)
    {
        try
        {
            PacketFacts facts = new(packet.Number, 0, length, bytes.Length);
            Dissection dissection = _dissector.Dissect(bytes, length, packet.LinkType, isDetailed);
            _text.Clear();
            LineOutput.Write(_text, dissection, bytes, facts);
            if (isDetailed)
            {
                _text.Clear();
                _json.Write(_text, dissection, bytes, facts);
                Utf8JsonReader json = new(_text.Written);
                while (json.Read())
                {
                }
            }
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException(
                $"{packet.File} packet {packet.Number}, link type {packet.LinkType}: {Convert.ToHexStringLower(bytes)}", failure);
        }
    }

    // xorshift32: the same packets in every run.
    private static uint Next(ref uint state)
    {
        unchecked
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            return state;
        }
    }
}
