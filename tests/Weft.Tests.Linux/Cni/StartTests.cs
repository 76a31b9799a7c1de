using System;
using System.IO;
using System.Linq;
using Xunit;

namespace Weft.Tests.Linux.Cni;

/// <summary>What the plugin does before it does anything: a runtime starts it for each container, on hosts with thousands.</summary>
public sealed class StartTests : IDisposable
{
    private const string Strace = "/usr/bin/strace";

    private readonly string _directory = Directory.CreateTempSubdirectory("weft-t-").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("VERSION", 1)] // The runtime's finalizer.
    [InlineData("DEL", 2)] // And its sockets'.
    public void It_reads_no_list_that_grows_and_starts_no_thread_that_it_does_not_need(string command, int threads)
    {
        string plugin = ShippedPlugin.Path;
        Assert.SkipUnless(File.Exists(Strace), "needs strace");
        string trace = Path.Combine(_directory, "trace");
        string configuration = $$"""{"cniVersion": "1.0.0", "name": "pods", "type": "weft-cni", "agentSocket": "{{_directory}}/none"}""";
        File.WriteAllText(Path.Combine(_directory, "configuration"), configuration);
        string traced = $"{Strace} -f -o {trace} -e trace=open,openat,statfs,clone,clone3 -E CNI_COMMAND={command} {plugin}";
        Assert.Contains("cniVersion", Tool.Run("sh", $"-c \"{traced} < {_directory}/configuration | cat\""), StringComparison.Ordinal);

        string[] calls = File.ReadAllLines(trace);
        Assert.Contains(calls, call => call.Contains("libc.so", StringComparison.Ordinal));
        Assert.DoesNotContain(calls, call => call.Contains("mountinfo", StringComparison.Ordinal));
        Assert.DoesNotContain(calls, call => call.Contains("cgroup", StringComparison.Ordinal));
        Assert.Equal(threads, calls.Count(call => call.Contains(" clone", StringComparison.Ordinal)));
    }
}
