using System;
using Weft.Net.Decoding;

namespace Weft.Dns.Formats;

/// <summary>Reads the data of a record by its <see cref="RecordShapes"/>, and the few types that have a shape of their
/// own.</summary>
internal static class RecordData
{
    private const int ServiceBinding = 64;
    private const int Https = 65;
    private const int Authorization = 257;
    private const long Second = 1_000_000_000;

    private static readonly Field Unknown = Field.Bytes("dns.data", "data");
    private static readonly Field Surplus = Field.Bytes("dns.extraneous.data", "surplus");

    private static readonly Field CriticalFlags = Field.Hex("dns.caa.flags", "flags");
    private static readonly Field TagLength = Field.Dec("dns.caa.tag_length", "length of the tag");
    private static readonly Field Tag = Field.Text("dns.caa.tag", "tag");
    private static readonly Field TagValue = Field.Text("dns.caa.value", "value");

    /// <summary>Reads the bytes from <paramref name="at"/> to <paramref name="end"/>.</summary>
    public static void Dissect(ref Walk walk, int type, int messageAt, int at, int end)
    {
        if (type is ServiceBinding or Https)
        {
            ServiceRecord.Dissect(ref walk, messageAt, at, end);
            return;
        }

        if (type == Authorization)
        {
            Authorize(ref walk, at, end);
            return;
        }

        if (RecordShapes.Of(type) is not { } parts)
        {
            if (at < end)
            {
                walk.Bytewise(Unknown, at, end - at);
            }

            return;
        }

        foreach (Part part in parts)
        {
            if (!One(ref walk, part, messageAt, ref at, end))
            {
                return;
            }
        }

        if (at < end)
        {
            walk.Bytewise(Surplus, at, end - at);
        }
    }

    /// <summary>Records a name; false if it is none.</summary>
    public static bool Name(ref Walk walk, Field field, int messageAt, ref int at, int end)
    {
        TextBuffer text = walk.BeginText(out int start);
        bool isName = DnsNameReader.TryRead(walk.Bytes[messageAt..walk.End], at - messageAt, text, out int length, out _);
        if (isName && text.Count == start)
        {
            text.Add("<Root>"u8);
        }

        length = Math.Min(length, end - at);
        walk.EndText(field, at, length, start);
        if (!isName)
        {
            BadName(ref walk, at, at - messageAt);
            return false;
        }

        at += length;
        return true;
    }

    /// <summary>Reports that no name could be read, so many bytes from the beginning of the message.</summary>
    public static void BadName(ref Walk walk, int at, int offset)
    {
        if (walk.Missing > 0)
        {
            walk.Short("a name", at, walk.End - at, walk.End - at + 1);
        }
        else
        {
            walk.Report(ProblemKind.Malformed, at, "a name that cannot be read, at byte of the message", offset);
        }
    }

    private static bool One(ref Walk walk, Part part, int messageAt, ref int at, int end)
    {
        switch (part.Kind)
        {
            case PartKind.Name:
                return at < end && Name(ref walk, part.Field, messageAt, ref at, end);
            case PartKind.CharacterString:
                return Text(ref walk, part, ref at, end);
            case PartKind.CharacterStrings:
                while (at < end)
                {
                    if (!Text(ref walk, part, ref at, end))
                    {
                        return false;
                    }
                }

                return true;
            case PartKind.CountedBytes or PartKind.CountedBase32:
                return Counted(ref walk, part, ref at, end);
            case PartKind.Rest:
                if (at < end)
                {
                    walk.Bytewise(part.Field, at, end - at);
                }

                at = end;
                return true;
            case PartKind.RestText:
                walk.Text(part.Field, at, end - at, walk.Bytes[at..end]);
                at = end;
                return true;
            case PartKind.TypeBitmap:
                return Bitmap(ref walk, part.Field, ref at, end);
            default:
                return Fixed(ref walk, part, ref at, end);
        }
    }

    private static bool Fixed(ref Walk walk, Part part, ref int at, int end)
    {
        int length = part.Kind == PartKind.Time ? 4 : part.Length;
        if (length > end - at)
        {
            walk.Report(ProblemKind.Malformed, at, part.Field.Title + " is too short", end - at, length);
            return false;
        }

        switch (part.Kind)
        {
            case PartKind.Shape:
                walk.Fixed(part.Shape!, at);
                break;
            case PartKind.Time:
                TextBuffer text = walk.BeginText(out int start);
                PacketTime.WriteInWords(text, walk.U32(at) * Second);
                walk.EndText(part.Field, at, 4, start);
                break;
            case PartKind.Bytes:
                walk.Bytewise(part.Field, at, length);
                break;
            default:
                ulong value = 0;
                foreach (byte next in walk.Bytes.Slice(at, length))
                {
                    value = (value << 8) | next;
                }

                walk.Number(part.Field, at, length, value);
                break;
        }

        at += length;
        return true;
    }

    private static bool Text(ref Walk walk, Part part, ref int at, int end)
    {
        int length = at < end ? walk.Bytes[at] : 0;
        if (length >= end - at)
        {
            walk.Report(ProblemKind.Malformed, at, part.Field.Title + " is too short", Math.Max(0, end - at - 1), length);
            return false;
        }

        walk.Number(part.LengthField!, at, 1, (ulong)length);
        walk.Text(part.Field, at + 1, length, walk.Bytes.Slice(at + 1, length));
        at += length + 1;
        return true;
    }

    private static bool Counted(ref Walk walk, Part part, ref int at, int end)
    {
        int length = at < end ? walk.Bytes[at] : 0;
        if (length >= end - at)
        {
            walk.Report(ProblemKind.Malformed, at, part.Field.Title + " is too short", Math.Max(0, end - at - 1), length);
            return false;
        }

        walk.Number(part.LengthField!, at, 1, (ulong)length);
        if (part.Kind == PartKind.CountedBase32)
        {
            TextBuffer text = walk.BeginText(out int start);
            AddBase32(text, walk.Bytes.Slice(at + 1, length));
            walk.EndText(part.Field, at + 1, length, start);
        }
        else if (length > 0)
        {
            walk.Bytewise(part.Field, at + 1, length);
        }

        at += length + 1;
        return true;
    }

    // RFC 4034, 4.1.2: windows of 256 types, each with up to 32 bytes of bits.
    private static bool Bitmap(ref Walk walk, Field field, ref int at, int end)
    {
        int from = at;
        TextBuffer text = walk.BeginText(out int start);
        while (at < end)
        {
            int length = at + 1 < end ? walk.Bytes[at + 1] : 0;
            if (length is 0 or > 32 || length > end - at - 2)
            {
                walk.Report(ProblemKind.Malformed, at, "a bitmap of types", length, end - at - 2);
                return false;
            }

            for (int bit = 0; bit < 8 * length; bit++)
            {
                if ((walk.Bytes[at + 2 + (bit / 8)] & (0x80 >> (bit % 8))) != 0)
                {
                    AddType(text, (ulong)((walk.Bytes[at] * 256) + bit), text.Count == start);
                }
            }

            at += length + 2;
        }

        walk.EndText(field, from, at - from, start);
        return true;
    }

    private static void AddType(TextBuffer text, ulong type, bool isFirst)
    {
        if (!isFirst)
        {
            text.AddByte((byte)' ');
        }

        if (DnsWords.Type(type) is { } word)
        {
            text.Add(word);
        }
        else
        {
            text.Add("TYPE"u8).AddDec(type);
        }
    }

    // RFC 8659, 4.1.
    private static void Authorize(ref Walk walk, int at, int end)
    {
        int length = end - at >= 2 ? walk.Bytes[at + 1] : 0;
        if (end - at < 2 + length)
        {
            walk.Report(ProblemKind.Malformed, at, "a CAA record is too short", end - at, 2 + length);
            return;
        }

        walk.Number(CriticalFlags, at, 1, walk.Bytes[at]);
        walk.Number(TagLength, at + 1, 1, (ulong)length);
        walk.Text(Tag, at + 2, length, walk.Bytes.Slice(at + 2, length));
        walk.Text(TagValue, at + 2 + length, end - at - 2 - length, walk.Bytes[(at + 2 + length)..end]);
    }

    private static void AddBase32(TextBuffer text, ReadOnlySpan<byte> bytes)
    {
        int bits = 0;
        int held = 0;
        foreach (byte value in bytes)
        {
            held = ((held & 0xFF) << 8) | value;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                text.AddByte("0123456789abcdefghijklmnopqrstuv"u8[(held >> bits) & 31]);
            }
        }

        if (bits > 0)
        {
            text.AddByte("0123456789abcdefghijklmnopqrstuv"u8[(held << (5 - bits)) & 31]);
        }
    }
}
