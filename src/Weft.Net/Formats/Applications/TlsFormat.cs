using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;

namespace Weft.Net.Formats.Applications;

/// <summary>Records of TLS (RFC 8446, 5.1), and of them what is not encrypted: both hellos, and alerts.</summary>
internal sealed class TlsFormat() : Format(
    "tls", "Transport Layer Security", new FormatKey(KeySpace.TcpPort, 443), new FormatKey(KeySpace.TcpPort, 8443),
    new FormatKey(KeySpace.TcpPort, 6443), new FormatKey(KeySpace.TcpPort, 636), new FormatKey(KeySpace.TcpPort, 993),
    new FormatKey(KeySpace.Inner, 1))
{
    private const int RecordHeadLength = 5;
    private const int RecordLengthMax = (1 << 14) + 2048;
    private const byte ChangeCipher = 20;
    private const byte Alert = 21;
    private const byte Handshake = 22;
    private const byte Application = 23;

    private static readonly Shape RecordHead = Shape.Of(
        "record",
        Bits.Of(8, Field.Dec("tls.record.content_type", "content", TlsWords.Content)),
        Bits.Of(16, Field.Hex("tls.record.version", "version", TlsWords.Version)),
        Bits.Of(16, Field.Dec("tls.record.length", "length")));

    private static readonly Shape EncryptedHead = Shape.Of(
        "record",
        Bits.Of(8, Field.Dec("tls.record.opaque_type", "content", TlsWords.Content)),
        Bits.Of(16, Field.Hex("tls.record.version", "version", TlsWords.Version)),
        Bits.Of(16, Field.Dec("tls.record.length", "length")));

    private static readonly Field Data = Field.Bytes("tls.app_data", "encrypted data");
    private static readonly Field Level = Field.Dec("tls.alert_message.level", "level", TlsWords.AlertLevel);
    private static readonly Field Description = Field.Dec("tls.alert_message.desc", "alert", TlsWords.Alert);
    private static readonly Field Rest = Field.Bytes("tls.continuation", "not the beginning of a record");

    public override bool Recognises(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= RecordHeadLength && bytes[0] is >= ChangeCipher and <= Application && bytes[1] == 3
        && bytes[2] <= 4 && NetworkOrder.ReadUInt16(bytes, 3) is > 0 and <= RecordLengthMax;

    public override void Dissect(ref Walk walk)
    {
        int at = walk.Offset;
        if (!Recognises(walk.Body))
        {
            walk.Bytewise(Rest, at, walk.Length);
            walk.Spoil();
            return;
        }

        while (at < walk.End)
        {
            if (!Recognises(walk.Bytes[at..walk.End]))
            {
                walk.Bytewise(Rest, at, walk.End - at);
                return;
            }

            byte type = walk.Bytes[at];
            int length = walk.U16(at + 3);
            int end = at + RecordHeadLength + length;
            walk.Begin(TlsWords.Content(type) ?? "record", at, Math.Min(end, walk.End) - at);
            walk.Fixed(type == Application ? EncryptedHead : RecordHead, at);
            if (end > walk.End && walk.Missing == 0)
            {
                walk.Report(
                    ProblemKind.Length, at + 3, "tls.record.length: the record goes on in the next segment", length,
                    walk.End - at - RecordHeadLength);
            }

            int here = Math.Min(end, walk.End);
            if (walk.IsDetailed)
            {
                Content(ref walk, type, at + RecordHeadLength, here, isWhole: end <= walk.End);
            }

            walk.Close();
            at = here;
        }
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        TextBuffer text = line.Text;
        text.Add("TLS"u8);
        bool isFirst = true;
        while (Recognises(bytes))
        {
            int length = Math.Min(bytes.Length, RecordHeadLength + NetworkOrder.ReadUInt16(bytes, 3));
            text.Add(isFirst ? " "u8 : ", "u8);
            isFirst = false;
            if (bytes[0] == Handshake)
            {
                TlsHandshake.WriteLine(text, bytes[RecordHeadLength..length]);
            }
            else
            {
                text.Add(TlsWords.Content(bytes[0])!);
            }

            bytes = bytes[length..];
        }
    }

    private static void Content(ref Walk walk, byte type, int at, int end, bool isWhole)
    {
        switch (type)
        {
            case Handshake:
                TlsHandshake.Dissect(ref walk, at, end, isWhole);
                break;
            case Alert when end - at == 2:
                walk.Number(Level, at, 1, walk.Bytes[at]);
                walk.Number(Description, at + 1, 1, walk.Bytes[at + 1]);
                break;
            case Application when at < end:
                walk.Bytewise(Data, at, end - at);
                break;
            default:
                break;
        }
    }
}
