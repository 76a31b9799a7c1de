using System;
using Weft.Net.Decoding;

namespace Weft.Dns.Formats;

/// <summary>Reads names of DNS messages (RFC 1035, 3.1 and 4.1.4).</summary>
internal static class DnsNameReader
{
    private const int NameLengthMax = 255;
    private const int JumpsMax = 64;
    private const byte PointerBits = 0xC0;

    /// <summary>Writes a name as text, without the last dot; the root is nothing.</summary>
    /// <param name="message">All bytes from the beginning of the message to its end.</param>
    /// <param name="at">Where the name begins.</param>
    /// <param name="text">Where to.</param>
    /// <param name="length">Bytes it takes at this place.</param>
    /// <param name="labels">How many labels it has.</param>
    /// <returns>False if it is no name; what could be read has been written.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, int at, TextBuffer text, out int length, out int labels)
    {
        length = 0;
        labels = 0;
        int start = at;
        int jumps = 0;
        int bytes = 0;
        while (at < message.Length)
        {
            byte first = message[at];
            if (first == 0)
            {
                length = jumps == 0 ? at + 1 - start : length;
                return true;
            }

            if ((first & PointerBits) == PointerBits)
            {
                if (at + 1 >= message.Length || ++jumps > JumpsMax)
                {
                    break;
                }

                length = jumps == 1 ? at + 2 - start : length;
                at = ((first & ~PointerBits) << 8) | message[at + 1];
                continue;
            }

            bytes += first + 1;
            if ((first & PointerBits) != 0 || first > message.Length - at - 1 || bytes >= NameLengthMax)
            {
                break;
            }

            if (labels++ > 0)
            {
                text.AddByte((byte)'.');
            }

            AddLabel(text, message.Slice(at + 1, first));
            at += first + 1;
        }

        length = jumps == 0 ? Math.Max(0, Math.Min(at, message.Length) - start) : length;
        return false;
    }

    // RFC 1035, 5.1: what is no plain character is \DDD.
    private static void AddLabel(TextBuffer text, ReadOnlySpan<byte> label)
    {
        foreach (byte value in label)
        {
            if (value is > 0x20 and < 0x7F)
            {
                text.AddByte(value);
            }
            else
            {
                text.AddByte((byte)'\\').AddDec(value, 3);
            }
        }
    }
}
