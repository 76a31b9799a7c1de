using System;
using System.Numerics;

namespace Weft.Net.Formats.Transport;

/// <summary>The cyclic redundancy check of Castagnoli (RFC 9260, appendix A).</summary>
internal static class Crc32C
{
    /// <summary>A running check with more bytes; begins with all ones and is complemented at its end.</summary>
    public static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return crc;
    }
}
