using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Server.Storing;
using Xunit;

namespace Weft.Tests.Server.Storing;

public sealed class StoreCrashTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-t-crash-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_answered_commit_is_there_after_kill_9_at_any_moment()
    {
        string path = Path.Combine(_folder, SqliteStoreOptions.FileName);
        Random random = new(7);
        long answered = 0;
        for (int round = 0; round < 8; round++)
        {
            using Process child = WritingChild.Start(path);
            Stopwatch running = Stopwatch.StartNew();
            int life = random.Next(1, 60);
            while (running.ElapsedMilliseconds < life || answered == 0)
            {
                if (await child.StandardOutput.ReadLineAsync(Cancellation) is not { } line)
                {
                    Assert.Fail(await child.StandardError.ReadToEndAsync(Cancellation));
                    return;
                }

                answered = long.Parse(line, CultureInfo.InvariantCulture);
            }

            child.Kill();
            string rest = await child.StandardOutput.ReadToEndAsync(Cancellation);
            await child.WaitForExitAsync(Cancellation);
            string? last = rest.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
            answered = last is null ? answered : long.Parse(last, CultureInfo.InvariantCulture);

            await using SqliteStore store = SqliteStore.Open(new SqliteStoreOptions { Path = path });
            Assert.InRange(store.Revision, answered, answered + 1);
            StoreListing listing = await store.ListAsync(null, Cancellation);
            Assert.Equal(2 * store.Revision, listing.Objects.Count);
            answered = store.Revision;
        }
    }

    [Fact]
    public async Task A_full_disk_refuses_the_commit_and_loses_nothing()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, for a small disk of its own");
        string disk = Path.Combine(_folder, "disk");
        string saved = Path.Combine(_folder, "saved");
        Directory.CreateDirectory(disk);
        Directory.CreateDirectory(saved);
        string path = Path.Combine(disk, SqliteStoreOptions.FileName);

        // The disk is visible in the child's mount namespace only, and goes away with it.
        string prelude = $"mount -t tmpfs -o size=600k none \"{disk}\"";
        using Process child = WritingChild.Start(path, prelude);
        string output = await child.StandardOutput.ReadToEndAsync(Cancellation);
        string errors = await child.StandardError.ReadToEndAsync(Cancellation);
        await child.WaitForExitAsync(Cancellation);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(child.ExitCode == 3, $"{child.ExitCode}: {errors} {lines.LastOrDefault()}");
        Assert.Contains("no room left", lines[^1], StringComparison.Ordinal);
        Assert.True(lines.Length > 10, $"{lines.Length} commits before the disk was full");
        Assert.Equal(
            Enumerable.Range(1, lines.Length - 1),
            lines[..^1].Select(l => int.Parse(l, CultureInfo.InvariantCulture)));
    }
}
