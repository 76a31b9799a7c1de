using System;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Linux.Processes;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>What a lab shows of itself, and that its checks tell the truth.</summary>
public sealed class ShowAndRunTests
{
    private const string Lab = """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: shown}
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
            - {name: web, node: n1, serve: [{port: 80}]}
            - {name: near, node: n2, serve: [{port: 53, protocol: UDP}]}
            - {name: far, node: n3}
          checks:
            - {from: far, to: web, proto: tcp, port: 80, expect: reachable, seenAs: far}
            - {from: web, to: near, proto: udp, port: 53, expect: reachable, seenAs: web}
            - {from: near, to: far, proto: icmp, expect: reachable, seenAs: near}
            - {from: n2, to: web, proto: icmp, expect: reachable}
            - {from: web, to: 192.0.2.1, proto: icmp, expect: unreachable}
            - {from: spine, to: web, proto: tcp, port: 80, expect: unreachable}
        """;

    private const string Pool = """

        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/16, vxlanMode: CrossSubnet}
        """;

    [Fact]
    public async Task The_picture_the_routes_and_a_packets_way_are_what_the_kernel_has()
    {
        await using RunningLab lab = await RunningLab.StartAsync(Lab + Pool);
        string far = await lab.AddressOfAsync("far");
        string picture = (await lab.LabAsync("show")).Must().Output;
        foreach (string word in (string[])["spine (router)", "n1 (node)", "172.16.1.2", far])
        {
            Assert.Contains(word, picture, StringComparison.Ordinal);
        }

        Ran routes = (await lab.LabAsync("show", "--routes", "n1")).Must();
        Assert.Contains(routes.Lines, line => line.Contains("dev vxlan.weft", StringComparison.Ordinal) && line.Contains("via 172.16.2.2", StringComparison.Ordinal));
        Assert.Contains(routes.Lines, line => line.Contains("dev eth0", StringComparison.Ordinal) && line.Contains("via 172.16.1.3", StringComparison.Ordinal));

        Ran near = (await lab.LabAsync("show", "--way", "web", "near")).Must();
        Assert.DoesNotContain(near.Lines, line => line.Contains("VXLAN", StringComparison.Ordinal));
        Assert.Equal("near answered", near.Lines[^1]);

        Ran way = (await lab.LabAsync("show", "--way", "web", "far")).Must();
        Assert.Contains(way.Lines, line => line.StartsWith("spine", StringComparison.Ordinal) && line.Contains("VXLAN 4096", StringComparison.Ordinal));
        Assert.Equal("far answered", way.Lines[^1]);
    }

    [Fact]
    public async Task Checks_pass_where_the_file_is_right_and_fail_where_it_is_not()
    {
        await using RunningLab right = await RunningLab.StartAsync(Lab + Pool);
        Ran passed = (await right.LabAsync("check", "-o", "json")).Must();
        Assert.Equal(6, passed.Json.GetArrayLength());
        Assert.All(passed.Json.EnumerateArray(), check => Assert.True(check.GetProperty("passed").GetBoolean(), check.GetRawText()));

        string wrongs = Lab.Replace("expect: unreachable", "expect: reachable", StringComparison.Ordinal)
            .Replace("seenAs: near", "seenAs: web", StringComparison.Ordinal)
            .Replace("n2, to: web, proto: icmp, expect: reachable", "n2, to: web, proto: tcp, port: 81, expect: unreachable", StringComparison.Ordinal);
        await using RunningLab wrong = await RunningLab.StartAsync(wrongs + Pool);
        Ran failed = (await wrong.LabAsync("check", "-o", "json")).Must(1);
        Assert.Equal("weft: 4 of 6 checks failed", failed.Error.Trim());
        JsonElement[] checks = [.. failed.Json.EnumerateArray()];
        Assert.Equal([true, true, false, false, false, false], checks.Select(check => check.GetProperty("passed").GetBoolean()));
        Assert.Contains("instead of web", checks[2].GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("refused", checks[3].GetProperty("found").GetString());
    }

    [Fact]
    public async Task A_run_brings_a_lab_up_checks_it_and_leaves_nothing()
    {
        RunningLab lab = RunningLab.Prepare();
        await using (lab)
        {
            Ran run = (await lab.RunAsync(["lab", "run", "--name", lab.Name, "-f", "-", "-o", "json"], Lab + Pool)).Must();
            Assert.Equal(6, run.Json.GetArrayLength());
            Assert.Equal("[]", (await lab.RunAsync(["lab", "list", "-o", "json"])).Must().Output.Trim());
        }
    }

    [Fact]
    public async Task A_workload_that_is_applied_later_serves_what_its_annotation_says_and_goes_when_it_is_deleted()
    {
        await using RunningLab lab = await RunningLab.StartAsync(Lab + Pool);
        const string Late = """
            apiVersion: projectcalico.org/v3
            kind: WorkloadEndpoint
            metadata:
              name: late
              namespace: default
              annotations: {lab.weft.dev/serve: '[{"port": 7000}]'}
            spec: {node: n2}
            """;
        await lab.ApplyAsync(Late);
        string address = await lab.AddressOfAsync("late");
        Ran answer = (await lab.LabAsync("exec", "far", "--", "bash", "-c", $"exec 3<>/dev/tcp/{address}/7000; echo >&3; cat <&3")).Must();
        Assert.Equal("late", answer.Json.GetProperty("name").GetString());
        Assert.Equal(await lab.AddressOfAsync("far"), answer.Json.GetProperty("remote").GetProperty("ip").GetString());

        (await lab.WeftAsync("delete", "workload", "late", "--wait")).Must();
        (await lab.WeftAsync("get", "workload", "late")).Must(1);
        Assert.False(System.IO.File.Exists(lab.PathOf("late")));
    }

    [Fact]
    public async Task A_dead_server_and_a_dead_runtime_are_started_with_the_next_restart()
    {
        await using RunningLab lab = await RunningLab.StartAsync(Lab + Pool, "--processes");
        foreach (string argument in (string[])["lab-runtime", "server"])
        {
            int pid = Assert.Single(ProcessTable.All(), pid =>
                ProcessTable.ArgumentsOf(pid) is [_, string verb, ..] its && verb == argument
                && its.Any(word => word.StartsWith(lab.Folder, StringComparison.Ordinal)));
            using ProcessHandle? handle = ProcessHandle.Open(pid);
            Assert.Null(handle?.Signal(ProcessSignal.Kill));
            Assert.True(handle?.WaitForExit(TimeSpan.FromSeconds(10)));
        }

        (await lab.WeftAsync("get", "nodes")).Must(1);
        (await lab.LabAsync("restart", "n1")).Must();
        await lab.UntilAsync(async () => (await lab.LabAsync("check")).ExitCode == 0, "all checks pass again");
    }
}
