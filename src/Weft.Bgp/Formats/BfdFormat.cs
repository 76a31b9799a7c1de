using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;

namespace Weft.Bgp.Formats;

/// <summary>A control packet of BFD (RFC 5880, 4.1), over one hop, several, or a bundle of links.</summary>
internal sealed class BfdFormat() : Format(
    "bfd", "Bidirectional forwarding detection", new FormatKey(KeySpace.UdpPort, 3784),
    new FormatKey(KeySpace.UdpPort, 4784), new FormatKey(KeySpace.UdpPort, 6784))
{
    private const byte AuthenticationBit = 0x04;
    private const int LengthAt = 3;
    private const byte Password = 1;

    private static readonly Shape Head = Shape.Of(
        "BFD header",
        Bits.Of(3, Field.Dec("bfd.version", "version")),
        Bits.Of(5, Field.Hex("bfd.diag", "diagnostic", Diagnostic)),
        Bits.Of(
            8, Field.Hex("bfd.flags", "state and flags"),
            Bits.Of(2, Field.Hex("bfd.sta", "state", State)),
            Bits.Of(1, Field.Flag("bfd.flags.p", "poll")),
            Bits.Of(1, Field.Flag("bfd.flags.f", "final")),
            Bits.Of(1, Field.Flag("bfd.flags.c", "independent of the control plane")),
            Bits.Of(1, Field.Flag("bfd.flags.a", "authenticated")),
            Bits.Of(1, Field.Flag("bfd.flags.d", "demand")),
            Bits.Of(1, Field.Flag("bfd.flags.m", "multipoint"))),
        Bits.Of(8, Field.Dec("bfd.detect_time_multiplier", "lost packets until down")),
        Bits.Of(8, Field.Dec("bfd.message_length", "length")),
        Bits.Of(32, Field.Hex("bfd.my_discriminator", "sender's discriminator")),
        Bits.Of(32, Field.Hex("bfd.your_discriminator", "receiver's discriminator")),
        Bits.Of(32, Field.Dec("bfd.desired_min_tx_interval", "would send every so many µs")),
        Bits.Of(32, Field.Dec("bfd.required_min_rx_interval", "could receive every so many µs")),
        Bits.Of(32, Field.Dec("bfd.required_min_echo_interval", "could receive echoes every so many µs")));

    private static readonly Field Type = Field.Dec("bfd.auth.type", "authentication", AuthenticationWord);
    private static readonly Field Length = Field.Dec("bfd.auth.len", "length");
    private static readonly Field Key = Field.Dec("bfd.auth.key", "key");
    private static readonly Field Secret = Field.Text("bfd.auth.password", "password");
    private static readonly Field Sequence = Field.Hex("bfd.auth.seq_num", "sequence number");
    private static readonly Field Checksum = Field.Bytes("bfd.checksum", "digest");

    public override bool TellsLength => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        int version = walk.Bytes[start] >> 5;
        int length = walk.Bytes[start + LengthAt];
        if (version != 1)
        {
            walk.Report(ProblemKind.Malformed, start, "bfd.version", version, 1);
        }

        bool isAuthenticated = (walk.Bytes[start + 1] & AuthenticationBit) != 0;
        int lengthMin = Head.ByteLength + (isAuthenticated ? 2 : 0);
        if (length < lengthMin || length > walk.Length + walk.Missing)
        {
            walk.Report(
                ProblemKind.Malformed, start + LengthAt, "bfd.message_length", length,
                length < lengthMin ? lengthMin : walk.Length + walk.Missing);
        }

        int end = Math.Min(walk.End, start + Math.Max(length, Head.ByteLength));
        if (isAuthenticated)
        {
            Authentication(ref walk, start + Head.ByteLength, end);
        }

        walk.Next(null, end, walk.End);
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        TextBuffer text = line.Text;
        text.Add("BFD "u8).Add(State((ulong)(bytes[1] >> 6))!);
        if ((bytes[0] & 0x1F) != 0)
        {
            text.Add(", "u8).Add(Diagnostic((ulong)(bytes[0] & 0x1F)) ?? "unknown diagnostic");
        }

        text.Add(", from "u8).AddHex(NetworkOrder.ReadUInt32(bytes, 4), 8).Add(" to "u8)
            .AddHex(NetworkOrder.ReadUInt32(bytes, 8), 8).Add(", every "u8)
            .AddDec(NetworkOrder.ReadUInt32(bytes, 12) / 1000).Add(" ms, multiplier "u8).AddDec(bytes[2])
            .Add(", length "u8).AddDec(bytes[LengthAt]);
    }

    private static void Authentication(ref Walk walk, int at, int end)
    {
        int length = end - at >= 2 ? walk.Bytes[at + 1] : 0;
        if (length < 3 || length > end - at)
        {
            walk.Short("the authentication of BFD", at, end - at, Math.Max(3, length));
            return;
        }

        byte type = walk.Bytes[at];
        walk.Number(Type, at, 1, type);
        walk.Number(Length, at + 1, 1, (ulong)length);
        walk.Number(Key, at + 2, 1, walk.Bytes[at + 2]);
        if (type == Password)
        {
            walk.Text(Secret, at + 3, length - 3, walk.Bytes.Slice(at + 3, length - 3));
        }
        else if (length >= 8)
        {
            walk.Number(Sequence, at + 4, 4, walk.U32(at + 4));
            walk.Bytewise(Checksum, at + 8, length - 8);
        }
    }

    private static string? State(ulong number) => number switch
    {
        0 => "admin down",
        1 => "down",
        2 => "init",
        _ => "up",
    };

    private static string? Diagnostic(ulong number) => number switch
    {
        0 => "no diagnostic",
        1 => "control detection time expired",
        2 => "echo failed",
        3 => "neighbour signalled down",
        4 => "forwarding plane reset",
        5 => "path down",
        6 => "concatenated path down",
        7 => "administratively down",
        8 => "reverse concatenated path down",
        _ => null,
    };

    private static string? AuthenticationWord(ulong number) => number switch
    {
        Password => "simple password",
        2 => "keyed MD5",
        3 => "meticulous keyed MD5",
        4 => "keyed SHA-1",
        5 => "meticulous keyed SHA-1",
        _ => null,
    };
}
