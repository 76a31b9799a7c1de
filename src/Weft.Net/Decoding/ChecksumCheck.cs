using System;
using Weft.Net.Bytes;

namespace Weft.Net.Decoding;

/// <summary>Compares the checksum of a packet with what it should be, and records the verdict as Wireshark does:
/// 1 right, 0 wrong, 2 not verified, 3 not present.</summary>
public static class ChecksumCheck
{
    private const ulong Wrong = 0;
    private const ulong Right = 1;
    private const ulong Unverified = 2;
    private const ulong NotPresent = 3;

    /// <summary>The checksum of ones' complement over the layer's bytes and, if given, a pseudo header.</summary>
    /// <param name="walk">The layer.</param>
    /// <param name="status">The field of the verdict.</param>
    /// <param name="at">Where the checksum lies.</param>
    /// <param name="covered">What it covers.</param>
    /// <param name="pseudo">The sum of the pseudo header, or 0.</param>
    /// <param name="name">What it is called.</param>
    public static void Verify(
        ref Walk walk, Field status, int at, ReadOnlySpan<byte> covered, ulong pseudo, string name)
    {
        ulong sum = InternetChecksum.Add(pseudo, covered);
        if (InternetChecksum.Finish(sum) == 0)
        {
            walk.Number(status, at, 0, Right);
            return;
        }

        walk.Number(status, at, 0, Wrong);
        if (walk.IsQuoted)
        {
            return; // Routers and translators on the way have changed what is quoted.
        }

        ushort found = walk.U16(at);
        ushort folded = (ushort)(InternetChecksum.Finish(sum) ^ ushort.MaxValue);
        ushort expected = InternetChecksum.Finish((ulong)folded + (ushort)(found ^ ushort.MaxValue));

        // What the kernel leaves to the network card: the folded sum of the pseudo header alone, with the length of
        // this packet or, before segmentation, without one.
        bool isUnfinished = pseudo != 0
            && (found == (InternetChecksum.Finish(pseudo) ^ ushort.MaxValue)
                || found == (InternetChecksum.Finish(pseudo - (ulong)covered.Length) ^ ushort.MaxValue));
        walk.Report(isUnfinished ? ProblemKind.Unfinished : ProblemKind.Checksum, at, name, found, expected);
    }

    /// <summary>Records that a checksum cannot be verified: what it covers is not here.</summary>
    public static void Leave(ref Walk walk, Field status, int at) => walk.Number(status, at, 0, Unverified);

    /// <summary>Records that there is none.</summary>
    public static void Absent(ref Walk walk, Field status, int at) => walk.Number(status, at, 0, NotPresent);
}
