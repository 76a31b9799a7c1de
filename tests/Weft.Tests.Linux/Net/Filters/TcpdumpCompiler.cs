using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Weft.Net.Bpf;
using Weft.Net.Captures;

namespace Weft.Tests.Linux.Net.Filters;

/// <summary>tcpdump as a compiler of filters, for packets of a file.</summary>
internal sealed class TcpdumpCompiler : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"weft-t-{Guid.NewGuid():n}.pcap");

    /// <summary>Writes a capture without packets, from which tcpdump learns the link type.</summary>
    public TcpdumpCompiler(LinkType link)
    {
        byte[] header = new byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0xA1B2C3D4);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), 262_144);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), (uint)link);
        File.WriteAllBytes(_file, header);
    }

    /// <summary>tcpdump's program, which wants nothing where tcpdump says that the filter rejects all packets; null if it
    /// refuses the filter.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="isOptimized">Whether loads are moved and left out, which shows with packets that are cut.</param>
    public BpfProgram? Compile(string filter, bool isOptimized = true)
    {
        using Process process = new();
        process.StartInfo = new ProcessStartInfo("tcpdump")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (IEnumerable<string>)["-r", _file, isOptimized ? "-ddd" : "-Oddd", "--", filter])
        {
            process.StartInfo.ArgumentList.Add(argument);
        }

        process.Start();
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (error.Contains("expression rejects all packets", StringComparison.Ordinal))
        {
            output = "1\n6 0 0 0\n";
        }
        else if (process.ExitCode != 0)
        {
            return null;
        }

        return BpfProgram.TryParse(output, out BpfProgram? program, out string? refused) ? program
            : throw new InvalidOperationException($"{filter}: {refused} {error}");
    }

    /// <summary>The filters of the table.</summary>
    public static IReadOnlyList<string> Table { get; } = [.. File
        .ReadAllLines(Path.Combine(AppContext.BaseDirectory, "fixtures", "filters", "pcap.txt"))
        .Where(line => line.Length > 0 && line[0] != '#')];

    public void Dispose() => File.Delete(_file);
}
