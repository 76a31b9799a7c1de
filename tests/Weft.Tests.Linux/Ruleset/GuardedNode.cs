using System;
using System.Globalization;
using System.Linq;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Plan.Entries;
using Weft.Tests.Linux.Agent;
using IpAddress = Weft.Net.IpAddress;

namespace Weft.Tests.Linux.Ruleset;

/// <summary>A node with an agent and two workloads; and one namespace, the world, that plays all others: nodes b and c of the
/// plan, a stranger, and the outside.</summary>
internal sealed partial class GuardedNode : IAsyncDisposable
{
    public static readonly IpAddress Outside = IpAddress.Parse("203.0.113.9");
    public static readonly IpAddress OutsideV6 = IpAddress.Parse("2001:db8::9");

    public AgentNode A { get; } = new("a", "172.31.1.1/24", "fd00:1::1/64");

    public AgentNode World { get; } = new("w", "172.31.1.2/24", "fd00:1::2/64");

    public TestNamespace One { get; } = new();

    public TestNamespace Two { get; } = new();

    public WorkloadConnection ConnectionOne { get; private set; } = null!;

    public WorkloadConnection ConnectionTwo { get; private set; } = null!;

    public static Task<GuardedNode> StartAsync(params PlanEntry[] more) => StartAsync(self => self, more);

    public static async Task<GuardedNode> StartAsync(Func<SelfEntry, SelfEntry> change, params PlanEntry[] more)
    {
        GuardedNode node = new();
        try
        {
            AgentNode.Connect(node.A, node.World);
            string world = node.World.Namespace.Name;
            string a = node.A.Namespace.Name;
            Tool.Run("ip", $"-n {world} addr add {Outside}/32 dev lo");
            Tool.Run("ip", $"-n {world} addr add {OutsideV6}/128 dev lo nodad");
            Tool.Run("ip", $"-n {world} route add 10.65.0.0/16 via 172.31.1.1");
            Tool.Run("ip", $"-n {world} -6 route add fd00:65::/64 via fd00:1::1");
            Tool.Run("ip", $"-n {a} route add default via 172.31.1.2");
            Tool.Run("ip", $"-n {a} -6 route add default via fd00:1::2");
            node.A.WritePlan([.. Plan(node.A).Select(e => e is SelfEntry self ? change(self) : e), .. more]);
            await node.A.StartAsync();
            node.ConnectionOne = await node.A.AddAsync("one", node.One);
            node.ConnectionTwo = await node.A.AddAsync("two", node.Two);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public static PlanEntry[] Plan(AgentNode a) =>
    [
        AgentNode.Self(a, tunnel: true),
        Pool("default", "10.65.0.0/16", 26),
        Pool("default6", "fd00:65::/64", 122),
        new OwnBlockEntry { Cidr = IpPrefix.Parse("10.65.0.0/26"), Pool = "default" },
        new OwnBlockEntry { Cidr = IpPrefix.Parse("fd00:65::/122"), Pool = "default6" },
        .. Peer("b", 2, "10.65.0.64/26", "fd00:65::40/122"),
        .. Peer("c", 3, "10.65.0.128/26", "fd00:65::80/122"),
    ];

    public IpAddress AddressOf(int workload, IpFamily family) => (workload == 1 ? ConnectionOne : ConnectionTwo).Addresses
        .Select(a => a.Address).Single(a => a.Family == family);

    /// <summary>How many packets the rules have counted whose comments hold these words.</summary>
    public long Counted(string words, string? chain = null)
    {
        string table = Table();
        string text = chain is null ? table : table[table.IndexOf($"chain {chain} {{", StringComparison.Ordinal)..];
        string[] lines = [.. (chain is null ? text : text[..text.IndexOf('}', StringComparison.Ordinal)]).Split('\n').Where(l => l.Contains("counter", StringComparison.Ordinal)
            && l.Contains(words, StringComparison.Ordinal))];
        Xunit.Assert.NotEmpty(lines);
        return lines.Sum(l => long.Parse(Packets().Match(l).Groups[1].ValueSpan, CultureInfo.InvariantCulture));
    }

    /// <summary>Our table as nft prints it.</summary>
    public string Table() => Nft("list table inet weft");

    /// <summary>The table without what it has counted, its elements in an order.</summary>
    public string Picture() => string.Join('\n', Regex.Replace(Table(), "packets [0-9]+ bytes [0-9]+", "packets")
        .Split('\n').Select(l => l.Contains("elements", StringComparison.Ordinal) || l.EndsWith(',') || l.EndsWith('}')
            ? string.Join(',', l.Replace("elements = {", "", StringComparison.Ordinal).TrimEnd('}', ' ', ',').Split(',').Select(e => e.Trim()).Order(StringComparer.Ordinal))
            : l).Order(StringComparer.Ordinal));

    public string Nft(string command) => Tool.Run("ip", $"netns exec {A.Namespace.Name} nft {command}");

    /// <summary>A UDP socket in a namespace, bound to an address and a port.</summary>
    public static Socket Listen(TestNamespace space, IpAddress address, int port)
    {
        Socket socket = NamespaceSocket.Open(
            space.Path,
            address.Family == IpFamily.Ipv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6,
            SocketType.Dgram,
            ProtocolType.Udp);
        socket.ReceiveTimeout = 5_000;
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Parse(address.ToString()), port));
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        using (One)
        using (Two)
        await using (A)
        await using (World)
        {
            // Each of them goes, also when another one's end fails.
        }
    }

    private static PoolEntry Pool(string name, string cidr, int blockSize) => new()
    {
        Name = name,
        Cidr = IpPrefix.Parse(cidr),
        Allocates = true,
        Tunnels = true,
        NatOutgoing = true,
        BlockSize = blockSize,
    };

    private static PlanEntry[] Peer(string name, int number, params string[] blocks)
    {
        IpAddress ipv4 = IpAddress.Parse($"172.31.1.{number}");
        IpAddress ipv6 = IpAddress.Parse($"fd00:1::{number}");
        return
        [
            new PeerEntry
            {
                Node = name,
                Ipv4 = ipv4,
                Ipv6 = ipv6,
                OverIpv4 = true,
                TunnelMac = new MacAddress(0x66_00_00_00_00_00UL | name[0]),
                TunnelMacV6 = new MacAddress(0x66_06_00_00_00_00UL | name[0]),
            },
            .. blocks.Select(b => new RemoteBlockEntry
            {
                Cidr = IpPrefix.Parse(b),
                Pool = "default",
                Node = name,
                Path = BlockPath.Vxlan,
                Via = ipv4,
                OwnerIpv4 = ipv4,
                OwnerIpv6 = ipv6,
                Mtu = 1450,
            }),
        ];
    }

    [GeneratedRegex("counter packets ([0-9]+)")]
    private static partial Regex Packets();
}
