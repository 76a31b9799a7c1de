using System;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Net.Bytes;

/// <summary>Bytes as hexadecimal text, for people and for tables of tests.</summary>
public static class Hex
{
    /// <summary>Lower-case pairs without separators.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>Reads pairs of digits of either case; spaces, line ends, <c>:</c> and <c>-</c> between pairs are
    /// passed over.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        byte[] buffer = new byte[text.Length / 2];
        int count = 0;
        int at = 0;
        while (at < text.Length)
        {
            char first = text[at];
            if (char.IsWhiteSpace(first) || first is ':' or '-')
            {
                at++;
                continue;
            }

            if (at + 1 == text.Length || !char.IsAsciiHexDigit(first) || !char.IsAsciiHexDigit(text[at + 1]))
            {
                return false;
            }

            buffer[count++] = (byte)((Digit(first) << 4) | Digit(text[at + 1]));
            at += 2;
        }

        bytes = buffer[..count];
        return true;
    }

    /// <summary>Reads text that the program itself wrote; throws <see cref="FormatException"/> otherwise.</summary>
    public static byte[] ToBytes(string text) =>
        TryParse(text, out byte[]? bytes) ? bytes : throw new FormatException($"'{text}' is not hexadecimal");

    private static int Digit(char c) => char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}
