using System;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace Weft.Tests.App.Packets;

/// <summary>A capture made with scapy, of every format that it knows; made once for all tests.</summary>
internal static class ScapyPackets
{
    private const string Interpreter = "/usr/bin/python3"; // The distribution's, which has the distribution's scapy.

    private static readonly Lazy<string?> Made = new(Make);

    /// <summary>Where it lies; null where there is no scapy.</summary>
    public static string? Path => Made.Value;

    private static string? Make()
    {
        if (!File.Exists(Interpreter))
        {
            return null;
        }

        string path = System.IO.Path.Combine(AppContext.BaseDirectory, "scapy.pcap");
        string script = System.IO.Path.Combine(AppContext.BaseDirectory, "fixtures", "packets", "generate.py");
        using Process process = Process.Start(
            new ProcessStartInfo(Interpreter, [script, path]) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (error.Contains("No module named 'scapy'", StringComparison.Ordinal))
        {
            return null;
        }

        Assert.True(process.ExitCode == 0, error);
        return path;
    }
}
