using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Crashes;

/// <summary>A lab under traffic, in which something dies again and again: what the tests of it share.</summary>
internal sealed class CrashRun : IAsyncDisposable
{
    private const int PacketsPerSecond = 12_000;

    // Below this the test would not show what it says; the goal lies above, for machines that are busy.
    private const int PacketsPerSecondMin = 10_000;

    private const int FirstPort = 20_000;

    private const string Topology = """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: crashes}
        spec:
          segments:
            - {name: rack1, cidrs: [172.16.1.0/24]}
            - {name: rack2, cidrs: [172.16.2.0/24]}
          routers:
            - {name: spine, segments: [rack1, rack2]}
          nodes:
            - {name: n1, segment: rack1}
            - {name: n2, segment: rack1}
            - {name: n3, segment: rack2}
          workloads:
            - {name: web, namespace: shop, node: n1}
            - {name: cart, namespace: shop, node: n1}
            - {name: db, namespace: shop, node: n2}
            - {name: search, namespace: shop, node: n3}
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/16, vxlanMode: CrossSubnet}
        """;

    private CrashRun(RunningLab lab, IReadOnlyList<SettledWorkload> workloads, int seed)
    {
        (Lab, Workloads, Random) = (lab, workloads, new Random(seed));
        Watch = KernelWatch.Open(lab, Nodes, workloads);
        Traffic = PacedTraffic.Start(
            [
                Flow(0, "on one node", "web", "cart"),
                Flow(1, "plain", "web", "db"),
                Flow(2, "in VXLAN", "cart", "search"),
                Flow(3, "in VXLAN, the other way", "search", "db"),
            ],
            PacketsPerSecond);
    }

    public static IReadOnlyList<string> Nodes { get; } = ["n1", "n2", "n3"];

    public RunningLab Lab { get; }

    public IReadOnlyList<SettledWorkload> Workloads { get; }

    public Random Random { get; }

    public KernelWatch Watch { get; }

    public PacedTraffic Traffic { get; }

    /// <summary>The seed of a test: given in <c>WEFT_CRASH_SEED</c>, or new; it is in the test's output.</summary>
    public static int Seed()
    {
        int seed = Number("WEFT_CRASH_SEED") ?? Random.Shared.Next();
        Say(FormattableString.Invariant($"WEFT_CRASH_SEED={seed}"));
        return seed;
    }

    /// <summary>How often something dies: given in <c>WEFT_CRASH_POINTS</c>, or as said.</summary>
    public static int Points(int otherwise) => Number("WEFT_CRASH_POINTS") ?? otherwise;

    /// <summary>Writes a line into the test's output.</summary>
    public static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    /// <summary>Brings the lab up and begins to send.</summary>
    public static async Task<CrashRun> StartAsync(int seed, params string[] options)
    {
        RunningLab lab = await RunningLab.StartAsync(Topology, options);
        try
        {
            JsonElement workloads = (await lab.StatusAsync()).GetProperty("workloads");
            return new CrashRun(lab, [.. workloads.EnumerateArray().Select(Settled)], seed);
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets a random time pass: the moment of a crash must not depend on what was done before.</summary>
    public Task PassAsync(int millisecondsMax) => Task.Delay(Random.Next(millisecondsMax));

    /// <summary>Packets of every flow arrive now.</summary>
    public async Task PacketsArriveAsync()
    {
        IReadOnlyList<long> before = Traffic.Arrived;
        await Lab.UntilAsync(
            () => Task.FromResult(Traffic.Arrived.Zip(before).All(flow => flow.First > flow.Second)), "packets arrive");
    }

    /// <summary>Nothing that was right has been written again.</summary>
    public void NothingWasRewritten(string since)
    {
        IReadOnlyList<string> heard = Watch.Fetch();
        Assert.True(heard.Count == 0, $"since {since}:\n{string.Join('\n', heard)}");
    }

    /// <summary>Every packet arrived once, at the pace that was promised.</summary>
    public void NothingWasLost()
    {
        string lost = Traffic.Finish();
        Say(Traffic.ToString());
        Assert.True(lost.Length == 0, lost);
        Assert.True(Traffic.PacketsPerSecond >= PacketsPerSecondMin, Traffic.ToString());
    }

    /// <summary>When all is quiet, journals, store, kernels and namespaces say the same.</summary>
    public async Task AddressesAgreeAsync()
    {
        IReadOnlyList<string> faults = [];
        try
        {
            await Lab.UntilAsync(
                async () => (faults = await AddressAudit.FindFaultsAsync(Lab, Nodes, Workloads)).Count == 0,
                "the addresses agree");
        }
        catch when (faults.Count > 0)
        {
            Assert.Fail(string.Join('\n', faults) + '\n' + Lab.ReadLogs());
        }

        // And Weft says so itself.
        Assert.Contains("agree", (await Lab.WeftAsync("ipam", "check")).Must().Output, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Traffic.Dispose();
        Watch.Dispose();
        await Lab.DisposeAsync();
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out int number) ? number : null;

    private static SettledWorkload Settled(JsonElement workload) => new(
        workload.GetProperty("name").GetString()!,
        workload.GetProperty("node").GetString()!,
        workload.GetProperty("addresses")[0].GetString()!,
        workload.GetProperty("hostInterface").GetString()!);

    private NumberedFlow Flow(int number, string name, string from, string to) => new(
        name,
        Lab.PathOf(from),
        Lab.PathOf(to),
        new IPEndPoint(IPAddress.Parse(Workloads.Single(w => w.Name == to).Address), FirstPort + number));
}
