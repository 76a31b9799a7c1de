using System;
using System.CommandLine;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Captures;
using Weft.App.CommandLine;
using Weft.App.Packets;
using Weft.Net.Bytes;
using Weft.Net.Captures;
using Weft.Net.Decoding.Output;

namespace Weft.App.Commands;

/// <summary><c>weft decode FILE|HEX|-</c>: packets, layer by layer.</summary>
internal static class DecodeCommand
{
    private const int HexLengthMax = 1 << 20;
    private const int TroublesToldMax = 10;

    private const string Examples = """
        weft decode trace.pcapng
        weft decode trace.pcap -o tree | less
        weft decode trace.pcap 'tcp port 80 or inner icmp'
        weft decode trace.pcap -o json | jq '.layers[] | select(.name == "vxlan").fields["vxlan.vni"]'
        weft decode 4500001c00010000401166cd0a0000010a00000200350035000800b6 -o boxes
        tcpdump -w - | weft decode -
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Argument<string> source = new("FILE")
        {
            Description = "a pcap or pcapng file, a packet in hexadecimal, or - for either on stdin",
        };
        Argument<string[]> filter = new("FILTER")
        {
            Description = "which packets of a capture, in the language of pcap-filter(7)",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<string> style = new("--output", "-o")
        {
            Description = "line, tree, boxes, json (default line)",
            HelpName = "FORMAT",
        };
        style.AcceptOnlyFromAmong("line", "tree", "boxes", "json");
        Option<bool> reassemble = new("--reassemble")
        {
            Description = "join the fragments of IP packets, and show what they carried with the last one",
        };
        Verb verb = new("decode", "Show packets layer by layer, from the link to the application; times are in UTC.", Examples)
        {
            source,
            filter,
            style,
            reassemble,
        };
        verb.Runs((parse, cancelled) => Task.FromResult(Run(
            parse.GetRequiredValue(source),
            string.Join(' ', parse.GetValue(filter) ?? []),
            parse.GetValue(style) is { } word ? Enum.Parse<PacketStyle>(word, ignoreCase: true) : PacketStyle.Line,
            parse.GetValue(reassemble),
            cancelled)));
        return verb;
    }

    private static int Run(
        string source, string filterText, PacketStyle style, bool joinsFragments, CancellationToken cancelled)
    {
        using Stream output = Console.OpenStandardOutput();
        PacketPrinter printer = new(output, style, joinsFragments);
        if (source != "-" && !File.Exists(source))
        {
            if (!Hex.TryParse(source, out byte[]? bytes) || bytes.Length == 0)
            {
                throw new CommandFailure(Directory.Exists(source)
                    ? $"{source}: is a directory"
                    : $"{source}: no such file, and no packet in hexadecimal");
            }

            if (filterText.Length > 0)
            {
                throw CommandFailure.Usage("a filter goes with a capture, not with one packet");
            }

            PrintHex(bytes, printer);
            return ExitCode.Done;
        }

        using Stream input = source == "-"
            ? Console.OpenStandardInput()
            : new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        string name = source == "-" ? "stdin" : source;
        CaptureFeed feed = new(input);
        FileFilter? filter = filterText.Length == 0 ? null : new FileFilter(filterText, feed.Reader);
        Troubles troubles = new(TroublesToldMax);
        Action flush = printer.Flush;
        while (!cancelled.IsCancellationRequested)
        {
            CaptureStep step = feed.Read(out CapturedPacket packet, flush);
            switch (step)
            {
                case CaptureStep.Packet when filter is not null && !filter.Matches(packet):
                    break;
                case CaptureStep.Packet:
                    PacketFacts facts = new(
                        packet.Number, packet.HasTime ? packet.UnixNanoseconds : null, packet.Length, packet.Bytes.Length)
                    {
                        Interface = packet.Interface.Name,
                        Direction = packet.Direction,
                    };
                    if (printer.Print(packet.Bytes, (int)packet.Interface.LinkType, facts) is { } trouble)
                    {
                        troubles.Say(packet.Number, trouble);
                    }

                    break;
                case CaptureStep.NotACapture:
                    PrintText(name, feed, printer);
                    return ExitCode.Done;
                default:
                    printer.Flush();
                    troubles.End();
                    if (feed.Reader.Problem is { } problem)
                    {
                        CommandRun.Say($"{name}: {problem}");
                    }

                    return ExitCode.Done;
            }
        }

        printer.Flush();
        return ExitCode.Failed;
    }

    // What is no capture may be a packet as text.
    private static void PrintText(string name, CaptureFeed feed, PacketPrinter printer)
    {
        string text = Encoding.Latin1.GetString(feed.ReadRest(HexLengthMax + 1));
        if (text.Length > HexLengthMax || !Hex.TryParse(text, out byte[]? bytes) || bytes.Length == 0)
        {
            throw new CommandFailure(text.Length == 0
                ? $"{name}: is empty: neither a capture (pcap, pcapng) nor a packet in hexadecimal"
                : $"{name}: neither a capture (pcap, pcapng) nor a packet in hexadecimal");
        }

        PrintHex(bytes, printer);
    }

    private static void PrintHex(byte[] bytes, PacketPrinter printer)
    {
        LinkType link = LinkGuess.Of(bytes);
        if (printer.Print(bytes, (int)link, new PacketFacts(1, null, bytes.Length, bytes.Length)) is { } trouble)
        {
            CommandRun.Say(trouble);
        }

        printer.Flush();
    }

    // Says what is malformed, but does not bury the reader.
    private sealed class Troubles(int toldMax)
    {
        private long _count;

        public void Say(long number, string trouble)
        {
            if (++_count <= toldMax)
            {
                CommandRun.Say($"packet {number} is malformed: {trouble}");
            }
        }

        public void End()
        {
            if (_count > toldMax)
            {
                CommandRun.Say($"{_count - toldMax} more packets are malformed");
            }
        }
    }
}
