using System;
using System.Buffers.Binary;
using System.IO;

namespace Weft.Server.Storing;

/// <summary>Looks for commits in SQLite's log that SQLite would silently drop.</summary>
/// <remarks>
/// SQLite ends its recovery at the first frame whose checksum is wrong. After a crash that is right: what follows was
/// never answered. But one writer that syncs each commit leaves at most one unanswered transaction; if two or more
/// commit frames of the same log follow the damage, answered commits would be lost.
/// <code>
/// log    header (32 bytes) frame*
/// header magic, version, page size, sequence, salt 1, salt 2, checksum 1, checksum 2
/// frame  page number, database size after a commit (else 0), salt 1, salt 2, checksum 1, checksum 2, page
/// </code>
/// https://www.sqlite.org/fileformat2.html#walformat.
/// </remarks>
internal static class WalInspection
{
    private const int HeaderLength = 32;
    private const int FrameHeaderLength = 24;
    private const uint MagicLittleEndian = 0x377f0682;
    private const uint MagicBigEndian = 0x377f0683;
    private const int PageSizeAt = 8;
    private const int SaltAt = 16;
    private const int HeaderChecksumAt = 24;
    private const int CommitSizeAt = 4;
    private const int FrameSaltAt = 8;
    private const int FrameChecksumAt = 16;

    /// <summary>A fault if answered commits lie behind a damaged frame; none if the log is whole, merely torn at its
    /// end, or not there.</summary>
    public static StoreFault? FindLoss(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using FileStream file = File.OpenRead(path);
        Span<byte> header = stackalloc byte[HeaderLength];
        if (file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength)
        {
            return null;
        }

        uint magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        int pageSize = (int)BinaryPrimitives.ReadUInt32BigEndian(header[PageSizeAt..]);
        if (magic is not (MagicLittleEndian or MagicBigEndian) || pageSize is < 512 or > 65536)
        {
            return null;
        }

        bool bigEndian = magic == MagicBigEndian;
        Checksum running = new(bigEndian);
        running.Add(header[..HeaderChecksumAt]);
        bool valid = running.Matches(header[HeaderChecksumAt..]);
        byte[] frame = new byte[FrameHeaderLength + pageSize];
        int commitsBehind = 0;
        while (file.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length)
        {
            // A frame of an earlier use of the log: recovery ends here, and rightly so.
            if (!frame.AsSpan(FrameSaltAt, 8).SequenceEqual(header.Slice(SaltAt, 8)))
            {
                valid = false;
                continue;
            }

            running.Add(frame.AsSpan(0, FrameSaltAt));
            running.Add(frame.AsSpan(FrameHeaderLength));
            valid = valid && running.Matches(frame.AsSpan(FrameChecksumAt));
            bool commit = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(CommitSizeAt)) != 0;
            commitsBehind += !valid && commit ? 1 : 0;
        }

        return commitsBehind < 2
            ? null
            : new StoreFault(
                $"{path} is damaged in its middle: {commitsBehind} commits behind the damage would be lost",
                "restore both files from a copy; or accept the loss by moving the file that ends in -wal away");
    }

    private struct Checksum(bool bigEndian)
    {
        private uint _first;
        private uint _second;

        public void Add(ReadOnlySpan<byte> bytes)
        {
            unchecked
            {
                for (int at = 0; at < bytes.Length; at += 8)
                {
                    _first += Word(bytes[at..]) + _second;
                    _second += Word(bytes[(at + 4)..]) + _first;
                }
            }
        }

        // The stored checksum is big-endian whatever the words' order; a frame's goes on from the one before.
        public readonly bool Matches(ReadOnlySpan<byte> stored) =>
            BinaryPrimitives.ReadUInt32BigEndian(stored) == _first
            && BinaryPrimitives.ReadUInt32BigEndian(stored[4..]) == _second;

        private readonly uint Word(ReadOnlySpan<byte> at) =>
            bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);
    }
}
