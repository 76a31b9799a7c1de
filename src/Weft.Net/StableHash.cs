using System;
using System.Text;

namespace Weft.Net;

/// <summary>A fixed hash (FNV-1a with a final mix), the same in every process, version and machine.</summary>
/// <remarks>For names of kernel objects, MAC addresses and shards. <c>string.GetHashCode</c> and
/// <c>System.HashCode</c> are seeded per process and must never reach those.</remarks>
public static class StableHash
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    /// <summary>64 bits from bytes.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        unchecked
        {
            ulong hash = Offset;
            foreach (byte b in bytes)
            {
                hash = (hash ^ b) * Prime;
            }

            // The finalizer of SplitMix64: FNV alone leaves the upper bits of short inputs alike.
            hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9;
            hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EB;
            return hash ^ (hash >> 31);
        }
    }

    /// <summary>64 bits from several texts; ("ab", "c") and ("a", "bc") differ.</summary>
    public static ulong Of(params ReadOnlySpan<string> texts) =>
        Of(Encoding.UTF8.GetBytes(string.Join('\0', texts.ToArray())));
}
