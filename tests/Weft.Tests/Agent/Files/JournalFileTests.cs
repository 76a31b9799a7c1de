using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Weft.Agent;
using Weft.Agent.Files;
using Weft.Net;
using Weft.Node.Allocation;
using Xunit;

namespace Weft.Tests.Agent.Files;

public sealed class JournalFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("weft-t-").FullName;

    private string PathOfJournal => Path.Combine(_directory, "addresses.journal");

    private static JournalRecord[] Records =>
    [
        new TunnelAssigned(IpAddress.Parse("10.65.0.0")),
        new WorkloadAssigned
        {
            Id = new WorkloadId("shop", "web", "eth0"),
            ContainerId = "c1",
            NetworkNamespace = "/run/netns/web",
            Addresses = [IpAddress.Parse("10.65.0.1")],
        },
        new WorkloadReleasing(new WorkloadId("shop", "web", "eth0")),
    ];

    [Fact]
    public void A_torn_tail_is_dropped_and_said_at_every_byte_of_the_last_record()
    {
        byte[] whole = Write(Records);
        int last = Array.LastIndexOf(whole, (byte)'\n', whole.Length - 2) + 1;
        for (int length = last; length < whole.Length; length++)
        {
            File.WriteAllBytes(PathOfJournal, whole[..length]);
            using (JournalFile journal = Open(out IReadOnlyList<JournalRecord> records, out string? note))
            {
                Assert.Equal(2, records.Count);
                Assert.Equal(length > last, note is not null);
                Assert.Contains(length > last ? "cut off" : "", note ?? "", StringComparison.Ordinal);
                Assert.Null(journal.Append([Records[2]]));
            }

            Assert.Equal(whole, File.ReadAllBytes(PathOfJournal));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","labels":null""")]
    [InlineData(""","labels":{},"network":null,"mac":null,"routes":null""")]
    public void What_was_written_before_networks_and_routes_were_reads_as_none(string more)
    {
        byte[] json = System.Text.Encoding.UTF8.GetBytes($$"""
            {"record":"assigned","id":{"namespace":"shop","workload":"web","interface":"eth0"},"containerId":"c1","networkNamespace":"/run/netns/web","addresses":["10.65.0.1"]{{more}}}
            """);
        Assert.True(JournalRecord.TryRead(json, out JournalRecord? record, out string error), error);
        WorkloadAssigned assigned = Assert.IsType<WorkloadAssigned>(record);
        Assert.Equal("", assigned.Network);
        Assert.Null(assigned.Mac);
        Assert.Null(assigned.Routes);
        Assert.Empty(assigned.Labels);
        Assert.True(JournalRecord.TryRead("""{"record":"lent","loan":"l1","address":"10.65.0.1"}"""u8, out record, out error), error);
        Assert.Equal(0, Assert.IsType<AddressLent>(record).Revision);
    }

    [Fact]
    public void A_file_that_can_neither_be_written_nor_cut_is_broken_until_it_is_written_anew()
    {
        using JournalFile journal = Open(out _, out _);
        Assert.Null(journal.Append(Records[..1]));
        Assert.False(journal.IsBroken);

        // Linux has a file for this: a full one, that cannot be cut. What is written anew cannot take its place yet.
        File.Delete(PathOfJournal);
        File.CreateSymbolicLink(PathOfJournal, "/dev/full");
        Directory.CreateDirectory(PathOfJournal + ".pending");
        Assert.NotNull(journal.Rewrite(Records));
        Assert.NotNull(journal.Append(Records[1..]));
        Assert.True(journal.IsBroken);
        Assert.NotNull(journal.Append(Records[1..]));

        Directory.Delete(PathOfJournal + ".pending");
        Assert.Null(journal.Rewrite(Records[..1]));
        Assert.False(journal.IsBroken);
        Assert.Null(journal.Append(Records[1..]));
        using JournalFile read = Open(out IReadOnlyList<JournalRecord> records, out string? note);
        Assert.Null(note);
        Assert.Equal(Records.Select(r => r.ToJson()), records.Select(r => r.ToJson()));
    }

    [Fact]
    public void Behind_half_a_record_that_cannot_be_cut_off_nothing_is_written_before_the_journal_is_written_anew()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        string disk = Path.Combine(_directory, "disk");
        Directory.CreateDirectory(disk);
        Run("mount", "-t", "tmpfs", "-o", "size=64k", "weft-t", disk);
        try
        {
            string path = Path.Combine(disk, "addresses.journal");
            int written = 0;
            using (JournalFile journal = JournalFile.Open(path, out _, out _))
            {
                // A file that may only grow cannot be cut.
                Run("chattr", "+a", path);
                for (; journal.Append(Records) is null; written += Records.Length)
                {
                    Assert.InRange(written, 0, 10_000);
                }

                Assert.True(journal.IsBroken);
                Assert.NotNull(journal.Rewrite(Records));
                Run("chattr", "-a", path);
                Assert.NotNull(journal.Append(Records));
                Assert.NotNull(journal.Rewrite([.. Enumerable.Repeat(Records[1], 500)]));
                Assert.NotNull(journal.Append(Records));
                File.WriteAllText(path, "");
                Assert.Null(journal.Rewrite(Records));
                Assert.Null(journal.Append(Records));
            }

            using JournalFile again = JournalFile.Open(path, out IReadOnlyList<JournalRecord> records, out string? note);
            Assert.Null(note);
            Assert.Equal(2 * Records.Length, records.Count);
        }
        finally
        {
            Run("umount", disk);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_journal_that_somebody_removes_or_replaces_takes_nothing_until_it_is_written_anew(bool isReplaced)
    {
        using JournalFile journal = Open(out _, out _);
        Assert.Null(journal.Append(Records[..1]));
        File.Delete(PathOfJournal);
        if (isReplaced)
        {
            File.WriteAllText(PathOfJournal, "weft-journal 1\n");
        }

        for (int i = 0; i < 2; i++)
        {
            Assert.Contains("somebody has removed it", journal.Append(Records[1..]), StringComparison.Ordinal);
            Assert.True(journal.IsBroken);
        }

        Assert.Null(journal.Rewrite(Records[..1]));
        Assert.False(journal.IsBroken);
        Assert.Null(journal.Append(Records[1..]));
        using JournalFile read = Open(out IReadOnlyList<JournalRecord> records, out string? note);
        Assert.Null(note);
        Assert.Equal(Records.Select(r => r.ToJson()), records.Select(r => r.ToJson()));
    }

    [Fact]
    public void A_journal_that_was_cut_off_in_its_first_line_is_an_empty_one()
    {
        byte[] whole = Write(Records);
        int header = Array.IndexOf(whole, (byte)'\n');
        for (int length = 0; length <= header; length++)
        {
            File.WriteAllBytes(PathOfJournal, whole[..length]);
            using (JournalFile journal = Open(out IReadOnlyList<JournalRecord> records, out _))
            {
                Assert.Empty(records);
                Assert.Null(journal.Append(Records));
            }

            Assert.Equal(whole, File.ReadAllBytes(PathOfJournal));
        }
    }

    [Fact]
    public void A_changed_byte_anywhere_is_refused_with_its_line_and_the_mend_and_the_file_stays()
    {
        byte[] whole = Write(Records);
        for (int i = 0; i < whole.Length; i++)
        {
            byte[] changed = [.. whole];
            changed[i] ^= 0x10;
            File.WriteAllBytes(PathOfJournal, changed);
            if (i == whole.Length - 1)
            {
                continue; // The end of the last line: that record was cut off.
            }

            AgentRefusedException refused = Assert.Throws<AgentRefusedException>(() => Open(out _, out _));
            int line = whole.Take(i).Count(b => b == '\n') + 1;
            Assert.Contains($"{PathOfJournal}:{line}: ", refused.Message, StringComparison.Ordinal);
            Assert.Contains("Restore the file", refused.Message, StringComparison.Ordinal);
            Assert.Equal(changed, File.ReadAllBytes(PathOfJournal));
        }
    }

    [Fact]
    public void A_journal_of_a_newer_version_is_refused()
    {
        File.WriteAllText(PathOfJournal, "weft-journal 2\n");
        Assert.Contains("newer version", Assert.Throws<AgentRefusedException>(() => Open(out _, out _)).Message, StringComparison.Ordinal);
        File.WriteAllText(PathOfJournal, "something else\n");
        Assert.Contains("not an address journal", Assert.Throws<AgentRefusedException>(() => Open(out _, out _)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_written_anew_says_the_same_and_grows_on()
    {
        using (JournalFile journal = Open(out _, out _))
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.Null(journal.Append([Records[0], new TunnelReleased(IpAddress.Parse("10.65.0.0"))]));
            }

            Assert.Equal(200, journal.Lines);
            Assert.Null(journal.Rewrite([Records[0]]));
            Assert.Equal(1, journal.Lines);
            Assert.Null(journal.Append([Records[1]]));
        }

        using JournalFile again = Open(out IReadOnlyList<JournalRecord> records, out string? note);
        Assert.Null(note);
        Assert.Equal(Records.Take(2).Select(r => Convert.ToHexString(r.ToJson())), records.Select(r => Convert.ToHexString(r.ToJson())));
    }

    [Fact]
    public void A_journal_that_cannot_be_written_anew_goes_on_where_it_was()
    {
        using (JournalFile journal = Open(out _, out _))
        {
            Assert.Null(journal.Append([Records[0]]));
            Directory.CreateDirectory(PathOfJournal + ".pending"); // In the way of the new file.
            Assert.NotNull(journal.Rewrite([]));
            Assert.Null(journal.Append([Records[1]]));
        }

        using JournalFile again = Open(out IReadOnlyList<JournalRecord> records, out _);
        Assert.Equal(2, records.Count);
    }

    [Fact]
    public void A_full_disk_refuses_the_record_loses_none_and_takes_more_when_there_is_room()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        string disk = Path.Combine(_directory, "disk");
        Directory.CreateDirectory(disk);
        Run("mount", "-t", "tmpfs", "-o", "size=64k", "weft-t", disk);
        try
        {
            string path = Path.Combine(disk, "addresses.journal");
            string ballast = Path.Combine(disk, "ballast");
            File.WriteAllBytes(ballast, new byte[32 * 1024]);
            int written = 0;
            using (JournalFile journal = JournalFile.Open(path, out _, out _))
            {
                string? error;
                while ((error = journal.Append(Records)) is null)
                {
                    written += Records.Length;
                    Assert.InRange(written, 0, 10_000);
                }

                Assert.Contains("ENOSPC", error, StringComparison.Ordinal);
                Assert.NotNull(journal.Append(Records));
                Assert.NotNull(journal.Rewrite([.. Enumerable.Repeat(Records[1], 500)]));
                File.Delete(ballast);
                Assert.Null(journal.Append([Records[0]]));
                Assert.Equal(written + 1, journal.Lines);
            }

            using JournalFile again = JournalFile.Open(path, out IReadOnlyList<JournalRecord> records, out string? note);
            Assert.Null(note);
            Assert.Equal(written + 1, records.Count);
        }
        finally
        {
            Run("umount", disk);
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private byte[] Write(IReadOnlyList<JournalRecord> records)
    {
        using (JournalFile journal = Open(out _, out _))
        {
            Assert.Null(journal.Append(records));
        }

        return File.ReadAllBytes(PathOfJournal);
    }

    private JournalFile Open(out IReadOnlyList<JournalRecord> records, out string? note) =>
        JournalFile.Open(PathOfJournal, out records, out note);
}
