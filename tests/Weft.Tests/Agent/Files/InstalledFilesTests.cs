using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Weft.Agent.Files;
using Weft.Linux.Files;
using Xunit;

namespace Weft.Tests.Agent.Files;

public sealed class InstalledFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("weft-t-").FullName;

    private string State => Path.Combine(_directory, "state");

    private string Target => Path.Combine(_directory, "net.d", "10-weft.conflist");

    [Fact]
    public void What_was_installed_is_replaced_and_removed_and_nothing_else()
    {
        Assert.True(Install("one"));
        Assert.False(Install("one"));
        Assert.True(Install("two"));
        AssertRemoved(Target);
        AssertRemoved();
        Assert.Empty(Directory.GetFiles(State));

        File.WriteAllText(Target, "somebody's");
        Assert.Contains("not of this program's making", Assert.Throws<IOException>(() => Install("one")).Message, StringComparison.Ordinal);
        Assert.Equal("somebody's", File.ReadAllText(Target));
    }

    [Fact]
    public void A_replacement_that_failed_half_way_can_be_made_later_and_what_is_there_is_still_ours()
    {
        Install("one");

        // What is in the way of the new file, as a full disk would be.
        string pending = Target + DurableFile.PendingSuffix;
        Directory.CreateDirectory(pending);
        Assert.Throws<IOException>(() => Install("two"));
        Assert.Equal("one", File.ReadAllText(Target));
        Directory.Delete(pending);
        Assert.True(Install("two"));
        Assert.Equal("two", File.ReadAllText(Target));

        Directory.CreateDirectory(pending);
        Assert.Throws<IOException>(() => Install("three"));
        AssertRemoved(Target);
    }

    [Fact]
    public void What_cannot_be_removed_stays_known_and_what_somebody_has_changed_is_left_to_him()
    {
        Assert.SkipUnless(File.Exists("/proc/version"), "needs a file that cannot be removed");
        Install("one");
        string kernels = "/proc/version";
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(kernels)));
        File.WriteAllText(
            Path.Combine(State, InstalledFiles.FileName), $$"""{"{{kernels}}": "{{digest}}", "{{Target}}": "another digest"}""");
        for (int i = 0; i < 2; i++)
        {
            (List<string> removed, List<string> left) = Remove();
            Assert.Empty(removed);
            Assert.Contains(left, line => line.StartsWith(kernels, StringComparison.Ordinal));
            Assert.Equal(i == 0, left.Exists(line => line.StartsWith($"{Target}: changed since", StringComparison.Ordinal)));
        }

        Assert.Equal("one", File.ReadAllText(Target));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"a": 7}""")]
    public void A_record_that_does_not_read_is_an_error_that_names_it(string text)
    {
        Directory.CreateDirectory(State);
        File.WriteAllText(Path.Combine(State, InstalledFiles.FileName), text);
        Assert.Contains("installed.json does not read", Assert.Throws<IOException>(() => InstalledFiles.Open(State)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private bool Install(string content) => InstalledFiles.Open(State).Install(Target, Encoding.UTF8.GetBytes(content), executable: false);

    private void AssertRemoved(params string[] paths)
    {
        (List<string> removed, List<string> left) = Remove();
        Assert.Equal(paths, removed);
        Assert.Empty(left);
    }

    private (List<string> Removed, List<string> Left) Remove()
    {
        List<string> removed = [], left = [];
        InstalledFiles.Open(State).Remove(removed, left);
        return (removed, left);
    }
}
