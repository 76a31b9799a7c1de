using System;
using Weft.Net.Decoding;
using Weft.Net.Packets;

namespace Weft.Net.Formats.Transport;

/// <summary>What is said of a segment only with those before it: relative sequence numbers and the scaled window, as
/// Wireshark counts them.</summary>
internal static class TcpConversation
{
    private const byte WindowScale = 3;
    private const int ShiftMax = 14;

    private static readonly Field Stream = Field.Dec("tcp.stream", "connection in this capture");
    private static readonly Field Sequence = Field.Dec("tcp.seq", "sequence number from the connection's beginning");
    private static readonly Field Next = Field.Dec("tcp.nxtseq", "next sequence number");
    private static readonly Field Acknowledgement = Field.Dec("tcp.ack", "acknowledgement from the connection's beginning");
    private static readonly Field Window = Field.Dec("tcp.window_size", "window in bytes");
    private static readonly Field Factor = Field.Text("tcp.window_size_scalefactor", "window times, -1: not known, -2: not scaled");
    private static readonly Field Letters = Field.Text("tcp.flags.str", "flags as letters");

    /// <summary>Records it; returns the number from which the other end's sequence numbers count.</summary>
    public static uint Dissect(ref Walk walk, int payloadLength, ReadOnlySpan<byte> options)
    {
        int start = walk.Offset;
        TcpFlags flags = (TcpFlags)walk.Bytes[start + 13];
        WriteLetters(ref walk, start + 12);
        if (walk.Flows is not { } flows || walk.AddressSum is null)
        {
            return 0;
        }

        uint sequence = walk.U32(start + 4);
        uint acknowledgement = walk.U32(start + 8);
        FlowKey key = FlowKey.Of(
            walk.SourceAddress, walk.DestinationAddress, walk.U16(start), walk.U16(start + 2), walk.Protocol, out bool isForward);
        bool isSyn = (flags & TcpFlags.Syn) != 0;
        bool isAck = (flags & TcpFlags.Ack) != 0;
        Flow flow = flows.Find(
            key, isSyn && !isAck ? known => (isForward ? known.Low : known.High).First is { } first && first != sequence : null);
        FlowEnd here = isForward ? flow.Low : flow.High;
        FlowEnd there = isForward ? flow.High : flow.Low;
        here.First ??= unchecked(isSyn ? sequence : sequence - 1);
        if (isAck)
        {
            there.First ??= unchecked(acknowledgement - 1);
        }

        walk.Number(Stream, start, 0, (ulong)flow.Number);
        uint relative = unchecked(sequence - here.First.Value);
        walk.Number(Sequence, start + 4, 4, relative);
        if ((flags & TcpFlags.Rst) == 0)
        {
            uint more = (uint)payloadLength + (isSyn || (flags & TcpFlags.Fin) != 0 ? 1u : 0);
            walk.Number(Next, start + 4, 0, unchecked(relative + more));
        }

        walk.Number(
            Acknowledgement, start + 8, 4, isAck && there.First is { } base0 ? unchecked(acknowledgement - base0) : acknowledgement);
        Scale(ref walk, isSyn, here, there, options);
        return there.First ?? 0;
    }

    private static void Scale(ref Walk walk, bool isSyn, FlowEnd here, FlowEnd there, ReadOnlySpan<byte> options)
    {
        int at = walk.Offset + 14;
        uint window = walk.U16(at);
        if (isSyn)
        {
            here.Scale = ShiftIn(options);
            walk.Number(Window, at, 2, window);
            return;
        }

        // RFC 7323, 2.2: only if both said that they can.
        int shift = here.Scale >= 0 && there.Scale == FlowEnd.NoScale ? FlowEnd.NoScale : here.Scale;
        walk.Number(Window, at, 2, shift > 0 ? (ulong)window << shift : window);
        if (walk.IsDetailed)
        {
            walk.BeginText(out int start).AddSigned(shift >= 0 ? 1L << shift : shift);
            walk.EndText(Factor, at, 2, start);
        }
    }

    private static int ShiftIn(ReadOnlySpan<byte> options)
    {
        if (OptionList.TryParse(options, out OptionList list))
        {
            foreach (OptionList.Option option in list)
            {
                if (option.Kind == WindowScale && option.Data.Length == 1)
                {
                    return Math.Min(ShiftMax, (int)option.Data[0]);
                }
            }
        }

        return FlowEnd.NoScale;
    }

    private static void WriteLetters(ref Walk walk, int at)
    {
        int bits = walk.U16(at) & 0xFFF;
        TextBuffer text = walk.BeginText(out int start);
        for (int i = 0; i < 12; i++)
        {
            if ((bits & (0x800 >> i)) != 0)
            {
                text.AddByte("RRRACEUAPRSF"u8[i]);
            }
            else
            {
                text.Add("·"u8);
            }
        }

        walk.EndText(Letters, at, 2, start);
    }
}
