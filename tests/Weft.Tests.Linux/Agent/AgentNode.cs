using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Weft.Agent;
using Weft.Linux.Namespaces;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Weft.Plan;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Linux.Agent;

/// <summary>A node of a test: a namespace with an underlay interface, an agent that starts from a plan on disk, and no
/// server.</summary>
internal sealed class AgentNode : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("weft-t-").FullName;
    private AgentHost? _agent;

    public AgentNode(string name, string? ipv4, string? ipv6 = null)
    {
        Name = name;
        Ipv4 = ipv4 is null ? null : IpInterfaceAddress.Parse(ipv4);
        Ipv6 = ipv6 is null ? null : IpInterfaceAddress.Parse(ipv6);
    }

    public string Name { get; }

    /// <summary>How long a workload that is gone keeps its address.</summary>
    public TimeSpan LeakGrace { get; init; } = AgentBrain.LeakGraceDefault;

    public IpInterfaceAddress? Ipv4 { get; }

    public IpInterfaceAddress? Ipv6 { get; }

    /// <summary>The node's IPv4 address.</summary>
    public IpInterfaceAddress Address => Ipv4!.Value;

    public TestNamespace Namespace { get; } = new();

    public ConcurrentQueue<string> Log { get; } = new();

    public string RecordPath => Path.Combine(_directory, "recording.jsonl");

    public string SocketPath => Path.Combine(_directory, "agent.sock");

    /// <summary>Where the agent looks for a server; nobody listens there unless the test does.</summary>
    public string ServerPath => Path.Combine(_directory, "server");

    public string JournalPath => Path.Combine(_directory, "state", "addresses.journal");

    /// <summary>Connects two nodes, and gives them their addresses.</summary>
    /// <param name="a">A node.</param>
    /// <param name="b">The other one.</param>
    /// <param name="cable">Makes eth0 of both; none: a cable from one to the other.</param>
    public static void Connect(AgentNode a, AgentNode b, Action? cable = null)
    {
        foreach (AgentNode node in (AgentNode[])[a, b])
        {
            // An underlay that looked for duplicates of its addresses long ago.
            Assert.Null(Sysctl.Write(node.Namespace.Path, "ipv6/conf/default/accept_dad", "0"));
        }

        if (cable is null)
        {
            a.Namespace.Do(LinkRequests.NewVeth(
                "eth0", new VethPeer("eth0", Namespace: b.Namespace.Path), up: true));
        }
        else
        {
            cable();
        }

        foreach (AgentNode node in (AgentNode[])[a, b])
        {
            int index = node.Namespace.LinkOf("eth0").Index;
            node.Namespace.Do(LinkRequests.Set(index, up: true));
            node.Namespace.Do(LinkRequests.Set(node.Namespace.LinkOf("lo").Index, up: true));
            foreach (IpInterfaceAddress? address in (IpInterfaceAddress?[])[node.Ipv4, node.Ipv6])
            {
                if (address is { } given)
                {
                    node.Namespace.Do(AddressRequests.New(
                        new InterfaceAddress { Index = index, Address = given, Flags = AddressFlags.NoDad }));
                }
            }
        }
    }

    public void WritePlan(params PlanEntry[] entries)
    {
        string state = Path.Combine(_directory, "state");
        Directory.CreateDirectory(state);
        PlanFrame frame = new() { Revision = 7, Upserts = [.. entries.OrderBy(e => e.Key, StringComparer.Ordinal)] };
        NodePlan plan = new();
        Assert.True(plan.TryApply(frame, out _));
        File.WriteAllBytes(Path.Combine(state, "plan.json"), plan.ToJson());
    }

    public async Task StartAsync()
    {
        _agent = await AgentHost.StartAsync(
            new AgentOptions
            {
                Node = Name,
                NetworkNamespace = Namespace.Path,
                ServerSocket = ServerPath,
                StateDirectory = Path.Combine(_directory, "state"),
                SocketPath = SocketPath,
                RecordPath = RecordPath,
                LeakGrace = LeakGrace,
                Log = Log.Enqueue,
            },
            CancellationToken.None);
        await UntilAsync(async () => (await AskAsync(new AgentCall { Command = AgentCommand.Status })).Status is { Ready: true });
    }

    public async Task StopAsync()
    {
        if (_agent is not null)
        {
            await _agent.DisposeAsync();
            _agent = null;
        }
    }

    public async Task<AgentAnswer> AskAsync(AgentCall call)
    {
        using Socket socket = new(System.Net.Sockets.AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        await using NetworkStream stream = new(socket);
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(call, CallJson.Default.AgentCall), (byte)'\n'];
        await stream.WriteAsync(line);
        using StreamReader reader = new(stream, Encoding.UTF8);
        string? answer = await reader.ReadLineAsync();
        return JsonSerializer.Deserialize(answer!, CallJson.Default.AgentAnswer)!;
    }

    public async Task<WorkloadConnection> AddAsync(string workload, TestNamespace inside)
    {
        AgentAnswer answer = await AskAsync(new AgentCall
        {
            Command = AgentCommand.Add,
            Namespace = "shop",
            Workload = workload,
            ContainerId = "c1",
            NetworkNamespace = inside.Path,
        });
        Assert.True(answer.Fault is null, answer.Fault?.ToString());
        return answer.Connection!;
    }

    /// <summary>Waits for a condition; fails with the agent's log when it does not come true in time.</summary>
    public async Task UntilAsync(
        Func<Task<bool>> condition, int milliseconds = 10_000, Func<string>? describe = null)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.ElapsedMilliseconds < milliseconds, string.Join('\n', Log) + '\n' + describe?.Invoke() + '\n'
                + (await AskAsync(new AgentCall { Command = AgentCommand.Status })).Status);
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        finally
        {
            Namespace.Dispose();
            Directory.Delete(_directory, recursive: true);
        }
    }

    public static SelfEntry Self(AgentNode node, bool tunnel) => new()
    {
        Node = node.Name,
        Ipv4 = node.Ipv4,
        Ipv6 = node.Ipv6,
        OverIpv4 = tunnel && node.Ipv4 is not null,
        OverIpv6 = tunnel && node.Ipv6 is not null,
        TunnelMac = MacOf(node),
        TunnelMacV6 = MacV6Of(node),
    };

    public static MacAddress MacOf(AgentNode node) => new(0x66_00_00_00_00_00UL | node.Name[0]);

    public static MacAddress MacV6Of(AgentNode node) => new(0x66_06_00_00_00_00UL | node.Name[0]);
}
