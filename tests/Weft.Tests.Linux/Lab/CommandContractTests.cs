using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>The corners of the command line that scripts rely on.</summary>
public sealed class CommandContractTests
{
    private const string OneNode =
        """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: one}
        spec:
          segments: [{name: rack1, cidrs: [172.16.1.0/24]}]
          nodes: [{name: n1, segment: rack1}]
          workloads: [{name: a, namespace: shop, node: n1}]
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/16}
        """;

    [Fact]
    public async Task Exec_becomes_the_command()
    {
        await using RunningLab lab = await RunningLab.StartAsync(OneNode);
        (await lab.LabAsync("exec", "a", "--", "sh", "-c", "exit 7")).Must(7);
        Ran read = await lab.RunAsync(["lab", "exec", "--name", lab.Name, "n1", "--", "cat"], "what was written\n");
        Assert.Equal("what was written\n", read.Must().Output);
        Ran inside = await lab.LabAsync("exec", "a", "--", "sh", "-c", "readlink /proc/self/ns/net; echo said >&2");
        Assert.Equal("said\n", inside.Must().Error);
        Assert.NotEqual(new FileInfo("/proc/self/ns/net").LinkTarget, inside.Output.Trim());
        (await lab.LabAsync("exec", "a", "--", "kill", "-0", "1")).Must();
        Assert.Contains("no-such-command", (await lab.LabAsync("exec", "a", "--", "no-such-command")).Must(1).Error, StringComparison.Ordinal);
        Assert.Contains("'b' is not a member", (await lab.LabAsync("exec", "b", "--", "true")).Must(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Labs_come_and_go_by_name()
    {
        await using RunningLab lab = RunningLab.Prepare();
        Assert.Equal("[]", (await lab.RunAsync(["lab", "list", "-o", "json"])).Must().Output.Trim());
        (await lab.LabAsync("down")).Must();
        (await lab.UpAsync(OneNode)).Must();
        JsonElement listed = (await lab.RunAsync(["lab", "list", "-o", "json"])).Must().Json;
        Assert.Equal(lab.Name, Assert.Single(listed.EnumerateArray()).GetProperty("name").GetString());

        // The name is taken, and what has it goes on.
        Ran again = (await lab.UpAsync(OneNode)).Must(1);
        Assert.StartsWith($"weft: lab '{lab.Name}' exists already", Assert.Single(again.ErrorLines), StringComparison.Ordinal);
        Assert.True((await lab.StatusAsync()).GetProperty("ready").GetBoolean());
        (await lab.LabAsync("down")).Must();
        (await lab.LabAsync("down")).Must();
        Assert.Equal("[]", (await lab.RunAsync(["lab", "list", "-o", "json"])).Must().Output.Trim());
        Assert.False(Directory.Exists(lab.Folder));
    }

    [Fact]
    public async Task A_lab_in_a_pipe_lets_go_of_it_and_its_daemons_are_called_weft()
    {
        // RunAsync ends only when both pipes are closed by everybody who had them.
        await using RunningLab lab = await RunningLab.StartAsync(OneNode, "--processes");
        JsonElement node = (await lab.StatusAsync()).GetProperty("nodes")[0];
        int agent = node.GetProperty("agentPid").GetInt32();
        IReadOnlyList<int> daemons = lab.Daemons();
        Assert.Contains(agent, daemons);
        Assert.Equal(3, daemons.Count);
        foreach (int pid in daemons)
        {
            Assert.Equal("weft\n", File.ReadAllText($"/proc/{pid}/comm"));
            string session = File.ReadAllText($"/proc/{pid}/stat").Split(' ')[5];
            Assert.Equal(FormattableString.Invariant($"{pid}"), session);
        }
    }

    [Fact]
    public async Task The_longest_names_fit_where_the_kernel_is_narrow()
    {
        _ = ShippedWeft.Path;

        // A short folder of its own: the promise is made for the default one, which is as short.
        string runtime = Directory.CreateTempSubdirectory("t").FullName;
        string name = $"t{Environment.ProcessId}".PadRight(60, 'l');
        string node = "n".PadRight(63, 'n');
        string segment = "s".PadRight(63, 's');
        string workload = "w".PadRight(63, 'w');
        try
        {
            string yaml = OneNode.Replace("rack1", segment, StringComparison.Ordinal).Replace("n1", node, StringComparison.Ordinal)
                .Replace("name: a,", $"name: {workload},", StringComparison.Ordinal);
            (await ShippedWeft.RunAsync(runtime, ["lab", "up", "--name", name, "-f", "-"], yaml)).Must();
            JsonElement status = (await ShippedWeft.RunAsync(runtime, ["lab", "status", "--name", name, "-o", "json"])).Must().Json;
            string socket = status.GetProperty("nodes")[0].GetProperty("agentSocket").GetString()!;
            Assert.True(Encoding.UTF8.GetByteCount(socket) <= 100 && Path.IsPathRooted(socket) && File.Exists(socket), socket);
            Assert.Equal($"weft-{name}-{workload}", status.GetProperty("workloads")[0].GetProperty("namespace").GetString());
            (await ShippedWeft.RunAsync(runtime, ["lab", "exec", "--name", name, workload, "--", "ping", "-c", "1", "-W", "5", "172.16.1.1"])).Must();
        }
        finally
        {
            Ran down = await ShippedWeft.RunAsync(runtime, ["lab", "down", "--name", name]);
            Directory.Delete(runtime, recursive: true);
            down.Must();
        }
    }

    [Fact]
    public async Task Resources_are_deleted_backwards_through_a_file_all_or_none()
    {
        await using RunningLab lab = await RunningLab.StartAsync(OneNode);
        string file = TwoRacks.Pool("p2", "cidr: 10.66.0.0/24") + "---\n" + TwoRacks.Pool("p3", "cidr: 10.67.0.0/24");
        Assert.Equal(["IPPool/p2 created", "IPPool/p3 created"], (await lab.ApplyAsync(file)).Lines);
        Ran refused = await lab.RunAsync(["delete", "-f", "-", "--lab", lab.Name], file + "---\n" + TwoRacks.Pool("p4", "cidr: 10.68.0.0/24"));
        Assert.Contains("p4", Assert.Single(refused.Must(1).ErrorLines), StringComparison.Ordinal);
        Assert.Equal(["default", "p2", "p3"], Names(await lab.GetAsync("pools")));
        Ran deleted = (await lab.RunAsync(["delete", "-f", "-", "--lab", lab.Name], file)).Must();
        Assert.Equal(["IPPool/p2 deleted", "IPPool/p3 deleted"], deleted.Lines);
        Assert.Equal(["default"], Names(await lab.GetAsync("pools")));
    }

    [Fact]
    public async Task Every_form_of_output_is_what_scripts_expect()
    {
        await using RunningLab lab = await RunningLab.StartAsync(OneNode);
        Assert.Equal("workloadendpoint/shop/a", (await lab.WeftAsync("get", "workloads", "-o", "name")).Must().Output.Trim(), ignoreCase: true);
        Assert.Equal(JsonValueKind.Object, (await lab.WeftAsync("get", "node", "n1", "-o", "json")).Must().Json.ValueKind);
        Assert.Equal(JsonValueKind.Array, (await lab.GetAsync("nodes")).ValueKind);
        Assert.Equal("[]", (await lab.WeftAsync("get", "workloads", "-n", "elsewhere", "-o", "json")).Must().Output.Trim());
        Assert.Contains("no-such", Assert.Single((await lab.WeftAsync("get", "node", "no-such")).Must(1).ErrorLines), StringComparison.Ordinal);

        // JSON is a manifest, and what is printed can be applied.
        Ran pool = (await lab.WeftAsync("get", "pool", "default", "-o", "json")).Must();
        Assert.Equal(["IPPool/default unchanged"], (await lab.ApplyAsync(pool.Output)).Lines);
        Ran yaml = (await lab.WeftAsync("get", "pool", "default", "-o", "yaml")).Must();
        Assert.Equal(["IPPool/default unchanged"], (await lab.ApplyAsync(yaml.Output)).Lines);
    }

    [Fact]
    public async Task A_watch_prints_one_object_a_line_as_things_happen()
    {
        await using RunningLab lab = await RunningLab.StartAsync(OneNode);
        using Process watch = ShippedWeft.Start(lab.RuntimeDirectory, ["get", "pools", "-w", "-o", "json", "--lab", lab.Name]);
        try
        {
            Assert.Equal(("ADDED", "default"), await NextAsync(watch));
            await lab.ApplyAsync(TwoRacks.Pool("p2", "cidr: 10.66.0.0/24"));
            Assert.Equal(("ADDED", "p2"), await NextAsync(watch));
            await lab.ApplyAsync(TwoRacks.Pool("p2", "cidr: 10.66.0.0/24, disabled: true"));
            Assert.Equal(("MODIFIED", "p2"), await NextAsync(watch));
            (await lab.WeftAsync("delete", "pool", "p2")).Must();
            Assert.Equal(("DELETED", "p2"), await NextAsync(watch));
        }
        finally
        {
            watch.Kill();
            watch.WaitForExit();
        }
    }

    private static async Task<(string Type, string Name)> NextAsync(Process watch)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        string? line = await watch.StandardOutput.ReadLineAsync(limit.Token);
        JsonElement frame = JsonSerializer.Deserialize<JsonElement>(line!);
        return (frame.GetProperty("type").GetString()!,
            frame.GetProperty("object").GetProperty("metadata").GetProperty("name").GetString()!);
    }

    private static IEnumerable<string> Names(JsonElement list) =>
        list.EnumerateArray().Select(item => item.GetProperty("metadata").GetProperty("name").GetString()!);
}
