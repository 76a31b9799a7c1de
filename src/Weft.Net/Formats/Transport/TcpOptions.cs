using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;

namespace Weft.Net.Formats.Transport;

/// <summary>The options of TCP (RFC 9293, 3.1; RFC 7323; RFC 2018; RFC 5482; RFC 5925; RFC 7413; RFC 8684).</summary>
internal static class TcpOptions
{
    private const byte End = 0;
    private const byte NoOperation = 1;
    private const byte Mss = 2;
    private const byte WindowScale = 3;
    private const byte SackPermitted = 4;
    private const byte Sack = 5;
    private const byte Timestamps = 8;
    private const byte Md5 = 19;
    private const byte UserTimeout = 28;
    private const byte Authentication = 29;
    private const byte MultiPath = 30;
    private const byte FastOpen = 34;

    private static readonly Field Kind = Field.Dec("tcp.option_kind", "kind", Word);
    private static readonly Field Length = Field.Dec("tcp.option_len", "length");
    private static readonly Field MssValue = Field.Dec("tcp.options.mss_val", "maximum segment size");
    private static readonly Field Shift = Field.Dec("tcp.options.wscale.shift", "window scale");
    private static readonly Field Multiplier = Field.Dec("tcp.options.wscale.multiplier", "window times");
    private static readonly Field Left = Field.Dec("tcp.options.sack_le", "from");
    private static readonly Field Right = Field.Dec("tcp.options.sack_re", "to");
    private static readonly Field Count = Field.Dec("tcp.options.sack.count", "blocks");
    private static readonly Field Value = Field.Dec("tcp.options.timestamp.tsval", "time stamp");
    private static readonly Field Echo = Field.Dec("tcp.options.timestamp.tsecr", "time stamp that is echoed");
    private static readonly Field Digest = Field.Bytes("tcp.options.md5.digest", "MD5 digest");
    private static readonly Field KeyId = Field.Dec("tcp.options.ao.keyid", "key");
    private static readonly Field NextKeyId = Field.Dec("tcp.options.ao.rnextkeyid", "next key");
    private static readonly Field Mac = Field.Bytes("tcp.options.ao.mac", "authentication code");
    private static readonly Field Cookie = Field.Bytes("tcp.options.tfo.cookie", "cookie");
    private static readonly Field CookieRequest = Field.Dec("tcp.options.tfo.request", "request for a cookie");
    private static readonly Field Subtype = Field.Dec("tcp.options.mptcp.subtype", "subtype");
    private static readonly Field Unknown = Field.Bytes("tcp.options.unknown.payload", "data");

    private static readonly Field BrokenKind = Field.Dec("", "kind of an option that is broken", Word);
    private static readonly Field EndBytes = Field.Bytes("tcp.options.eol", "end of options");
    private static readonly Field NothingBytes = Field.Bytes("tcp.options.nop", "no operation");
    private static readonly Field MssBytes = Field.Bytes("tcp.options.mss", "all bytes");
    private static readonly Field ScaleBytes = Field.Bytes("tcp.options.wscale", "all bytes");
    private static readonly Field PermittedBytes = Field.Bytes("tcp.options.sack_perm", "all bytes");
    private static readonly Field SackBytes = Field.Bytes("tcp.options.sack", "all bytes");
    private static readonly Field TimestampBytes = Field.Bytes("tcp.options.timestamp", "all bytes");
    private static readonly Field Md5Bytes = Field.Bytes("tcp.options.md5", "all bytes");
    private static readonly Field FastOpenBytes = Field.Bytes("tcp.options.tfo", "all bytes");

    private static readonly Shape Timeout = Shape.Of(
        "user timeout",
        Bits.Of(1, Field.Flag("tcp.options.user_to_granularity", "in minutes")),
        Bits.Of(15, Field.Dec("tcp.options.user_to_val", "timeout")));

    public static void Dissect(ref Walk walk, int at, int end, bool isSyn, uint otherFirst)
    {
        while (at < end)
        {
            byte kind = walk.Bytes[at];
            if (kind is End or NoOperation)
            {
                walk.Bytewise(kind == End ? EndBytes : NothingBytes, at, 1);
                walk.Number(Kind, at, 1, kind);
                at++;
                continue;
            }

            int length = at + 1 < end ? walk.Bytes[at + 1] : 0;
            if (length < 2 || length > end - at)
            {
                walk.Number(BrokenKind, at, 1, kind);
                walk.Report(ProblemKind.Malformed, at + 1, "tcp.option_len", length, end - at);
                return;
            }

            walk.Begin(Word(kind) ?? "option", at, length);
            if (WholeOf(kind) is { } whole)
            {
                walk.Bytewise(whole, at, length);
            }

            walk.Number(Kind, at, 1, kind);
            walk.Number(Length, at + 1, 1, (ulong)length);
            One(ref walk, kind, at, length, isSyn, otherFirst);
            walk.Close();
            at += length;
        }
    }

    public static void WriteLine(TextBuffer text, ReadOnlySpan<byte> options)
    {
        bool isFirst = true;
        int at = 0;
        while (at < options.Length && options[at] != End)
        {
            if (options[at] == NoOperation)
            {
                at++;
                continue;
            }

            int length = at + 1 < options.Length ? options[at + 1] : 0;
            if (length < 2 || length > options.Length - at)
            {
                break;
            }

            text.Add(isFirst ? ", options ["u8 : ", "u8);
            isFirst = false;
            WriteOne(text, options[at], options.Slice(at + 2, length - 2));
            at += length;
        }

        if (!isFirst)
        {
            text.AddByte((byte)']');
        }
    }

    private static void One(ref Walk walk, byte kind, int at, int length, bool isSyn, uint otherFirst)
    {
        switch (kind, length)
        {
            case (Mss, 4):
                walk.Number(MssValue, at + 2, 2, walk.U16(at + 2));
                break;
            case (WindowScale, 3):
                // RFC 7323, 2.3: more than 14 counts as 14.
                byte shift = walk.Bytes[at + 2];
                walk.Number(Shift, at + 2, 1, shift);
                walk.Number(Multiplier, at + 2, 1, 1UL << Math.Min(14, (int)shift));
                break;
            case (SackPermitted, 2):
                break;
            case (Sack, _) when length % 8 == 2:
                for (int from = at + 2; from < at + length; from += 8)
                {
                    walk.Number(Left, from, 4, unchecked(walk.U32(from) - otherFirst));
                    walk.Number(Right, from + 4, 4, unchecked(walk.U32(from + 4) - otherFirst));
                }

                walk.Number(Count, at, 0, (ulong)(length / 8));
                break;
            case (Timestamps, 10):
                walk.Number(Value, at + 2, 4, walk.U32(at + 2));
                walk.Number(Echo, at + 6, 4, walk.U32(at + 6));
                break;
            case (Md5, 18):
                walk.Bytewise(Digest, at + 2, 16);
                break;
            case (UserTimeout, 4):
                walk.Fixed(Timeout, at + 2);
                break;
            case (Authentication, >= 4):
                walk.Number(KeyId, at + 2, 1, walk.Bytes[at + 2]);
                walk.Number(NextKeyId, at + 3, 1, walk.Bytes[at + 3]);
                walk.Bytewise(Mac, at + 4, length - 4);
                break;
            case (MultiPath, >= 3):
                walk.Number(Subtype, at + 2, 1, (ulong)(walk.Bytes[at + 2] >> 4));
                walk.Bytewise(Unknown, at + 2, length - 2);
                break;
            case (FastOpen, 2) when isSyn:
                walk.Number(CookieRequest, at, 2, 1);
                break;
            case (FastOpen, > 2):
                walk.Bytewise(Cookie, at + 2, length - 2);
                break;
            default:
                if (length > 2)
                {
                    walk.Bytewise(Unknown, at + 2, length - 2);
                }

                break;
        }
    }

    private static void WriteOne(TextBuffer text, byte kind, ReadOnlySpan<byte> data)
    {
        switch (kind, data.Length)
        {
            case (Mss, 2):
                text.Add("MSS "u8).AddDec(NetworkOrder.ReadUInt16(data));
                break;
            case (WindowScale, 1):
                text.Add("window scale "u8).AddDec(data[0]);
                break;
            case (SackPermitted, 0):
                text.Add("SACK permitted"u8);
                break;
            case (Sack, _) when data.Length % 8 == 0:
                text.Add("SACK"u8);
                for (int at = 0; at < data.Length; at += 8)
                {
                    text.Add(" "u8).AddDec(NetworkOrder.ReadUInt32(data, at)).AddByte((byte)':')
                        .AddDec(NetworkOrder.ReadUInt32(data, at + 4));
                }

                break;
            case (Timestamps, 8):
                text.Add("timestamp "u8).AddDec(NetworkOrder.ReadUInt32(data)).Add(" echo "u8)
                    .AddDec(NetworkOrder.ReadUInt32(data, 4));
                break;
            default:
                if (Word(kind) is { } word)
                {
                    text.Add(word);
                }
                else
                {
                    text.Add("option "u8).AddDec(kind);
                }

                break;
        }
    }

    private static Field? WholeOf(byte kind) => kind switch
    {
        Mss => MssBytes,
        WindowScale => ScaleBytes,
        SackPermitted => PermittedBytes,
        Sack => SackBytes,
        Timestamps => TimestampBytes,
        Md5 => Md5Bytes,
        FastOpen => FastOpenBytes,
        _ => null,
    };

    private static string? Word(ulong number) => number switch
    {
        End => "end of options",
        NoOperation => "no operation",
        Mss => "maximum segment size",
        WindowScale => "window scale",
        SackPermitted => "SACK permitted",
        Sack => "selective acknowledgement",
        Timestamps => "time stamps",
        Md5 => "MD5 signature",
        27 => "quick start",
        UserTimeout => "user timeout",
        Authentication => "authentication",
        MultiPath => "multipath",
        FastOpen => "fast open",
        172 or 174 => "accurate ECN",
        253 or 254 => "experiment",
        _ => null,
    };
}
