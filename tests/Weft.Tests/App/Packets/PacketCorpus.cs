using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.App.Packets;
using Weft.Net.Captures;
using Weft.Tests.Tidy;
using Xunit;

namespace Weft.Tests.App.Packets;

/// <summary>A packet of a capture file.</summary>
internal sealed record CorpusPacket(string File, long Number, int LinkType, byte[] Bytes, long Length);

/// <summary>The public captures that lie beside the checkout, where they do.</summary>
internal static class PacketCorpus
{
    public static string? Folder { get; } = FindFolder();

    public static IReadOnlyList<string> Files { get; } = Folder is null
        ? []
        : [.. Directory.EnumerateFiles(Folder).Where(IsCapture).Order(StringComparer.Ordinal)];

    public static void SkipWithout() => Assert.SkipWhen(Files.Count == 0, "skipped: no corpus");

    public static IEnumerable<CorpusPacket> Packets() => Files.SelectMany(Read);

    public static List<CorpusPacket> Read(string path)
    {
        List<CorpusPacket> packets = [];
        using FileStream file = File.OpenRead(path);
        CaptureFeed feed = new(file);
        while (feed.Read(out CapturedPacket packet, static () => { }) == CaptureStep.Packet)
        {
            packets.Add(new CorpusPacket(
                path, packet.Number, (int)packet.Interface.LinkType, packet.Bytes.ToArray(), packet.Length));
        }

        return packets;
    }

    private static bool IsCapture(string path) =>
        path.EndsWith(".pcap", StringComparison.Ordinal) || path.EndsWith(".pcapng", StringComparison.Ordinal);

    private static string? FindFolder()
    {
        for (DirectoryInfo? at = new(Repository.Root); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, "shared", "corpora", "pcap");
            if (Directory.Exists(folder))
            {
                return folder;
            }
        }

        return null;
    }
}
