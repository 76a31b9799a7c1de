using System;
using System.Diagnostics;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Crashes;

/// <summary>A lab that was killed at whatever moment is removed whole by <c>weft lab down</c>, and its name is free.
/// </summary>
[Collection(nameof(OneAtATime))]
public sealed class TakedownTests
{
    // Longer than bringing the lab up and down takes on an idle machine.
    private const int UpMax = 220;
    private const int DownMax = 60;

    // Made side by side: each must be known to whoever takes the lab down.
    private const int LaterWorkloads = 24;

    private const string Topology = """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: takedown}
        spec:
          segments:
            - {name: rack1, cidrs: [172.16.1.0/24]}
            - {name: rack2, cidrs: [172.16.2.0/24]}
          routers:
            - {name: spine, segments: [rack1, rack2]}
          nodes:
            - {name: n1, segment: rack1}
            - {name: n2, segment: rack2}
          workloads:
            - {name: web, namespace: shop, node: n1, serve: [{port: 80, protocol: TCP}]}
            - {name: db, namespace: shop, node: n2}
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/16, vxlanMode: CrossSubnet}
        """;

    [Fact]
    public async Task A_lab_that_is_killed_while_it_comes_up_is_removed_whole()
    {
        Random random = new(CrashRun.Seed());
        await using RunningLab lab = RunningLab.Prepare();
        for (int i = 0; i < CrashRun.Points(30); i++)
        {
            string[] options = i % 2 == 0 ? [] : ["--processes"];
            using Process up = ShippedWeft.Start(
                lab.RuntimeDirectory, ["lab", "up", "--name", lab.Name, "-f", "-", .. options]);
            await up.StandardInput.WriteAsync(Topology);
            up.StandardInput.Close();
            int moment = random.Next(UpMax);
            bool everything = random.Next(2) == 0;
            await Task.Delay(moment, TestContext.Current.CancellationToken);
            await KillAsync(up);
            LabDaemons.Kill(everything ? LabDaemons.Of(lab) : []);
            (await lab.LabAsync("down")).Must();
            string what = everything ? "everything" : "the command alone";
            Leftovers.None(lab, $"kill {i}, {moment} ms after the start, of {what} {string.Join(' ', options)}");
        }

        (await lab.UpAsync(Topology)).Must();
    }

    [Fact]
    public async Task A_lab_whose_taking_down_is_killed_is_removed_whole_by_the_next()
    {
        Random random = new(CrashRun.Seed());
        await using RunningLab lab = RunningLab.Prepare();
        for (int i = 0; i < CrashRun.Points(15); i++)
        {
            (await lab.UpAsync(Topology, i % 2 == 0 ? [] : ["--processes"])).Must();
            using Process down = ShippedWeft.Start(lab.RuntimeDirectory, ["lab", "down", "--name", lab.Name]);
            int moment = random.Next(DownMax);
            await Task.Delay(moment, TestContext.Current.CancellationToken);
            await KillAsync(down);
            (await lab.LabAsync("down")).Must();
            Leftovers.None(lab, $"kill {i}, {moment} ms after the start");
        }
    }

    [Fact]
    public async Task A_lab_whose_processes_were_all_killed_is_removed_whole_with_the_workloads_that_came_later()
    {
        await using RunningLab lab = await RunningLab.StartAsync(Topology, "--processes");
        await lab.ApplyAsync(string.Join("---\n", Enumerable.Range(0, LaterWorkloads).Select(i => $$"""
            apiVersion: projectcalico.org/v3
            kind: WorkloadEndpoint
            metadata: {name: later{{i}}, namespace: shop}
            spec: {node: n1, workload: later{{i}}, endpoint: eth0}

            """)));
        JsonElement workloads = (await lab.StatusAsync()).GetProperty("workloads");
        Assert.Equal(2 + LaterWorkloads, workloads.GetArrayLength());
        LabDaemons.Kill(LabDaemons.Of(lab));
        (await lab.LabAsync("down")).Must();
        Leftovers.None(lab, "a kill of everything");
        (await lab.LabAsync("down")).Must();
    }

    // A child of this process is for .NET to bury, and for nobody else.
    private static async Task KillAsync(Process command)
    {
        command.Kill();
        await command.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
