using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Captures;
using Weft.App.CommandLine;
using Weft.App.Packets;
using Weft.Linux.Captures;
using Weft.Net.Captures;
using Weft.Net.Decoding.Output;
using Weft.Net.Filters;

namespace Weft.App.Commands;

/// <summary><c>weft capture TARGET [FILTER]</c>: packets as they pass.</summary>
internal static class CaptureCommand
{
    private const string Examples = """
        weft capture web
        weft capture web tcp port 80 and host db
        weft capture n1 'vxlan and inner icmp' -c 4 -o tree
        weft capture n1 -i any -w n1.pcapng
        weft capture eth0 not port 22 -w - | wireshark -k -i -
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Argument<string> target = new("TARGET")
        {
            Description = "a node, workload, host or router of a lab, an interface of this host, or 'any'",
        };
        Argument<string[]> filter = new("FILTER")
        {
            Description = "which packets, in the language of pcap-filter(7)",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string?> file = new("--write", "-w")
        {
            Description = "Write a pcapng file (- is stdout)",
            HelpName = "FILE",
        };
        Option<long?> count = new("--count", "-c") { Description = "End after so many packets", HelpName = "N" };
        Option<string?> lab = new("--lab") { Description = "The lab that the target is in", HelpName = "NAME" };
        Option<string?> link = new("--interface", "-i")
        {
            Description = "The interface of a member (default eth0; any: all)",
            HelpName = "NAME",
        };
        Option<uint?> snap = new("--snaplen", "-s") { Description = "Keep so many bytes of a packet", HelpName = "BYTES" };
        Option<string> style = new("--output", "-o")
        {
            Description = "line, tree, boxes, json (default line, with -w nothing)",
            HelpName = "FORMAT",
        };
        style.AcceptOnlyFromAmong("line", "tree", "boxes", "json");
        Verb verb = new("capture", "Show or keep packets as they pass, with names beside addresses.", Examples)
        {
            target,
            filter,
            file,
            count,
            lab,
            link,
            snap,
            style,
        };
        verb.Validators.Add(result =>
        {
            if (result.GetValue(count) is < 1)
            {
                result.AddError("-c needs a count of 1 or more");
            }

            if (result.GetValue(snap) is < 1 or > FilterOptions.WholePacket)
            {
                result.AddError($"-s needs 1 to {FilterOptions.WholePacket} bytes");
            }
        });
        verb.Runs((parse, cancelled) =>
        {
            string? path = parse.GetValue(file);
            PacketStyle? shown = parse.GetValue(style) is { } word ? Enum.Parse<PacketStyle>(word, ignoreCase: true)
                : path is null ? PacketStyle.Line
                : null;
            return path == "-" && parse.GetValue(style) is not null
                ? throw CommandFailure.Usage("-w - and -o both write to stdout")
                : RunAsync(
                    parse.GetRequiredValue(target), parse.GetValue(lab), parse.GetValue(link),
                    string.Join(' ', parse.GetValue(filter) ?? []),
                    new Wish(path, shown, parse.GetValue(count) ?? long.MaxValue, parse.GetValue(snap) ?? FilterOptions.WholePacket),
                    cancelled);
        });
        return verb;
    }

    private static async Task<int> RunAsync(
        string target, string? lab, string? link, string filter, Wish wish, CancellationToken cancelled)
    {
        CapturePlace place = await CapturePlace.FindAsync(target, lab, link, cancelled);
        CaptureNames names = new(place.Lab);
        using CaptureFile? file = wish.Path is { } path ? CaptureFile.Create(path) : null;
        PacketPrinter? printer = wish.Style is { } style ? new PacketPrinter(StandardOutput.Open(), style) : null;
        bool isOneOfMany = place.Interfaces.Count > 1;
        long number = 0;
        using LiveCapture capture = new(
            place, filter, names, wish.SnapLength, wish.Count,
            (LiveCapture.Source source, in RingPacket packet) =>
            {
                PacketDirection direction = packet.IsOutgoing ? PacketDirection.Outbound : PacketDirection.Inbound;
                file?.Writer.WritePacket(source.Number, packet.UnixNanoseconds, packet.Bytes, packet.Length, direction);
                if (printer is not null)
                {
                    bool isShown = wish.Style is PacketStyle.Line or PacketStyle.Json;
                    IReadOnlyList<PacketWay> ways = isShown ? names.WaysOf(packet.Bytes, source.LinkType) : [];
                    printer.Print(
                        packet.Bytes,
                        (int)source.LinkType,
                        new PacketFacts(++number, packet.UnixNanoseconds, packet.Length, packet.Bytes.Length)
                        {
                            Interface = source.Name,
                            Direction = direction,
                            Ways = ways,
                        },
                        wish.Style == PacketStyle.Line
                            ? $"{(isOneOfMany ? source.Name + " " : "")}{(packet.IsOutgoing ? "out" : "in ")} "
                                + (ways.Count == 0 ? "" : $"[{CaptureNames.TextOf(ways)}] ")
                            : "");
                }
            },
            () =>
            {
                file?.Flush();
                printer?.Flush();
            });
        foreach (LiveCapture.Source source in capture.Sources)
        {
            _ = file?.Writer.WriteInterface(
                new CaptureInterface
                {
                    LinkType = source.LinkType,
                    Name = source.Name,
                    Description = place.Who.Length == 0 ? null : $"{source.Name} of {place.Who}",
                    SnapLength = wish.SnapLength,
                },
                filter);
        }

        file?.Writer.WriteNames(names.All);
        string where = string.Join(", ", place.Interfaces) + (place.Who.Length == 0 ? "" : $" of {place.Who}");
        try
        {
            await capture.RunAsync(() => CommandRun.Say($"capturing on {where}"), cancelled);
            foreach (LiveCapture.Source source in capture.Sources)
            {
                file?.Writer.WriteStatistics(
                    source.Number, Now(), (ulong)source.Counted.Received, (ulong)source.Counted.Dropped);
            }

            file?.Flush();
        }
        catch (IOException failure) when (StandardOutput.IsAbandoned(failure))
        {
            // As with "| head": who reads has enough.
        }

        CommandRun.Say(
            $"{capture.Taken} packets captured, {capture.Sources.Sum(source => source.Counted.Received)} received by filter, "
            + $"{capture.Sources.Sum(source => source.Counted.Dropped)} dropped by kernel");
        return ExitCode.Done;
    }

    private static long Now() =>
        (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>What is to become of the packets.</summary>
    /// <param name="Path">The file to write.</param>
    /// <param name="Style">How to show them, if at all.</param>
    /// <param name="Count">After how many it ends.</param>
    /// <param name="SnapLength">How many bytes of each.</param>
    private sealed record Wish(string? Path, PacketStyle? Style, long Count, uint SnapLength);
}
