using System.Diagnostics;
using Xunit;

namespace Weft.Tests.Linux;

/// <summary>Runs a program of the distribution, as an oracle.</summary>
internal static class Tool
{
    /// <summary>Runs it to its end; it must succeed. Returns what it printed.</summary>
    public static string Run(string program, string arguments)
    {
        using Process process = new();
        process.StartInfo = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process.Start();
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {arguments}: {error}");
        return output;
    }
}
