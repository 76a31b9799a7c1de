using System;
using System.IO;
using Weft.Linux.Files;
using Xunit;

namespace Weft.Tests.Linux.Files;

public sealed class DurableFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("weft-t-").FullName;

    public void Dispose() => Directory.Delete(_directory, true);

    [Fact]
    public void A_replaced_file_has_the_new_bytes_and_nothing_lies_beside_it()
    {
        string path = Path.Combine(_directory, "plan");
        Assert.Null(DurableFile.Replace(path, "one"u8));
        Assert.Null(DurableFile.Replace(path, "two"u8));
        Assert.Equal("two", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_directory));
        Assert.Null(DurableFile.Delete(path));
        Assert.Null(DurableFile.Delete(path));
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public void A_file_in_no_directory_is_an_answer()
    {
        Assert.Equal("ENOENT", DurableFile.Replace(Path.Combine(_directory, "no", "plan"), "x"u8)?.Name);
    }

    [Fact]
    public void What_somebody_has_put_in_the_new_files_place_is_neither_followed_nor_kept()
    {
        string path = Path.Combine(_directory, "file");
        string elsewhere = Path.Combine(_directory, "elsewhere");
        File.WriteAllText(elsewhere, "theirs");
        File.CreateSymbolicLink(path + DurableFile.PendingSuffix, elsewhere);
        Assert.Null(DurableFile.Replace(path, "ours"u8));
        Assert.Equal(("theirs", "ours"), (File.ReadAllText(elsewhere), File.ReadAllText(path)));
        Assert.Null(new FileInfo(path).LinkTarget);

        File.WriteAllText(path + DurableFile.PendingSuffix, "old");
        File.SetUnixFileMode(path + DurableFile.PendingSuffix, (UnixFileMode)0x1B6);
        Assert.Null(DurableFile.Replace(path, "ours"u8));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_full_disk_leaves_the_old_file()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        string mount = Directory.CreateDirectory(Path.Combine(_directory, "mount")).FullName;
        Tool.Run("mount", $"-t tmpfs -o size=64k weft-t-small {mount}");
        try
        {
            string path = Path.Combine(mount, "plan");
            Assert.Null(DurableFile.Replace(path, "one"u8));
            Assert.Equal("ENOSPC", DurableFile.Replace(path, new byte[128 * 1024])?.Name);
            Assert.Equal("one", File.ReadAllText(path));
            Assert.Equal([path], Directory.GetFiles(mount));
        }
        finally
        {
            Tool.Run("umount", mount);
        }
    }

    [Fact]
    public void Records_go_to_the_end_and_a_torn_one_can_be_cut_off()
    {
        string path = Path.Combine(_directory, "journal");
        Assert.Null(AppendFile.Open(path, out AppendFile? file));
        Assert.Null(file!.Append("first "u8));
        Assert.Null(file.Append("second"u8));
        Assert.Equal(12, file.Position);
        file.Dispose();
        Assert.Null(AppendFile.Open(path, out file));
        Assert.Equal(12, file!.Position);
        Assert.Null(file.Truncate(6));
        Assert.Null(file.Append("third"u8));
        file.Dispose();
        Assert.Equal("first third", File.ReadAllText(path));
    }

    [Fact]
    public void A_full_disk_takes_back_what_was_half_written()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        string mount = Directory.CreateDirectory(Path.Combine(_directory, "small")).FullName;
        Tool.Run("mount", $"-t tmpfs -o size=64k weft-t-small {mount}");
        try
        {
            string path = Path.Combine(mount, "journal");
            Assert.Null(AppendFile.Open(path, out AppendFile? file));
            Assert.Null(file!.Append("whole"u8));
            Assert.Equal("ENOSPC", file.Append(new byte[256 * 1024])?.Name);
            Assert.Equal(5, file.Position);
            Assert.Equal(5, new FileInfo(path).Length);
            Assert.Null(file.Append(" again"u8));
            file.Dispose();
            Assert.Equal("whole again", File.ReadAllText(path));
        }
        finally
        {
            Tool.Run("umount", mount);
        }
    }

    [Fact]
    public void A_lock_is_held_by_one_and_let_go_when_disposed()
    {
        string path = Path.Combine(_directory, "lock");
        Assert.Null(FileLock.TryAcquire(path, out FileLock? first));
        Assert.Equal("EAGAIN", FileLock.TryAcquire(path, out FileLock? second)?.Name);
        Assert.Null(second);
        first!.Dispose();
        Assert.Null(FileLock.TryAcquire(path, out second));
        second!.Dispose();
    }
}
