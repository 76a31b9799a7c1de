using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Calls;
using Weft.Plan.Entries;

namespace Weft.Tests.Node.Brain;

/// <summary>The families of a test's node, underlay and pools alike.</summary>
public enum Stack
{
    Ipv4,
    Ipv6,
    Dual,
}

/// <summary>A node for the brain's tests: underlay 172.16.1.1/24 and fd00:1::1/64, a pool of each family with blocks of
/// four addresses.</summary>
internal static class BrainNode
{
    public static IpPrefix PoolCidr { get; } = IpPrefix.Parse("10.65.0.0/28");

    public static IpPrefix PoolCidrV6 { get; } = IpPrefix.Parse("fd00:65::/124");

    public static bool HasIpv4(this Stack stack) => stack != Stack.Ipv6;

    public static bool HasIpv6(this Stack stack) => stack != Stack.Ipv4;

    public static FakeAgent Make(bool tunnel = true, int blocks = 1, Stack stack = Stack.Ipv4)
    {
        FakeKernel kernel = new();
        FakeServer server = new("n1");
        server.Put(Self(tunnel, stack));
        if (stack.HasIpv4())
        {
            kernel.AddUnderlay("172.16.1.1/24");
            server.Put(Pool(tunnel));
        }

        if (stack.HasIpv6())
        {
            kernel.AddUnderlay("fd00:1::1/64");
            server.Put(PoolV6(tunnel));
        }

        for (int i = 0; i < blocks; i++)
        {
            server.Put([.. OwnBlocks(i, stack)]);
        }

        return new FakeAgent("n1", kernel, server);
    }

    /// <summary>A node that is up and has settled.</summary>
    public static FakeAgent Started(bool tunnel = true, int blocks = 1, Stack stack = Stack.Ipv4)
    {
        FakeAgent agent = Make(tunnel, blocks, stack);
        agent.Start();
        agent.Run(1);
        return agent;
    }

    public static IEnumerable<PlanEntry> OwnBlocks(int number, Stack stack)
    {
        if (stack.HasIpv4())
        {
            yield return new OwnBlockEntry { Cidr = new IpPrefix(PoolCidr.At((uint)(number * 4)), 30), Pool = "default" };
        }

        if (stack.HasIpv6())
        {
            yield return new OwnBlockEntry { Cidr = new IpPrefix(PoolCidrV6.At((uint)(number * 4)), 126), Pool = "default6" };
        }
    }

    public static SelfEntry Self(bool tunnel = true, Stack stack = Stack.Ipv4) => new()
    {
        Node = "n1",
        Ipv4 = stack.HasIpv4() ? IpInterfaceAddress.Parse("172.16.1.1/24") : null,
        Ipv6 = stack.HasIpv6() ? IpInterfaceAddress.Parse("fd00:1::1/64") : null,
        OverIpv4 = tunnel && stack.HasIpv4(),
        OverIpv6 = tunnel && stack.HasIpv6(),
        TunnelMac = new MacAddress(0x66_00_00_00_00_01),
        TunnelMacV6 = new MacAddress(0x66_06_00_00_00_01),
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

    public static PoolEntry PoolV6(bool tunnel = true, bool terminating = false, string name = "default6") =>
        Pool(tunnel, terminating, name) with { Cidr = PoolCidrV6, BlockSize = 126 };

    /// <summary>A remote node's blocks: of IPv4 over IPv4 and of IPv6 over IPv6, and with both families also the other
    /// way round.</summary>
    public static PlanEntry[] Remote(int node, BlockPath path, Stack stack = Stack.Ipv4)
    {
        int segment = path == BlockPath.Direct ? 1 : 2;
        IpAddress ipv4 = IpAddress.Parse($"172.16.{segment}.{node}");
        IpAddress ipv6 = IpAddress.Parse($"fd00:{segment}::{node}");
        List<PlanEntry> entries = [];
        if (stack.HasIpv4())
        {
            entries.Add(Block($"10.66.{node}.0/26", node, path, ipv4, 1450));
        }

        if (stack.HasIpv6())
        {
            entries.Add(Block($"fd00:66:{node}::/122", node, path, ipv6, 1430));
        }

        if (stack == Stack.Dual && path == BlockPath.Vxlan)
        {
            entries.Add(Block($"10.67.{node}.0/26", node, path, ipv6, 1430));
            entries.Add(Block($"fd00:67:{node}::/122", node, path, ipv4, 1450));
        }

        if (path == BlockPath.Vxlan)
        {
            entries.Add(Peer(node, ipv4) with
            {
                Ipv4 = stack.HasIpv4() ? ipv4 : null,
                OverIpv4 = stack.HasIpv4(),
                Ipv6 = stack.HasIpv6() ? ipv6 : null,
                OverIpv6 = stack.HasIpv6(),
            });
        }

        return [.. entries];
    }

    public static PeerEntry Peer(int node, IpAddress underlay) => new()
    {
        Node = $"n{node}",
        Ipv4 = underlay,
        OverIpv4 = true,
        TunnelMac = new MacAddress(0x66_00_00_00_00_00UL + (uint)node),
        TunnelMacV6 = new MacAddress(0x66_06_00_00_00_00UL + (uint)node),
    };

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
        FakeNamespace host = agent.Kernel.Host;
        foreach (InterfaceAddress address in host.Addresses.Values.Where(a => host.Links[a.Index].Link.Name == "eth0"))
        {
            kernel.AddUnderlay(address.Address.ToString());
        }

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

    private static RemoteBlockEntry Block(string cidr, int node, BlockPath path, IpAddress via, int mtu) => new()
    {
        Cidr = IpPrefix.Parse(cidr),
        Pool = "other",
        Node = $"n{node}",
        Path = path,
        Via = path == BlockPath.Underlay ? null : via,
        OwnerIpv4 = via.Family == IpFamily.Ipv4 ? via : null,
        OwnerIpv6 = via.Family == IpFamily.Ipv6 ? via : null,
        Mtu = path == BlockPath.Vxlan ? mtu : null,
    };
}
