using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Weft.Linux.Files;
using Weft.Net;
using Weft.Netlink;
using Weft.Node.Allocation;

namespace Weft.Agent.Files;

/// <summary>The address journal on disk: a line per record, each with its checksum, appended and flushed before
/// anything follows from it.</summary>
/// <remarks>A line that was cut off at the very end was never acknowledged, and is dropped; anything else that does not
/// read is refused with its place, and left as it is. A write that does not fit is taken back whole.</remarks>
internal sealed class JournalFile : IDisposable
{
    /// <summary>The file's name within the state directory.</summary>
    public const string Name = "addresses.journal";

    private const string Header = "weft-journal 1";
    private const int ChecksumDigits = 16;
    private readonly string _path;
    private AppendFile? _file;
    private bool _isDoubtful;

    private JournalFile(string path, AppendFile file, int lines) => (_path, _file, Lines) = (path, file, lines);

    /// <summary>Records in the file.</summary>
    public int Lines { get; private set; }

    /// <summary>Whether it is not known what the disk holds, so that nothing can be appended before a <see cref="Rewrite"/>: a flush
    /// failed, a half written record could not be cut off, or somebody has removed the file, or put another one in its place.</summary>
    public bool IsBroken => _isDoubtful || _file is not { IsBroken: false, IsInPlace: true };

    /// <summary>Opens the journal, or makes an empty one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="records">The records, in order.</param>
    /// <param name="note">What an operator should know; none if all is well.</param>
    /// <exception cref="AgentRefusedException">A record in the middle does not read, or the file cannot be opened.
    /// </exception>
    public static JournalFile Open(string path, out IReadOnlyList<JournalRecord> records, out string? note)
    {
        try
        {
            if (!File.Exists(path))
            {
                Check(DurableFile.Replace(path, Encoding.UTF8.GetBytes(Header + "\n")));
            }

            byte[] bytes = File.ReadAllBytes(path);
            List<JournalRecord> read = [];
            if (bytes.Length <= Header.Length && Encoding.UTF8.GetBytes(Header).AsSpan().StartsWith(bytes))
            {
                // Cut off before the first record could be written: an empty journal.
                bytes = Encoding.UTF8.GetBytes(Header + "\n");
                Check(DurableFile.Replace(path, bytes));
            }

            int whole = Read(path, bytes, read);
            note = whole == bytes.Length
                ? null
                : string.Create(CultureInfo.InvariantCulture,
                    $"{path}: the last record was cut off after {bytes.Length - whole} bytes and never acknowledged: dropped");
            records = read;
            Check(AppendFile.Open(path, out AppendFile? file));
            JournalFile journal = new(path, file!, read.Count);
            if (whole < bytes.Length)
            {
                Check(file!.Truncate(whole));
            }

            return journal;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new AgentRefusedException($"the address journal {path} cannot be opened: {failed.Message}");
        }
    }

    /// <summary>Appends records and flushes them: all of them or none.</summary>
    /// <returns>Why nothing was written; none if all will survive a loss of power.</returns>
    public string? Append(IEnumerable<JournalRecord> records)
    {
        MemoryStream lines = new();
        int count = 0;
        foreach (JournalRecord record in records)
        {
            WriteLine(lines, record);
            count++;
        }

        if (IsBroken)
        {
            // What has no name any more is gone with the next start, and behind half a record nothing would read.
            _isDoubtful = true;
            return $"what {_path} holds is not known since a failed write, or somebody has removed it: it is written anew";
        }

        KernelError? error = _file!.Append(lines.ToArray());
        if (error is not null)
        {
            return error.Errno == KernelErrno.ENOSPC ? $"{error}; free space in {Path.GetDirectoryName(_path)}" : error.ToString();
        }

        Lines += count;
        return null;
    }

    /// <summary>Replaces the journal by the shortest one that says the same; on failure the old one stays.</summary>
    /// <returns>Why it was not replaced; none if it was.</returns>
    public string? Rewrite(IReadOnlyList<JournalRecord> records)
    {
        MemoryStream lines = new();
        lines.Write(Encoding.UTF8.GetBytes(Header + "\n"));
        foreach (JournalRecord record in records)
        {
            WriteLine(lines, record);
        }

        // The file behind the old descriptor may have no name any more, even if this fails late: nothing may be written
        // there. Whichever file has the name now, both say the same.
        _isDoubtful |= IsBroken;
        KernelError? error = DurableFile.Replace(_path, lines.ToArray());
        _isDoubtful &= error is not null;
        Lines = error is null ? records.Count : Lines;
        _file?.Dispose();
        return (AppendFile.Open(_path, out _file) is { } unopened ? unopened : error)?.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private static void Check(KernelError? error)
    {
        if (error is not null)
        {
            throw new IOException(error.ToString());
        }
    }

    private static void WriteLine(MemoryStream lines, JournalRecord record)
    {
        byte[] json = record.ToJson();
        lines.Write(Encoding.ASCII.GetBytes(
            StableHash.Of(json).ToString("x16", CultureInfo.InvariantCulture) + " "));
        lines.Write(json);
        lines.WriteByte((byte)'\n');
    }

    // The number of bytes that read; fewer than there are only when the last line has no end.
    private static int Read(string path, ReadOnlySpan<byte> bytes, List<JournalRecord> records)
    {
        int at = 0;
        for (int number = 1; at < bytes.Length; number++)
        {
            ReadOnlySpan<byte> rest = bytes[at..];
            int end = rest.IndexOf((byte)'\n');
            if (end < 0 && number > 1)
            {
                return at;
            }

            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            string? problem = number == 1 ? ReadHeader(line) : ReadRecord(line, records);
            if (problem is not null)
            {
                throw new AgentRefusedException($"{path}:{number}: {problem}. Nothing was changed. Restore the file from a "
                    + "copy; or move it away and disconnect this node's workloads: without it, addresses in use could be given twice");
            }

            at += end + 1;
        }

        return bytes.Length;
    }

    private static string? ReadHeader(ReadOnlySpan<byte> line) =>
        line.SequenceEqual(Encoding.UTF8.GetBytes(Header)) ? null
            : line.StartsWith("weft-journal "u8) ? "the journal is of a newer version of weft"
            : "this is not an address journal";

    private static string? ReadRecord(ReadOnlySpan<byte> line, List<JournalRecord> records)
    {
        if (line.Length <= ChecksumDigits || line[ChecksumDigits] != (byte)' ')
        {
            return "the record has no checksum";
        }

        ReadOnlySpan<byte> json = line[(ChecksumDigits + 1)..];
        string checksum = StableHash.Of(json).ToString("x16", CultureInfo.InvariantCulture);
        if (!line[..ChecksumDigits].SequenceEqual(Encoding.ASCII.GetBytes(checksum)))
        {
            return "the record does not match its checksum";
        }

        if (!JournalRecord.TryRead(json, out JournalRecord? record, out string error))
        {
            return $"the record does not read: {error}";
        }

        records.Add(record);
        return null;
    }
}
