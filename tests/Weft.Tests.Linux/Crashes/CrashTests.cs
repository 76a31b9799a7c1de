using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Crashes;

/// <summary>Daemons that are killed at random moments, under traffic and while workloads come and go: no packet of
/// settled workloads is lost, nothing that is right is written again, no address leaks or is given twice.</summary>
[Collection(nameof(OneAtATime))]
public sealed class CrashTests
{
    private const int BeforeMax = 120;
    private const int DeadMax = 40;
    private const int MakingMax = 12;

    [Fact]
    public async Task A_killed_agent_loses_no_packet_rewrites_nothing_and_leaks_no_address()
    {
        int seed = CrashRun.Seed();
        await using CrashRun run = await CrashRun.StartAsync(seed, "--processes");
        await using WorkloadChurn churn = WorkloadChurn.Start(run.Lab, CrashRun.Nodes, seed);
        string point = "the start";
        for (int i = 0; i < CrashRun.Points(50); i++)
        {
            string node = CrashRun.Nodes[run.Random.Next(CrashRun.Nodes.Count)];
            await run.PassAsync(BeforeMax);
            run.NothingWasRewritten(point);
            point = FormattableString.Invariant($"kill {i}, of {node}");
            run.Traffic.Mark(point);
            LabDaemons.Kill([AgentOf(run.Lab, node)]);
            await run.PassAsync(DeadMax);
            (await run.Lab.LabAsync("restart", node)).Must();
        }

        await churn.StopAsync();
        CrashRun.Say($"{churn.ByResources} workloads by resources, {churn.ByCalls} by calls");
        await run.AddressesAgreeAsync();
        run.NothingWasRewritten(point);
        run.NothingWasLost();
    }

    [Fact]
    public async Task An_agent_that_is_killed_while_it_starts_starts_again()
    {
        int seed = CrashRun.Seed();
        await using CrashRun run = await CrashRun.StartAsync(seed, "--processes");
        await using WorkloadChurn churn = WorkloadChurn.Start(run.Lab, CrashRun.Nodes, seed);
        for (int i = 0; i < CrashRun.Points(10); i++)
        {
            run.Traffic.Mark(FormattableString.Invariant($"start {i}"));
            LabDaemons.Kill([AgentOf(run.Lab, "n1")]);
            Task<Ran> starting = run.Lab.LabAsync("restart", "n1");
            int? born = null;
            await run.Lab.UntilAsync(
                () => Task.FromResult((born = LabDaemons.AgentOf(run.Lab, "n1")) is not null), "the agent starts");
            await run.PassAsync(DeadMax);
            LabDaemons.Kill([born!.Value]);
            Ran interrupted = await starting;
            Assert.True(interrupted.ExitCode is 0 or 1, interrupted.ToString());
            (await run.Lab.LabAsync("restart", "n1")).Must();
        }

        await churn.StopAsync();
        await run.AddressesAgreeAsync();
        run.NothingWasRewritten("the start");
        run.NothingWasLost();
    }

    [Fact]
    public async Task A_killed_server_stops_no_packet_and_comes_back_with_any_restart()
    {
        int seed = CrashRun.Seed();
        await using CrashRun run = await CrashRun.StartAsync(seed, "--processes");
        await using WorkloadChurn churn = WorkloadChurn.Start(run.Lab, CrashRun.Nodes, seed, serverDies: true);
        for (int i = 0; i < CrashRun.Points(10); i++)
        {
            await run.PassAsync(BeforeMax);
            run.Traffic.Mark(FormattableString.Invariant($"kill {i}, of the server"));
            LabDaemons.Kill([LabDaemons.ServerOf(run.Lab) ?? throw new InvalidOperationException("no server")]);
            await run.PassAsync(DeadMax);
            string any = CrashRun.Nodes[run.Random.Next(CrashRun.Nodes.Count)];
            (await run.Lab.LabAsync("restart", i % 2 == 0 ? "server" : any)).Must();
            (await run.Lab.WeftAsync("get", "nodes")).Must();
        }

        await churn.StopAsync();
        await run.AddressesAgreeAsync();
        run.NothingWasRewritten("the start");
        run.NothingWasLost();
    }

    [Theory]
    [InlineData]
    [InlineData("--processes")]
    public async Task Forwarding_goes_on_when_everything_is_killed_and_restart_brings_everything_back(
        params string[] options)
    {
        ArgumentNullException.ThrowIfNull(options);
        int seed = CrashRun.Seed();
        await using CrashRun run = await CrashRun.StartAsync(seed, options);
        await using WorkloadChurn churn = WorkloadChurn.Start(run.Lab, CrashRun.Nodes, seed, serverDies: true);
        for (int i = 0; i < CrashRun.Points(5); i++)
        {
            await run.PassAsync(BeforeMax);
            run.Traffic.Mark(FormattableString.Invariant($"kill {i}, of everything"));
            IReadOnlyList<int> daemons = LabDaemons.Of(run.Lab);
            Assert.Equal(options.Length == 0 ? 2 : 5, daemons.Count);
            LabDaemons.Kill(daemons);
            await run.PacketsArriveAsync();
            Assert.Empty(LabDaemons.Of(run.Lab));
            foreach (string node in options.Length == 0 ? CrashRun.Nodes.Take(1) : CrashRun.Nodes)
            {
                (await run.Lab.LabAsync("restart", node)).Must();
            }

            await run.Lab.UntilAsync(
                async () => (await run.Lab.StatusAsync()).GetProperty("nodes").EnumerateArray()
                    .All(node => node.GetProperty("ready").GetBoolean()),
                "all agents are ready");
        }

        await churn.StopAsync();
        await run.AddressesAgreeAsync();
        run.NothingWasRewritten("the start");
        run.NothingWasLost();
    }

    [Fact]
    public async Task A_container_runtime_that_is_killed_while_it_makes_workloads_finishes_them()
    {
        int seed = CrashRun.Seed();
        await using CrashRun run = await CrashRun.StartAsync(seed, "--processes");
        for (int i = 0; i < CrashRun.Points(12); i++)
        {
            run.Traffic.Mark(FormattableString.Invariant($"kill {i}, of the runtime"));
            string name = FormattableString.Invariant($"made{i}");
            string yaml = $$"""
                apiVersion: projectcalico.org/v3
                kind: WorkloadEndpoint
                metadata: {name: {{name}}, namespace: shop}
                spec: {node: n2, workload: {{name}}, endpoint: eth0}
                """;
            (await run.Lab.RunAsync(["apply", "--lab", run.Lab.Name, "-f", "-"], yaml)).Must();
            await run.PassAsync(MakingMax);
            LabDaemons.Kill([LabDaemons.RuntimeOf(run.Lab) ?? throw new InvalidOperationException("no runtime")]);
            (await run.Lab.LabAsync("restart", "n2")).Must();
            await run.Lab.ApplyAsync(yaml);
            Ran get = await run.Lab.WeftAsync("get", "workload", name, "-n", "shop", "-o", "json");
            JsonElement made = get.Must().Json;
            Assert.NotEmpty(made.GetProperty("spec").GetProperty("ipNetworks").EnumerateArray());

            // Written when it was made, when it was connected, and once more at most: nobody tries again and again.
            Assert.InRange(made.GetProperty("metadata").GetProperty("generation").GetInt32(), 1, 3);
            (await run.Lab.WeftAsync("delete", "--wait", "workload", name, "-n", "shop")).Must();
        }

        await run.AddressesAgreeAsync();
        run.NothingWasRewritten("the start");
        run.NothingWasLost();
    }

    [Fact]
    public async Task The_instruments_notice_a_route_that_is_written_and_a_packet_that_is_lost()
    {
        await using CrashRun run = await CrashRun.StartAsync(CrashRun.Seed());
        run.NothingWasRewritten("the start");
        await run.PacketsArriveAsync();
        SettledWorkload cart = run.Workloads.Single(w => w.Name == "cart");
        run.Lab.Ip("n1", $"route del {cart.Address}");
        List<string> heard = [];
        await run.Lab.UntilAsync(
            () =>
            {
                heard.AddRange(run.Watch.Fetch());
                return Task.FromResult(heard.Count >= 2);
            },
            "the route is written again");
        Assert.All(heard, line => Assert.Contains(cart.Address, line, StringComparison.Ordinal));
        string lost = run.Traffic.Finish();
        Assert.Contains("on one node", lost, StringComparison.Ordinal);
        Assert.DoesNotContain("plain", lost, StringComparison.Ordinal);
    }

    private static int AgentOf(RunningLab lab, string node) =>
        LabDaemons.AgentOf(lab, node) ?? throw new InvalidOperationException($"{node} has no agent\n{lab.ReadLogs()}");
}

/// <summary>Tests that count packets, or that run many processes, share the machine with no other test.</summary>
[CollectionDefinition(nameof(OneAtATime), DisableParallelization = true)]
[SuppressMessage("Design", "CA1515", Justification = "xunit finds public types")]
public sealed class OneAtATime;
