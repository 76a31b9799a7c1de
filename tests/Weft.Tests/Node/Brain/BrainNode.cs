using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Plan.Entries;

namespace Weft.Tests.Node.Brain;

/// <summary>A node for the brain's tests: underlay 172.16.1.1/24, one pool of blocks of four addresses.</summary>
internal static class BrainNode
{
    public static IpPrefix PoolCidr { get; } = IpPrefix.Parse("10.65.0.0/28");

    public static FakeAgent Make(bool tunnel = true, int blocks = 1)
    {
        FakeKernel kernel = new();
        kernel.AddUnderlay("172.16.1.1/24");
        FakeServer server = new("n1");
        server.Put(Self(tunnel), Pool(tunnel));
        for (int i = 0; i < blocks; i++)
        {
            server.Put(new OwnBlockEntry { Cidr = new IpPrefix(PoolCidr.At((uint)(i * 4)), 30), Pool = "default" });
        }

        return new FakeAgent("n1", kernel, server);
    }

    /// <summary>A node that is up and has settled.</summary>
    public static FakeAgent Started(bool tunnel = true, int blocks = 1)
    {
        FakeAgent agent = Make(tunnel, blocks);
        agent.Start();
        agent.Run(1);
        return agent;
    }

    public static SelfEntry Self(bool tunnel = true) => new()
    {
        Node = "n1",
        Ipv4 = IpInterfaceAddress.Parse("172.16.1.1/24"),
        OverIpv4 = tunnel,
        TunnelMac = new MacAddress(0x66_00_00_00_00_01),
    };

    public static PoolEntry Pool(bool tunnel = true, bool terminating = false, string name = "default") => new()
    {
        Name = name,
        Cidr = PoolCidr,
        Allocates = !terminating,
        Tunnels = tunnel,
        BlockSize = 30,
        Terminating = terminating,
    };

    public static PlanEntry[] Remote(int node, BlockPath path)
    {
        IpAddress via = IpAddress.Parse($"172.16.{(path == BlockPath.Direct ? 1 : 2)}.{node}");
        List<PlanEntry> entries =
        [
            new RemoteBlockEntry
            {
                Cidr = IpPrefix.Parse($"10.66.{node}.0/26"),
                Pool = "other",
                Node = $"n{node}",
                Path = path,
                Via = path == BlockPath.Underlay ? null : via,
                Mtu = path == BlockPath.Vxlan ? 1450 : null,
            },
        ];
        if (path == BlockPath.Vxlan)
        {
            entries.Add(Peer(node, via));
        }

        return [.. entries];
    }

    public static PeerEntry Peer(int node, IpAddress underlay) =>
        new() { Node = $"n{node}", Ipv4 = underlay, OverIpv4 = true, TunnelMac = new MacAddress(0x66_00_00_00_00_00UL + (uint)node) };

    public static AgentCall Add(string workload, string container = "c1", string? path = null) => new()
    {
        Command = AgentCommand.Add,
        Namespace = "shop",
        Workload = workload,
        ContainerId = container,
        NetworkNamespace = path ?? PathOf(workload),
    };

    public static AgentCall Del(string workload, string container = "c1") =>
        Add(workload, container) with { Command = AgentCommand.Del };

    public static string PathOf(string workload) => $"/run/netns/{workload}";

    /// <summary>What a brain that starts from the same disk on an empty kernel makes of it.</summary>
    public static string FromScratch(FakeAgent agent)
    {
        FakeKernel kernel = new();
        kernel.AddUnderlay("172.16.1.1/24");
        foreach (string path in agent.Kernel.Paths.Where(p => p.Length > 0))
        {
            kernel.AddNamespace(path);
        }

        FakeAgent fresh = new("n1", kernel, agent.Server);
        fresh.Journal.AddRange(agent.Journal);
        fresh.Start();
        fresh.Run(2);
        return kernel.Ours();
    }
}
