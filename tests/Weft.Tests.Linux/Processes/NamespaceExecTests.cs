using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using Weft.Linux.Processes;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Linux.Processes;

public sealed class NamespaceExecTests
{
    private const string NamespaceVariable = "WEFT_TEST_EXEC_NAMESPACE";
    private const string CommandVariable = "WEFT_TEST_EXEC_COMMAND";

    // A test cannot become another program, but a second run of this test program can, before it does anything else.
    [ModuleInitializer]
    internal static void BecomeIfAsked()
    {
        string? path = Environment.GetEnvironmentVariable(NamespaceVariable);
        string? command = Environment.GetEnvironmentVariable(CommandVariable);
        if (path is not null && command is not null)
        {
            KernelError error = NamespaceExec.Run(path, ["sh", "-c", command]);
            Console.WriteLine(error);
            Environment.Exit(1);
        }
    }

    [Fact]
    public void A_program_runs_in_the_namespace_and_sees_its_own_sys()
    {
        using TestNamespace blue = new();
        blue.Do(LinkRequests.NewBridge("onlyhere"));
        string output = Run(blue.Path, "ip -o link; ls /sys/class/net; grep SigIgn /proc/$$/status; echo done");
        Assert.Contains("onlyhere:", output, StringComparison.Ordinal);
        Assert.Contains("\nonlyhere", output, StringComparison.Ordinal);

        // None of the first sixteen is ignored, SIGPIPE among them; glibc's own may be.
        Assert.Matches("SigIgn:\t[0-9a-f]{12}0000\n", output);
        Assert.EndsWith("done\n", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists("/sys/class/net/onlyhere"));
    }

    [Fact]
    public void A_namespace_that_is_not_there_is_an_answer()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        Assert.StartsWith("ENOENT: open network namespace /run/netns/weft-t-nowhere", Run("/run/netns/weft-t-nowhere", "true"), StringComparison.Ordinal);
    }

    private static string Run(string namespacePath, string command)
    {
        string log = Path.GetTempFileName();
        try
        {
            string own = Environment.ProcessPath!;
            DetachedProcess process = new()
            {
                FileName = own,
                Arguments = Path.GetFileNameWithoutExtension(own) == "dotnet"
                    ? [typeof(NamespaceExecTests).Assembly.Location]
                    : [],
                LogPath = log,
                Environment = new Dictionary<string, string>
                {
                    [NamespaceVariable] = namespacePath,
                    [CommandVariable] = command,
                },
            };
            Assert.Null(process.Start(out int pid));
            using ProcessHandle? handle = ProcessHandle.Open(pid);
            Assert.True(handle is null || handle.WaitForExit(TimeSpan.FromSeconds(20)));
            return File.ReadAllText(log);
        }
        finally
        {
            File.Delete(log);
        }
    }
}
