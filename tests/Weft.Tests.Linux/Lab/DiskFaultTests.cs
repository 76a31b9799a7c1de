using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Node.Calls;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>A full disk, a torn journal, an unreadable store: refused with the mend named, nothing is lost, and packets
/// go on.</summary>
public sealed class DiskFaultTests(ITestOutputHelper output)
{
    private const int TriesMax = 300;

    [Fact]
    public async Task A_full_disk_refuses_what_it_cannot_hold_and_loses_nothing()
    {
        using SmallDisk disk = new(megabytes: 8);
        await using RunningLab lab = RunningLab.Prepare(disk.Path);
        (await lab.UpAsync(TwoRacks.Yaml(), "--processes")).Must();
        using UdpFlow flow = new(lab, await TwoRacks.FindAsync(lab, "a"), await TwoRacks.FindAsync(lab, "c"));
        using TestNamespace inside = new();
        disk.Fill();

        // Files that are longer than their content take some more: until the first refusal all is as usual.
        Ran? refused = null;
        int accepted = 0;
        while (refused is null && accepted < TriesMax)
        {
            Ran ran = await lab.RunAsync(
                ["apply", "-f", "-", "--lab", lab.Name],
                FormattableString.Invariant($"{{apiVersion: v1, kind: Namespace, metadata: {{name: ns{accepted}}}}}"));
            accepted += ran.ExitCode == 0 ? 1 : 0;
            refused = ran.ExitCode == 0 ? null : ran;
        }

        string line = Assert.Single((refused ?? throw new InvalidOperationException("the disk is not full")).Must(1).ErrorLines);
        Assert.Contains("no room left", line, StringComparison.Ordinal);
        Assert.Contains("free space in", line, StringComparison.Ordinal);
        Assert.Equal(accepted, await NamespacesAsync(lab));

        // No address is given out that is not on the disk.
        AgentAnswer? answer = null;
        for (int tries = 0; answer?.Fault is null && tries < TriesMax; tries++)
        {
            answer = await AskAsync(lab, tries % 2 == 0 ? AgentCommand.Add : AgentCommand.Del, inside);
        }

        Assert.Contains($"free space in {Path.GetDirectoryName(JournalOf(lab, "n1"))}", answer!.Fault?.Message, StringComparison.Ordinal);
        Assert.True((await lab.StatusAsync()).GetProperty("ready").GetBoolean());
        disk.Free();

        // The mend that was named is all that is needed.
        await lab.UntilAsync(async () => (await AskAsync(lab, AgentCommand.Add, inside)).Fault is null, "an address is given out again");
        await lab.ApplyAsync("{apiVersion: v1, kind: Namespace, metadata: {name: after}}\n" + TwoRacks.Workload("d", "n3"));
        Assert.Equal(accepted + 1, await NamespacesAsync(lab));
        (await lab.LabAsync("exec", "a", "--", "ping", "-c", "1", "-W", "5", await lab.AddressOfAsync("d"))).Must();
        Assert.Null((await AskAsync(lab, AgentCommand.Del, inside)).Fault);
        ExpectNoLoss(flow);
    }

    [Fact]
    public async Task A_journal_whose_last_record_is_torn_is_used_without_it()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml(), "--processes");
        (string Name, string Address) a = await TwoRacks.FindAsync(lab, "a");
        using UdpFlow flow = new(lab, a, await TwoRacks.FindAsync(lab, "c"));

        // The last record is of a workload that came and went; a crash tears the end of it off.
        await lab.ApplyAsync(TwoRacks.Workload("d", "n1"));
        (await lab.WeftAsync("delete", "workload", "d", "-n", "shop", "--wait")).Must();
        lab.Kill("agent", "--node", "n1");
        byte[] journal = File.ReadAllBytes(JournalOf(lab, "n1"));
        int last = journal.AsSpan(0, journal.Length - 1).LastIndexOf((byte)'\n') + 1;
        int cut = Random.Shared.Next(last + 1, journal.Length);
        output.WriteLine($"cut after byte {cut} of {journal.Length}; the last record begins at {last}");
        File.WriteAllBytes(JournalOf(lab, "n1"), journal[..cut]);

        (await lab.LabAsync("restart", "n1")).Must();
        Assert.Contains("the last record was cut off", lab.ReadLogs(), StringComparison.Ordinal);
        Assert.Equal(a.Address, await lab.AddressOfAsync("a"));
        await lab.ApplyAsync(TwoRacks.Workload("d", "n1"));
        string[] addresses = [.. (await lab.StatusAsync()).GetProperty("workloads").EnumerateArray()
            .Select(w => w.GetProperty("addresses")[0].GetString()!)];
        Assert.Equal(4, addresses.Distinct().Count());
        (await lab.LabAsync("exec", "c", "--", "ping", "-c", "1", "-W", "5", await lab.AddressOfAsync("d"))).Must();
        ExpectNoLoss(flow);
    }

    [Fact]
    public async Task A_journal_with_a_flipped_byte_is_refused_with_its_place_and_forwarding_goes_on()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml(), "--processes");
        using UdpFlow flow = new(lab, await TwoRacks.FindAsync(lab, "a"), await TwoRacks.FindAsync(lab, "c"));
        lab.Kill("agent", "--node", "n1");
        string path = JournalOf(lab, "n1");
        byte[] journal = File.ReadAllBytes(path);
        byte[] damaged = [.. journal];
        int record = damaged.AsSpan().IndexOf((byte)'\n') + 1;
        damaged[record + 30] ^= 0x01;
        File.WriteAllBytes(path, damaged);

        Ran refused = (await lab.LabAsync("restart", "n1")).Must(1);
        Assert.Contains($"{path}:2: the record does not match its checksum", refused.Error, StringComparison.Ordinal);
        Assert.Contains("Restore the file from a copy", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", lab.ReadLogs(), StringComparison.Ordinal);
        Assert.Equal(damaged, File.ReadAllBytes(path));
        (await lab.LabAsync("exec", "a", "--", "ping", "-c", "1", "-W", "5", await lab.AddressOfAsync("b"))).Must();

        File.WriteAllBytes(path, journal);
        (await lab.LabAsync("restart", "n1")).Must();
        await lab.ApplyAsync(TwoRacks.Workload("d", "n1"));
        (await lab.LabAsync("exec", "c", "--", "ping", "-c", "1", "-W", "5", await lab.AddressOfAsync("d"))).Must();
        ExpectNoLoss(flow);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4096)]
    public async Task An_unreadable_store_is_refused_with_the_mend_named_and_agents_go_on_without_it(int at)
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml(), "--processes");
        using UdpFlow flow = new(lab, await TwoRacks.FindAsync(lab, "a"), await TwoRacks.FindAsync(lab, "c"));
        string before = (await lab.GetAsync("workloads")).GetRawText();

        // A start moves the log into the database.
        (await lab.LabAsync("restart", "server")).Must();
        lab.Kill("server");
        Dictionary<string, byte[]> copy = Directory.EnumerateFiles(Path.Combine(lab.Folder, "server"), "*.db*").ToDictionary(
            file => file, File.ReadAllBytes);
        string store = copy.Keys.Single(file => file.EndsWith(".db", StringComparison.Ordinal));
        byte[] garbage = [.. copy[store]];
        new Random(7).NextBytes(garbage.AsSpan(at, 2048));
        File.WriteAllBytes(store, garbage);

        Ran refused = (await lab.LabAsync("restart", "server")).Must(1);
        Assert.Contains(store, refused.Error, StringComparison.Ordinal);
        Assert.Contains("restore it", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", lab.ReadLogs(), StringComparison.Ordinal);
        Assert.Equal(garbage, File.ReadAllBytes(store));

        // An agent that starts now has its plan and its journal, and needs no more.
        lab.Kill("agent", "--node", "n1");
        await lab.LabAsync("restart", "n1");
        await lab.UntilAsync(
            async () => (await lab.StatusAsync()).GetProperty("nodes").EnumerateArray().All(node => node.GetProperty("ready").GetBoolean()),
            "every agent is ready without the server");
        (await lab.LabAsync("exec", "a", "--", "ping", "-c", "1", "-W", "5", await lab.AddressOfAsync("b"))).Must();

        foreach ((string file, byte[] bytes) in copy)
        {
            File.WriteAllBytes(file, bytes);
        }

        (await lab.LabAsync("restart", "server")).Must();
        Assert.Equal(before, (await lab.GetAsync("workloads")).GetRawText());
        await lab.ApplyAsync(TwoRacks.Workload("d", "n1"));
        (await lab.LabAsync("exec", "c", "--", "ping", "-c", "1", "-W", "5", await lab.AddressOfAsync("d"))).Must();
        ExpectNoLoss(flow);
    }

    private static string JournalOf(RunningLab lab, string node) => Path.Combine(lab.Folder, "agents", node, "addresses.journal");

    private static void ExpectNoLoss(UdpFlow flow)
    {
        int lost = flow.StopAndCountLost();
        Assert.True(lost == 0, $"{flow.Label}: {lost} of {flow.Sent} lost");
    }

    private static async Task<int> NamespacesAsync(RunningLab lab) =>
        (await lab.GetAsync("namespaces")).EnumerateArray().Count(item => item.GetProperty("metadata").GetProperty("name").GetString() is ['n', 's', ..] or "after");

    // As a container runtime asks: on the agent's own socket.
    private static async Task<AgentAnswer> AskAsync(RunningLab lab, AgentCommand command, TestNamespace inside)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(lab.Folder, "n1.sock")));
        await using NetworkStream stream = new(socket);
        AgentCall call = new()
        {
            Command = command,
            Namespace = "shop",
            Workload = "direct",
            ContainerId = "c1",
            NetworkNamespace = inside.Path,
        };
        await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(call, CallJson.Default.AgentCall), (byte)'\n']);
        using StreamReader reader = new(stream, Encoding.UTF8);
        return JsonSerializer.Deserialize((await reader.ReadLineAsync())!, CallJson.Default.AgentAnswer)!;
    }
}
