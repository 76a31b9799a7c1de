using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Weft.Net.Captures;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Captures;

/// <summary><c>weft capture</c> as it is shipped, in a lab.</summary>
public sealed class CaptureCommandTests
{
    [Fact]
    public async Task A_lab_is_captured_with_names_directions_and_a_file_that_is_whole_after_a_signal()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml());
        string address = await lab.AddressOfAsync("c");
        string file = Path.Combine(lab.RuntimeDirectory, "n1.pcapng");
        using Process capture = await StartAsync(lab, "n1", "vxlan and host c and icmp", "-w", file, "-o", "line");
        Ran ping = await lab.LabAsync("exec", "a", "--", "ping", "-c", "2", "-i", "0.2", address);
        ping.Must();
        (string output, string error) = await InterruptAsync(capture);

        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.Equal(2, lines.Count(line => line.Contains(" out [n1 > n3: a > c] ", StringComparison.Ordinal)
            && line.Contains("echo request", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.Contains(" in  [n3 > n1: c > a] ", StringComparison.Ordinal)
            && line.Contains("echo reply", StringComparison.Ordinal)));
        Assert.Contains("4 packets captured, 4 received by filter, 0 dropped by kernel", error, StringComparison.Ordinal);

        (CaptureReader reader, List<PacketDirection> directions) = Read(file);
        Assert.Equal(
            [PacketDirection.Outbound, PacketDirection.Inbound, PacketDirection.Outbound, PacketDirection.Inbound],
            directions);
        CaptureInterface only = Assert.Single(reader.Interfaces);
        Assert.Equal(("eth0", $"eth0 of n1 of lab {lab.Name}"), (only.Name, only.Description));
        Assert.Contains(reader.Names, name => name.Address.ToString() == address && name.Name == "c");
        InterfaceStatistics counted = Assert.Single(reader.Statistics);
        Assert.Equal((4ul, 0ul), (counted.Received, counted.Dropped));

        // The same filter on the file, where names come from the file.
        Ran all = await ShippedWeft.RunAsync(lab.RuntimeDirectory, ["decode", file, "inner host c and inbound"]);
        Assert.Equal(2, all.Must().Lines.Count);
        Ran none = await ShippedWeft.RunAsync(lab.RuntimeDirectory, ["decode", file, "not vxlan"]);
        Assert.Empty(none.Must().Lines);
    }

    [Fact]
    public async Task A_workload_is_captured_until_there_are_enough()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml());
        string address = await lab.AddressOfAsync("b");
        using Process capture = await StartAsync(lab, "a", "icmp", "-c", "3", "-o", "json");
        (await lab.LabAsync("exec", "a", "--", "ping", "-c", "3", "-i", "0.2", address)).Must();
        (string output, string error) = await EndAsync(capture);
        JsonElement[] packets =
        [
            .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line)),
        ];
        Assert.Equal(
            ["eth0 out a > b", "eth0 in b > a", "eth0 out a > b"],
            packets.Select(packet => $"{packet.GetProperty("interface")} {packet.GetProperty("direction")} "
                + string.Join(", ", packet.GetProperty("ways").EnumerateArray().Select(way => $"{way.GetProperty("from")} > {way.GetProperty("to")}"))));
        Assert.Contains("3 packets captured", error, StringComparison.Ordinal);

        Ran wrong = await lab.WeftAsync("capture", "a", "hosst b");
        Assert.Contains("'hosst' is no word of the language; is 'host' meant?", wrong.Must(2).Error, StringComparison.Ordinal);
        Ran nobody = await lab.WeftAsync("capture", "nobody");
        Assert.Contains("'nobody' is neither a member of lab", nobody.Must(1).Error, StringComparison.Ordinal);
        Ran link = await lab.WeftAsync("capture", "a", "-i", "eth7");
        Assert.Contains("a has no interface 'eth7'; it has lo, eth0", link.Must(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_interfaces_of_a_node_go_into_one_file()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml());
        string address = await lab.AddressOfAsync("c");
        string file = Path.Combine(lab.RuntimeDirectory, "all.pcapng");
        using Process capture = await StartAsync(lab, "n1", "icmp or inner icmp", "-i", "any", "-w", file);
        (await lab.LabAsync("exec", "a", "--", "ping", "-c", "1", address)).Must();
        _ = await InterruptAsync(capture);

        // The same request on the workload's link, in the tunnel device, and in VXLAN on the wire; so the answer.
        (CaptureReader reader, List<PacketDirection> directions) = Read(file);
        Assert.Equal(6, directions.Count);
        string[] names = [.. reader.Interfaces.Select(source => source.Name!)];
        Assert.Contains("eth0", names);
        Assert.Contains("vxlan.weft", names);
        Assert.Equal([2ul, 2ul, 2ul], reader.Statistics.Select(counted => counted.Received).Where(count => count > 0));
    }

    [Fact]
    public async Task A_capture_that_nobody_reads_any_more_ends()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml());
        using Process capture = await StartAsync(lab, "n1", "-i", "any");
        capture.StandardOutput.Close();
        _ = await lab.LabAsync("exec", "a", "--", "ping", "-c", "2", "-i", "0.2", await lab.AddressOfAsync("c"));
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(60));
        string error = await capture.StandardError.ReadToEndAsync(soon.Token);
        await capture.WaitForExitAsync(soon.Token);
        Assert.True(capture.ExitCode == 0, error);
        Assert.Contains("packets captured", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_capture_ends_with_the_lab()
    {
        RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml());
        await using (lab)
        {
            using Process capture = await StartAsync(lab, "n1", "arp");
            (await lab.LabAsync("down")).Must();
            (string _, string error) = await EndAsync(capture);
            Assert.Contains("interface eth0 is gone", error, StringComparison.Ordinal);
            Assert.Contains("packets captured", error, StringComparison.Ordinal);
        }
    }

    private static async Task<Process> StartAsync(RunningLab lab, params string[] arguments)
    {
        Process process = ShippedWeft.Start(lab.RuntimeDirectory, ["capture", .. arguments, "--lab", lab.Name]);
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(60));
        string? line = await process.StandardError.ReadLineAsync(soon.Token);
        Assert.StartsWith("weft: capturing on ", line, StringComparison.Ordinal);
        return process;
    }

    private static async Task<(string Output, string Error)> InterruptAsync(Process process)
    {
        _ = Tool.Run("kill", string.Create(CultureInfo.InvariantCulture, $"-TERM {process.Id}"));
        return await EndAsync(process);
    }

    private static async Task<(string Output, string Error)> EndAsync(Process process)
    {
        using CancellationTokenSource soon = new(TimeSpan.FromSeconds(60));
        string output = await process.StandardOutput.ReadToEndAsync(soon.Token);
        string error = await process.StandardError.ReadToEndAsync(soon.Token);
        await process.WaitForExitAsync(soon.Token);
        Assert.True(process.ExitCode == 0, error);
        return (output, error);
    }

    private static (CaptureReader Reader, List<PacketDirection> Directions) Read(string file)
    {
        CaptureReader reader = new();
        ReadOnlySpan<byte> rest = File.ReadAllBytes(file);
        List<PacketDirection> directions = [];
        CaptureStep step;
        while ((step = reader.Read(rest, isLast: true, out int consumed, out CapturedPacket packet)) == CaptureStep.Packet)
        {
            directions.Add(packet.Direction);
            rest = rest[consumed..];
        }

        Assert.Equal((CaptureStep.End, null), (step, reader.Problem));
        return (reader, directions);
    }
}
