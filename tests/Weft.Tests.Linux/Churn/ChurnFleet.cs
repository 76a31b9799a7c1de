using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Weft.Node.Calls;
using Weft.Tests.Linux.Crashes;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Churn;

/// <summary>Three nodes, the third behind a router, with the shipped binaries as processes of their own: a server, and an
/// agent on each node, all of which may be killed. State and sockets are on a small disk, which can be filled.</summary>
internal sealed class ChurnFleet : IDisposable
{
    private const int DiskMegabytes = 64;
    private const int BornMax = 60;
    private const int TellingMax = 3_000;

    private static readonly string[] Names = ["n1", "n2", "n3"];

    private readonly SmallDisk _disk = new(DiskMegabytes);
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"weft-t-{Environment.ProcessId}-c");
    private readonly string _logs = Directory.CreateTempSubdirectory("weft-t-").FullName;
    private readonly Dictionary<string, string> _environment = [];

    private ChurnFleet(string resources, bool fakesClock, IReadOnlyList<string> agentOptions)
    {
        Resources = resources;
        if (fakesClock)
        {
            Clock = new SteppingClock(Path.Combine(_logs, "clock"));
            _environment = new(Clock.Environment);
        }

        Server = ServerOn("server", ServerSocket);
        Agents = Names.ToDictionary(
            node => node,
            node => new FleetDaemon($"agent {node}", Path.Combine(_logs, node), _environment,
            [
                "agent", "--node", node, "--server", ServerSocket, "--state", StateOf(node), "--socket", SocketOf(node),
                "--netns", PathOf(node), .. agentOptions,
            ]),
            StringComparer.Ordinal);
    }

    /// <summary>The nodes' names.</summary>
    public static IReadOnlyList<string> Nodes => Names;

    /// <summary>What was applied beside the nodes.</summary>
    public string Resources { get; }

    /// <summary>The clock that all daemons read, if it can be stepped.</summary>
    public SteppingClock? Clock { get; }

    /// <summary>Variables of every process of the fleet, plugins among them.</summary>
    public IReadOnlyDictionary<string, string> Variables => _environment;

    /// <summary>The server.</summary>
    public FleetDaemon Server { get; }

    /// <summary>The agents, by node.</summary>
    public IReadOnlyDictionary<string, FleetDaemon> Agents { get; }

    /// <summary>All daemons.</summary>
    public IEnumerable<FleetDaemon> Daemons => [Server, .. Agents.Values];

    /// <summary>Where everything that must survive is kept.</summary>
    public SmallDisk Disk => _disk;

    /// <summary>The server's socket.</summary>
    public string ServerSocket => Path.Combine(_disk.Path, "server.sock");

    /// <summary>Makes the nodes, starts everything, and waits until every agent is ready.</summary>
    /// <param name="resources">Pools and the like.</param>
    /// <param name="fakesClock">Whether the daemons' wall clock can be stepped.</param>
    /// <param name="agentOptions">More options for every agent.</param>
    public static async Task<ChurnFleet> StartAsync(string resources, bool fakesClock, params string[] agentOptions)
    {
        ChurnFleet fleet = new(resources, fakesClock, agentOptions);
        try
        {
            fleet.Wire();
            fleet.Server.Start();
            await fleet.UntilAsync(async () => (await fleet.WeftAsync("get", "nodes")).ExitCode == 0, "the server answers");
            await fleet.ApplyAsync(NodesYaml() + resources);
            foreach (FleetDaemon agent in fleet.Agents.Values)
            {
                agent.Start();
            }

            await fleet.ReadyAsync();
            return fleet;
        }
        catch
        {
            fleet.Dispose();
            throw;
        }
    }

    /// <summary>The same server over the same store, on another socket; not started.</summary>
    public FleetDaemon ServerOn(string name, string socket, params string[] options) => new(
        name, Path.Combine(_logs, name), _environment,
        ["server", "--state", Path.Combine(_disk.Path, "server"), "--socket", socket, .. options]);

    /// <summary>The path of an agent's socket.</summary>
    public string SocketOf(string node) => Path.Combine(_disk.Path, $"{node}.sock");

    /// <summary>An agent's state directory.</summary>
    public string StateOf(string node) => Path.Combine(_disk.Path, node);

    /// <summary>An agent's journal.</summary>
    public string JournalOf(string node) => Path.Combine(StateOf(node), "addresses.journal");

    /// <summary>The name of the network namespace of a node or a container: of this fleet and of no other.</summary>
    public string NamespaceOf(string member) => _prefix + member;

    /// <summary>The path of it.</summary>
    public string PathOf(string member) => NetworkNamespace.PathOf(NamespaceOf(member));

    /// <summary>Runs <c>ip</c> on a node, or in a container; it must succeed.</summary>
    public string Ip(string member, string arguments) => Tool.Run("ip", $"-n {NamespaceOf(member)} {arguments}");

    /// <summary>Runs <c>weft</c> against the server.</summary>
    public Task<Ran> WeftAsync(params string[] arguments) =>
        ShippedWeft.RunAsync(_logs, [.. arguments, "--server", ServerSocket]);

    /// <summary><c>weft apply</c>; it must succeed.</summary>
    public async Task ApplyAsync(string yaml) =>
        (await ShippedWeft.RunAsync(_logs, ["apply", "-f", "-", "--server", ServerSocket], yaml)).Must();

    /// <summary>What <c>weft get KIND -o json</c> prints; none while there is no server.</summary>
    public async Task<JsonElement?> TryGetAsync(string kind) =>
        await WeftAsync("get", kind, "-o", "json") is { ExitCode: 0 } ran ? ran.Json : null;

    /// <summary>Every agent is ready, and says so.</summary>
    public Task ReadyAsync() => UntilAsync(
        async () =>
        {
            foreach (string node in Names)
            {
                AgentAnswer? answer = await AgentSocket.TryAskAsync(
                    SocketOf(node), new AgentCall { Command = AgentCommand.Status });
                if (answer?.Status is not { Ready: true, PlanRevision: > 0 })
                {
                    return false;
                }
            }

            return true;
        },
        "every agent is ready");

    /// <summary>Whether the agent of a node can know all that others were told before a moment: it and the server have run long
    /// enough since one of them was away. Who was away must be told first, and until then packets to its node may find no way
    /// back.</summary>
    /// <param name="node">The node.</param>
    /// <param name="moment">The moment, in milliseconds of the monotonic clock.</param>
    public bool IsInformed(string node, long moment)
    {
        long agent = Agents[node].UndisturbedSince;
        long server = Server.UndisturbedSince;
        return agent < moment - TellingMax && (server < moment - TellingMax || agent < server - TellingMax);
    }

    /// <summary>Waits for a condition; fails with what the daemons said when it does not come true in time.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition, string what, int seconds = BornMax)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed.TotalSeconds < seconds, $"not within {seconds} s: {what}\n{ReadLogs()}");
            await Task.Delay(20);
        }
    }

    /// <summary>The last lines of what every daemon said.</summary>
    public string ReadLogs() => string.Join('\n', Daemons.Select(daemon => daemon.ReadEndOfLog()));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FleetDaemon daemon in Daemons)
        {
            daemon.Dispose();
        }

        foreach (string name in NetworkNamespace.List().Where(n => n.StartsWith(_prefix, StringComparison.Ordinal)))
        {
            Assert.Null(NetworkNamespace.Delete(name));
        }

        _disk.Dispose();
        Directory.Delete(_logs, recursive: true);
    }

    private static int SegmentOf(string node) => node == "n3" ? 2 : 1;

    private static int NumberOf(string node) => node[1] - '0' + 1;

    private static string NodesYaml() => string.Concat(Names.Select(node => string.Create(CultureInfo.InvariantCulture, $$"""
        apiVersion: projectcalico.org/v3
        kind: Node
        metadata: {name: {{node}}}
        spec:
          bgp: {ipv4Address: 172.16.{{SegmentOf(node)}}.{{NumberOf(node)}}/24, ipv6Address: "fd00:{{SegmentOf(node)}}::{{NumberOf(node)}}/64"}
        ---

        """)));

    // Two segments, each a bridge of one router. Addresses that were looked at for duplicates long ago.
    private void Wire()
    {
        foreach (string member in (string[])["spine", .. Names])
        {
            Assert.Null(NetworkNamespace.Create(NamespaceOf(member), loopbackUp: true));
            Tool.Run("ip", $"netns exec {NamespaceOf(member)} sysctl -qw net.ipv6.conf.default.accept_dad=0");
        }

        Tool.Run("ip", $"netns exec {NamespaceOf("spine")} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
        foreach (int segment in (int[])[1, 2])
        {
            Ip("spine", $"link add rack{segment} up type bridge");
            Ip("spine", $"addr add 172.16.{segment}.1/24 dev rack{segment}");
            Ip("spine", $"addr add fd00:{segment}::1/64 dev rack{segment} nodad");
        }

        foreach (string node in Names)
        {
            int segment = SegmentOf(node);
            Ip("spine", $"link add {node} up master rack{segment} type veth peer name eth0 netns {NamespaceOf(node)}");
            Ip(node, "link set eth0 up");
            Ip(node, $"addr add 172.16.{segment}.{NumberOf(node)}/24 dev eth0");
            Ip(node, $"addr add fd00:{segment}::{NumberOf(node)}/64 dev eth0 nodad");
            Ip(node, $"route add default via 172.16.{segment}.1");
            Ip(node, $"-6 route add default via fd00:{segment}::1");
        }
    }
}
