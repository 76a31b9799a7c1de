using System;

namespace Weft.Bgp.Formats;

/// <summary>What was agreed when a session began shows in its messages, mostly: the reading that makes sense is
/// right.</summary>
internal static class SessionGuess
{
    private const int SegmentTypeMax = 4;

    /// <summary>Bytes of an AS number in a path: 4 if only that fits, or if two-byte numbers would be zero.</summary>
    public static int AsLength(ReadOnlySpan<byte> path)
    {
        bool two = Fits(path, 2, out bool hasZero);
        bool four = Fits(path, 4, out _);
        return four && (!two || hasZero) ? 4 : 2;
    }

    /// <summary>Whether routes have path identifiers (RFC 7911) before them: they can be read so, and not without.</summary>
    public static bool HasPathIds(ReadOnlySpan<byte> routes, int prefixLengthMax) =>
        FitsRoutes(routes, prefixLengthMax, idLength: 4) && !FitsRoutes(routes, prefixLengthMax, idLength: 0);

    private static bool Fits(ReadOnlySpan<byte> path, int length, out bool hasZero)
    {
        hasZero = false;
        while (path.Length >= 2)
        {
            int size = path[1] * length;
            if (path[0] is 0 or > SegmentTypeMax || size > path.Length - 2)
            {
                return false;
            }

            for (int at = 2; at < 2 + size; at += length)
            {
                hasZero |= path.Slice(at, length).IndexOfAnyExcept((byte)0) < 0;
            }

            path = path[(2 + size)..];
        }

        return path.IsEmpty;
    }

    private static bool FitsRoutes(ReadOnlySpan<byte> routes, int prefixLengthMax, int idLength)
    {
        int total = routes.Length;
        while (!routes.IsEmpty)
        {
            if (routes.Length <= idLength)
            {
                return false;
            }

            int bits = routes[idLength];
            int bytes = (bits + 7) / 8;
            if (bits > prefixLengthMax || idLength + 1 + bytes > routes.Length || (idLength == 0 && bits == 0 && total > 1))
            {
                return false;
            }

            // RFC 4271, 4.3: what follows the prefix to the end of its byte means nothing; senders write zeros.
            if (bits % 8 != 0 && (routes[idLength + bytes] & (0xFF >> (bits % 8))) != 0)
            {
                return false;
            }

            routes = routes[(idLength + 1 + bytes)..];
        }

        return true;
    }
}
