using System.Collections.Generic;
using System.Linq;
using Weft.Net.Bpf;
using Weft.Net.Bytes;
using Weft.Net.Captures;
using Weft.Net.Filters;
using Xunit;

namespace Weft.Tests.Linux.Net.Filters;

/// <summary>A filter means to us what it means to tcpdump, and our program does the same in the kernel as here.</summary>
public sealed class FilterAgreementTests
{
    [Theory]
    [InlineData(LinkType.Ethernet)]
    [InlineData(LinkType.LinuxCooked)]
    [InlineData(LinkType.LinuxCooked2)]
    [InlineData(LinkType.Raw)]
    [InlineData(LinkType.Null)]
    [InlineData(LinkType.Loop)]
    [InlineData(LinkType.Ppp)]
    public void Every_filter_of_the_table_means_what_tcpdump_makes_of_it(LinkType link)
    {
        using TcpdumpCompiler tcpdump = new(link);
        IReadOnlyList<byte[]> packets = PacketCorpus.Of(link);
        List<string> differences = [];
        int compared = 0;
        foreach (string text in TcpdumpCompiler.Table)
        {
            BpfProgram? theirs = tcpdump.Compile(text);
            BpfProgram? unoptimized = null;
            bool isOurs = PacketFilter.TryCompile(
                text, new FilterOptions { LinkType = link }, out PacketFilter? ours, out FilterError? error);
            if (isOurs != theirs is not null)
            {
                differences.Add($"{text}: {(isOurs ? "tcpdump refuses it" : error!.Show(text))}");
                continue;
            }

            foreach (byte[] packet in ours is null || theirs is null ? [] : packets)
            {
                bool isWanted = Wants(ours!.Program, packet);
                if (isWanted == Wants(theirs!, packet))
                {
                    continue;
                }

                // tcpdump itself differs here, between its programs with and without optimization.
                unoptimized ??= tcpdump.Compile(text, isOptimized: false);
                if (isWanted != Wants(unoptimized!, packet))
                {
                    differences.Add($"{text}: {Hex.Of(packet)}: ours {isWanted}");
                    break;
                }
            }

            compared += ours is null ? 0 : 1;
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.True(compared > 200, $"{compared} filters were compared");
    }

    [Fact]
    public void The_kernel_takes_every_program_and_decides_as_we_do()
    {
        using KernelFilter kernel = new();
        IReadOnlyList<byte[]> packets = PacketCorpus.Of(LinkType.Ethernet);
        string[] extensions =
        [
            "vxlan", "vxlan 4096 and host 10.65.0.1", "vxlan and tcp[13] & 2 != 0", "inner tcp port 80", "inner ip6",
            "not inner arp", "vxlan or ip", "geneve or ip", "protochain 6", "ip6 protochain 17", "ip protochain 6",
            "inner (geneve or host 10.65.0.1)", "outbound", "inbound",
        ];
        List<string> differences = [];
        foreach (string text in TcpdumpCompiler.Table.Concat(extensions))
        {
            if (!PacketFilter.TryCompile(
                text, new FilterOptions { LinkType = LinkType.Ethernet }, out PacketFilter? ours, out _))
            {
                continue;
            }

            kernel.Attach(ours.Program);
            foreach (byte[] packet in packets)
            {
                if (kernel.Wants(packet) != Wants(ours.Program, packet))
                {
                    differences.Add($"{text}: {Hex.Of(packet)}: here {Wants(ours.Program, packet)}");
                    break;
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Fact]
    public void Generated_filters_mean_what_tcpdump_makes_of_them()
    {
        using TcpdumpCompiler tcpdump = new(LinkType.Ethernet);
        using KernelFilter kernel = new();

        // Long enough for any load: of a packet that is cut, the order of loads decides, and each optimizer has its own.
        IReadOnlyList<byte[]> packets =
            [.. PacketCorpus.Of(LinkType.Ethernet).Select(packet => (byte[])[.. packet, .. new byte[256]])];
        GeneratedFilters generated = new(seed: 20);
        List<string> differences = [];
        int compared = 0;
        for (int i = 0; i < 150; i++)
        {
            string text = generated.Next();
            BpfProgram? theirs = tcpdump.Compile(text, isOptimized: false);
            Assert.True(PacketFilter.TryCompile(
                text, new FilterOptions { LinkType = LinkType.Ethernet }, out PacketFilter? ours, out FilterError? error),
                error?.Show(text));
            Assert.True(theirs is not null, $"tcpdump refuses {text}");
            kernel.Attach(ours.Program);
            foreach (byte[] packet in packets)
            {
                bool isWanted = Wants(ours.Program, packet);
                if (isWanted != Wants(theirs, packet))
                {
                    differences.Add($"{text}: {Hex.Of(packet)}: ours {isWanted}");
                    break;
                }

                Assert.Equal(isWanted, kernel.Wants(packet));
            }

            compared++;
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Equal(150, compared);
    }

    private static bool Wants(BpfProgram program, byte[] packet) => program.Run(packet, (uint)packet.Length, default) != 0;
}
