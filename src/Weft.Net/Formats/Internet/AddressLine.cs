using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;
using Weft.Net.Formats.Words;

namespace Weft.Net.Formats.Internet;

/// <summary>What IPv4 and IPv6 have in common on a line: ports beside the addresses, fragments, protocols without a
/// format.</summary>
internal static class AddressLine
{
    public static bool TryPorts(in LayerLine line, out ushort source, out ushort destination)
    {
        source = 0;
        destination = 0;
        ReadOnlySpan<Layer> layers = line.Dissection.Layers;
        ref readonly Layer own = ref layers[line.Index];
        int next = line.Index + 1;
        while (next < layers.Length && layers[next].Format.IsExtension)
        {
            next++;
        }

        if (next >= layers.Length || !layers[next].Format.HasPorts || layers[next].End - layers[next].Offset < 4)
        {
            return false;
        }

        // What was joined from fragments lies elsewhere.
        ReadOnlySpan<byte> transport = layers[next].Source == own.Source
            ? line.Bytes[(layers[next].Offset - own.Offset)..]
            : line.Dissection.BytesOf(layers[next].Source, default)[layers[next].Offset..];
        source = NetworkOrder.ReadUInt16(transport);
        destination = NetworkOrder.ReadUInt16(transport, 2);
        return true;
    }

    public static void AddPort(TextBuffer text, bool hasPorts, ushort port)
    {
        if (!hasPorts)
        {
            return;
        }

        text.AddByte((byte)'.');
        if (PortWords.Of(port) is { } word)
        {
            text.Add(word);
        }
        else
        {
            text.AddDec(port);
        }
    }

    public static void AddFragment(TextBuffer text, byte protocol, uint identification, int offset, bool hasMore)
    {
        AddProtocol(text, protocol);
        text.Add(" fragment "u8).AddHex(identification, identification > ushort.MaxValue ? 8 : 4).Add(" at byte "u8)
            .AddDec((ulong)offset).Add(hasMore ? ", more to come,"u8 : ", the last,"u8);
    }

    public static void AddUnknownProtocol(in LayerLine line, byte protocol)
    {
        ReadOnlySpan<Layer> layers = line.Dissection.Layers;
        if (line.Index + 1 >= layers.Length || layers[line.Index + 1].Format is UnknownBytes)
        {
            line.Text.Add(" "u8);
            AddProtocol(line.Text, protocol);
            line.Text.AddByte((byte)',');
        }
    }

    private static void AddProtocol(TextBuffer text, byte protocol)
    {
        if (IpProtocolWords.Of(protocol) is { } word)
        {
            text.Add(word);
        }
        else
        {
            text.Add("protocol "u8).AddDec(protocol);
        }
    }
}
