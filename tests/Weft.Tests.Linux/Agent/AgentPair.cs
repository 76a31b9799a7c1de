using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Plan.Entries;

namespace Weft.Tests.Linux.Agent;

/// <summary>Two nodes on one cable, a workload on each. The families of the underlay and of the pools are given as
/// digits: <c>4</c>, <c>6</c>, <c>46</c>.</summary>
internal sealed class AgentPair : IAsyncDisposable
{
    private static readonly (IpFamily Family, string Name, IpPrefix Cidr, int BlockSize)[] Pools =
    [
        (IpFamily.Ipv4, "default", IpPrefix.Parse("10.65.0.0/16"), 26),
        (IpFamily.Ipv6, "default6", IpPrefix.Parse("fd00:65::/64"), 122),
    ];

    private PlanEntry[] _planOfA = [];
    private PlanEntry[] _planOfB = [];

    public required AgentNode A { get; init; }

    public required AgentNode B { get; init; }

    public TestNamespace InsideA { get; } = new();

    public TestNamespace InsideB { get; } = new();

    public WorkloadConnection ConnectionA { get; private set; } = null!;

    public WorkloadConnection ConnectionB { get; private set; } = null!;

    public AgentCall AddA => new()
    {
        Command = AgentCommand.Add,
        Namespace = "shop",
        Workload = "wa",
        ContainerId = "c1",
        NetworkNamespace = InsideA.Path,
    };

    public static Task<AgentPair> StartAsync(
        BlockPath path, string underlay = "4", string pools = "4", params PlanEntry[] moreForA) =>
        StartAsync(path, underlay, pools, moreForA, null);

    /// <summary>The same over another cable.</summary>
    public static async Task<AgentPair> StartAsync(
        BlockPath path, string underlay, string pools, PlanEntry[] moreForA, Action<AgentNode, AgentNode>? cable)
    {
        AgentPair pair = new()
        {
            A = new AgentNode("a", Has(underlay, 4) ? "172.31.1.1/24" : null, Has(underlay, 6) ? "fd00:1::1/64" : null),
            B = new AgentNode("b", Has(underlay, 4) ? "172.31.1.2/24" : null, Has(underlay, 6) ? "fd00:1::2/64" : null),
        };
        try
        {
            AgentNode.Connect(pair.A, pair.B, cable is null ? null : () => cable(pair.A, pair.B));
            pair._planOfA = [.. Plan(pair.A, pair.B, 0, path, pools), .. moreForA];
            pair._planOfB = [.. Plan(pair.B, pair.A, 1, path, pools)];
            pair.A.WritePlan(pair._planOfA);
            pair.B.WritePlan(pair._planOfB);
            await pair.A.StartAsync();
            await pair.B.StartAsync();
            pair.ConnectionA = await pair.A.AddAsync("wa", pair.InsideA);
            pair.ConnectionB = await pair.B.AddAsync("wb", pair.InsideB);
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>The plan that a node started with.</summary>
    public IReadOnlyList<PlanEntry> PlanOf(AgentNode node) => node == A ? _planOfA : _planOfB;

    /// <summary>Both workloads reach each other at every address.</summary>
    public void PingBothWays()
    {
        foreach (IpInterfaceAddress to in ConnectionB.Addresses)
        {
            Ping(InsideA, to.Address);
        }

        foreach (IpInterfaceAddress to in ConnectionA.Addresses)
        {
            Ping(InsideB, to.Address);
        }
    }

    /// <summary>Routes as <c>ip route</c> shows them, without the numbers of next-hop objects: one made anew has another.</summary>
    public static string WithoutNumbers(string routes) => Regex.Replace(routes, @"nhid \d+", "nhid");

    public static void Ping(TestNamespace from, IpAddress to) =>
        Tool.Run("ip", $"netns exec {from.Name} ping -c 1 -W 2 {to}");

    /// <summary>Reaches it within some packets: those before the link's carrier is back are lost.</summary>
    public static void PingSoon(TestNamespace from, IpAddress to) =>
        Tool.Run("ip", $"netns exec {from.Name} ping -c 1 -i 0.2 -w 4 -q {to}");

    public async ValueTask DisposeAsync()
    {
        using (InsideA)
        using (InsideB)
        await using (A)
        await using (B)
        {
            // Each of them goes, also when another one's end fails.
        }
    }

    /// <summary>The node's block of a pool.</summary>
    public static IpPrefix BlockOf(IpFamily family, int node)
    {
        (_, _, IpPrefix cidr, int size) = Pools.Single(p => p.Family == family);
        return new IpPrefix(cidr.At((uint)node * 64), size);
    }

    private static bool Has(string families, int version) =>
        families.Contains(version == 4 ? '4' : '6', StringComparison.Ordinal);

    private static IEnumerable<PlanEntry> Plan(AgentNode self, AgentNode other, int number, BlockPath path, string pools)
    {
        bool tunnel = path == BlockPath.Vxlan;
        yield return AgentNode.Self(self, tunnel);
        foreach ((IpFamily family, string name, IpPrefix cidr, int size) in Pools.Where(p => Has(pools, (int)p.Family)))
        {
            yield return new PoolEntry { Name = name, Cidr = cidr, Allocates = true, Tunnels = tunnel, BlockSize = size };
            yield return new OwnBlockEntry { Cidr = BlockOf(family, number), Pool = name };
            IpAddress? via = family == IpFamily.Ipv4
                ? other.Ipv4?.Address ?? other.Ipv6?.Address
                : other.Ipv6?.Address ?? other.Ipv4?.Address;
            yield return new RemoteBlockEntry
            {
                Cidr = BlockOf(family, 1 - number),
                Pool = name,
                Node = other.Name,
                Path = path,
                Via = via,
                OwnerIpv4 = other.Ipv4?.Address,
                OwnerIpv6 = other.Ipv6?.Address,
                Mtu = !tunnel ? null : via?.Family == IpFamily.Ipv4 ? 1450 : 1430,
            };
        }

        if (tunnel)
        {
            yield return new PeerEntry
            {
                Node = other.Name,
                Ipv4 = other.Ipv4?.Address,
                Ipv6 = other.Ipv6?.Address,
                OverIpv4 = other.Ipv4 is not null,
                OverIpv6 = other.Ipv6 is not null,
                TunnelMac = AgentNode.MacOf(other),
                TunnelMacV6 = AgentNode.MacV6Of(other),
            };
        }
    }
}
