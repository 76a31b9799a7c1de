using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Data.Sqlite;
using Weft.Node.Calls;
using Weft.Tests.Linux.Crashes;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Ipam;

/// <summary><c>weft ipam</c> on a lab: leaks made for real, a store that lost something, an agent that is down.</summary>
public sealed class IpamCommandTests
{
    [Fact]
    public async Task A_lab_that_is_well_agrees_on_every_address_and_says_how_they_are_used()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml());
        Ran check = (await lab.WeftAsync("ipam", "check")).Must();
        Assert.StartsWith("6 addresses in use, 3 nodes asked.", check.Lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Store, journals and kernels agree at revision ", check.Lines[1], StringComparison.Ordinal);
        JsonElement pool = (await lab.WeftAsync("ipam", "show", "-o", "json")).Must().Json.GetProperty("pools")[0];
        Assert.Equal((65536, 3, 6), (pool.GetProperty("size").GetInt32(), pool.GetProperty("blocks").GetInt32(), pool.GetProperty("inUse").GetInt32()));
        Assert.All(
            pool.GetProperty("nodes").EnumerateArray().SelectMany(node => node.GetProperty("blocks").EnumerateArray()),
            block => Assert.Equal((1, 1, 62), (block.GetProperty("workloads").GetInt32(), block.GetProperty("tunnels").GetInt32(), block.GetProperty("free").GetInt32())));
        Assert.Equal(4, (await lab.WeftAsync("ipam", "show", "--blocks")).Must().Lines.Count);
        string address = await lab.AddressOfAsync("a");
        Assert.StartsWith(
            $"{address} is used by workload shop/a/eth0 on Node n1 since 20",
            (await lab.WeftAsync("ipam", "show", "--ip", address)).Must().Output,
            StringComparison.Ordinal);
        Assert.Contains("""ipam_allocations_in_use{ippool="default",node="n1"} 2""", await MetricsAsync(lab), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_leaked_address_is_found_refused_while_in_use_and_freed_on_request()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml());
        string address;
        using (TestNamespace inside = new())
        {
            AgentAnswer added = await AddAsync(lab, "n1", "job", inside.Path);
            address = added.Connection!.Addresses[0].Address.ToString();
            Ran refused = (await lab.WeftAsync("ipam", "release", "--ip", address)).Must(1);
            Assert.Equal($"weft: shop/job/eth0 uses {address}: its link {added.Connection.HostInterface} is there", refused.ErrorLines.Single());
        }

        JsonElement problem = default;
        await lab.UntilAsync(
            async () =>
            {
                JsonElement[] found = [.. (await lab.WeftAsync("ipam", "check", "-o", "json")).Must().Json.GetProperty("problems").EnumerateArray()];
                problem = found.FirstOrDefault();
                return found.Length == 1 && problem.GetProperty("kind").GetString() == "Leaked";
            },
            "the check tells of the leak, and of nothing else");
        Assert.Equal(
            (address, "n1", true),
            (problem.GetProperty("address").GetString(), problem.GetProperty("node").GetString(), problem.GetProperty("mendsItself").GetBoolean()));
        Assert.Equal(
            $"{address} of shop/job/eth0 on n1 is free",
            (await lab.WeftAsync("ipam", "release", "--ip", address, "--wait")).Must().Lines.Single());
        Assert.DoesNotContain("job", (await lab.WeftAsync("get", "workloads", "-o", "name")).Must().Output, StringComparison.Ordinal);
        Ran again = (await lab.WeftAsync("ipam", "release", "--ip", address)).Must(1);
        Assert.Equal($"weft: {address} is nobody's: it is free", again.ErrorLines.Single());
        Assert.Contains("agree", (await lab.WeftAsync("ipam", "check")).Must().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_lost_an_endpoint_or_a_block_has_it_again_from_the_agents_and_everybody_keeps_his_address()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml(), "--processes");
        using TestNamespace inside = new();
        await AddAsync(lab, "n1", "job", inside.Path);
        await lab.UntilAsync(async () => (await lab.WeftAsync("get", "workloads", "-o", "name")).Must().Output.Contains("job", StringComparison.Ordinal), "job is published");
        await DamageAsync(lab, "WorkloadEndpoint", "%job%");
        await lab.UntilAsync(async () => (await lab.WeftAsync("ipam", "check")) is { ExitCode: 0 } check && check.Output.Contains("agree", StringComparison.Ordinal), "the endpoint is in the store again");
        Assert.Contains("job", (await lab.WeftAsync("get", "workloads", "-o", "name")).Must().Output, StringComparison.Ordinal);

        string block = (await lab.GetAsync("blocks")).EnumerateArray()
            .Single(b => b.GetProperty("spec").GetProperty("affinity").GetString() == "host:n2").GetProperty("metadata").GetProperty("name").GetString()!;
        await DamageAsync(lab, "IPAMBlock", block);
        await lab.UntilAsync(
            async () => (await lab.GetAsync("blocks")).EnumerateArray().Any(b => b.GetProperty("metadata").GetProperty("name").GetString() == block
                && b.GetProperty("spec").GetProperty("affinity").GetString() == "host:n2" && !b.GetProperty("spec").TryGetProperty("announcing", out _)),
            "the block is n2's again");
        await lab.UntilAsync(async () => (await lab.WeftAsync("ipam", "check")).ExitCode == 0, "all agree");
        (await lab.LabAsync("check")).Must();
    }

    [Fact]
    public async Task A_store_that_was_made_anew_gives_a_block_to_the_node_whose_workloads_use_it()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml(), "--processes");
        using TestNamespace inside = new();
        string address = (await AddAsync(lab, "n2", "job", inside.Path)).Connection!.Addresses.Single().Address.ToString();
        LabDaemons.Kill([LabDaemons.ServerOf(lab)!.Value]);
        foreach (string file in StoreFiles(lab).SelectMany(store => new[] { store, $"{store}-wal", $"{store}-shm" }))
        {
            File.Delete(file);
        }

        (await lab.LabAsync("restart", "server")).Must();
        Assert.Empty((await lab.GetAsync("blocks")).EnumerateArray());

        // n2 had the second block. The others are no slower than it.
        (await lab.ApplyAsync(TwoRacks.Pool("CrossSubnet") + """
            ---
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata: {name: n1}
            spec: {bgp: {ipv4Address: 172.16.1.2/24}}
            ---
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata: {name: n2}
            spec: {bgp: {ipv4Address: 172.16.1.3/24}}
            ---
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata: {name: n3}
            spec: {bgp: {ipv4Address: 172.16.2.2/24}}
            """)).Must();
        await lab.UntilAsync(
            async () => (await lab.WeftAsync("ipam", "show", "--ip", address)).Output.StartsWith(
                $"{address} is used by workload shop/job/eth0 on Node n2 since", StringComparison.Ordinal)
                && (await lab.WeftAsync("ipam", "check")) is { ExitCode: 0 } check && check.Output.Contains("agree", StringComparison.Ordinal),
            "job has its address, and all agree");
        Assert.Contains("in n2's block", (await lab.WeftAsync("ipam", "show", "--ip", address)).Must().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_is_down_is_named_and_no_address_of_it_is_freed_without_it()
    {
        await using RunningLab lab = await RunningLab.StartAsync(TwoRacks.Yaml(), "--processes");
        LabDaemons.Kill([LabDaemons.AgentOf(lab, "n2")!.Value]);
        string address = await lab.AddressOfAsync("b");
        await lab.UntilAsync(async () => (await lab.WeftAsync("ipam", "check")).ExitCode == 1, "the server sees that the agent is gone");
        JsonElement check = (await lab.WeftAsync("ipam", "check", "-o", "json")).Must(1).Json;
        Assert.Equal(["n2"], check.GetProperty("away").EnumerateArray().Select(node => node.GetString()));
        Assert.Equal(["Away"], check.GetProperty("problems").EnumerateArray().Select(p => p.GetProperty("kind").GetString()));
        Assert.Contains(check.GetProperty("addresses").EnumerateArray(), a => a.GetProperty("address").GetString() == address);
        Assert.StartsWith(
            $"weft: the agent of n2 is away, and only it can prove that nobody uses {address}",
            (await lab.WeftAsync("ipam", "release", "--ip", address)).Must(1).ErrorLines.Single(),
            StringComparison.Ordinal);
        (await lab.LabAsync("restart", "n2")).Must();
        (await lab.WeftAsync("ipam", "check")).Must();
    }

    private static async Task<AgentAnswer> AddAsync(RunningLab lab, string node, string workload, string path)
    {
        string socket = (await lab.StatusAsync()).GetProperty("nodes").EnumerateArray()
            .Single(n => n.GetProperty("name").GetString() == node).GetProperty("agentSocket").GetString()!;
        AgentAnswer? answer = await AgentSocket.TryAskAsync(socket, new AgentCall
        {
            Command = AgentCommand.Add,
            Namespace = "shop",
            Workload = workload,
            ContainerId = "c1",
            NetworkNamespace = path,
        });
        Assert.True(answer is { Fault: null }, answer?.Fault?.ToString());
        return answer!;
    }

    private static string[] StoreFiles(RunningLab lab) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(lab.Folder, "server"), "*", SearchOption.AllDirectories)
            .Where(path => Path.GetExtension(path) is not ("-wal" or "-shm") && File.ReadAllBytes(path).AsSpan().StartsWith("SQLite format 3"u8)),
    ];

    // The server is dead meanwhile: nobody else has the file open.
    private static async Task DamageAsync(RunningLab lab, string kind, string name)
    {
        LabDaemons.Kill([LabDaemons.ServerOf(lab)!.Value]);
        string file = StoreFiles(lab).Single();
        SqliteConnectionStringBuilder place = new() { DataSource = file, Pooling = false };
        await using (SqliteConnection connection = new(place.ToString()))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "DELETE FROM objects WHERE kind = $kind AND name LIKE $name";
            command.Parameters.AddWithValue("$kind", kind);
            command.Parameters.AddWithValue("$name", name);
            Assert.Equal(1, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        (await lab.LabAsync("restart", "server")).Must();
    }

    private static async Task<string> MetricsAsync(RunningLab lab)
    {
        using HttpClient client = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellation) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(lab.Folder, "server.api.sock")), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        return await client.GetStringAsync(new Uri("http://weft/metrics"), CancellationToken.None);
    }
}
