using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Plan.Entries;

namespace Weft.Tests.Linux.Agent;

/// <summary>Plans of one dual-stack node as a server could make them, one after another: few of everything, so that
/// changes meet each other. The same seed makes the same plans.</summary>
internal sealed class RandomPlan(AgentNode node, int seed)
{
    private const int BlocksMax = 7;
    private const int NodesMax = 5;

    private static readonly PoolEntry[] Pools =
    [
        Pool("p4", "10.65.0.0/16", 26),
        Pool("p6", "fd00:65::/64", 122),
        Pool("q4", "10.66.0.0/16", 28),
        Pool("q6", "fd00:66::/64", 120),
    ];

    private readonly Random _random = new(seed);
    private readonly SortedDictionary<string, PlanEntry> _entries = new(StringComparer.Ordinal);

    public IEnumerable<PlanEntry> Entries => _entries.Values;

    /// <summary>Whether to do something that is done once in so many times.</summary>
    public bool OnceIn(int times) => _random.Next(times) == 0;

    /// <summary>A number below a bound.</summary>
    public int Below(int bound) => _random.Next(bound);

    /// <summary>What every plan has: the node, and a block of its own in the first pool of each family.</summary>
    public void Begin()
    {
        Put(AgentNode.Self(node, tunnel: true));
        foreach (PoolEntry pool in Pools)
        {
            Put(pool);
        }

        Put(new OwnBlockEntry { Cidr = BlockOf(Pools[0], 0), Pool = "p4" });
        Put(new OwnBlockEntry { Cidr = BlockOf(Pools[1], 0), Pool = "p6" });
    }

    /// <summary>One change more.</summary>
    public void Change()
    {
        switch (_random.Next(9))
        {
            case 0:
                Put(AnySelf());
                break;
            case 1:
                ChangePool();
                break;
            case 2 or 3 or 4:
                ChangeBlock();
                break;
            case 5 or 6:
                int number = _random.Next(NodesMax);
                PutOrRemove(AnyPeer(number));
                break;
            case 7:
                PutOrRemove(AnyRoute());
                break;
            default:
                PutOrRemove(new OutgoingNatEntry
                {
                    Configuration = "default",
                    Address = OnceIn(2) ? node.Ipv4!.Value.Address : null,
                    PortMin = OnceIn(2) ? null : 40_000,
                    PortMax = 50_000,
                    ExcludeHosts = OnceIn(2),
                });
                break;
        }
    }

    private static PoolEntry Pool(string name, string cidr, int blockSize) => new()
    {
        Name = name,
        Cidr = IpPrefix.Parse(cidr),
        Allocates = name[0] == 'p',
        Tunnels = name[0] == 'p',
        BlockSize = blockSize,
    };

    private static IpPrefix BlockOf(PoolEntry pool, int number) =>
        new(pool.Cidr.At((UInt128)number << (pool.Cidr.Address.BitLength - pool.BlockSize)), pool.BlockSize);

    private static IpAddress AddressOf(int number, IpFamily family) =>
        IpAddress.Parse(family == IpFamily.Ipv4 ? $"172.31.1.{number + 2}" : $"fd00:1::{number + 2}");

    private SelfEntry AnySelf()
    {
        SelfEntry self = AgentNode.Self(node, tunnel: true) with { OverIpv4 = OnceIn(2), OverIpv6 = OnceIn(2) };
        return _random.Next(6) switch
        {
            0 => self with { Ipv4 = null },
            1 => self with { Ipv6 = null },
            2 => self with { TunnelMac = new MacAddress(0x66_00_00_00_01_00), TunnelMacV6 = new MacAddress(0x66_00_00_00_02_00) },
            _ => self,
        };
    }

    private void ChangePool()
    {
        PoolEntry pool = Pools[_random.Next(Pools.Length)];
        if (pool.Name[0] == 'q' && _entries.ContainsKey(pool.Key) && OnceIn(3))
        {
            // Its blocks go with it.
            foreach (string key in _entries.Values.Where(e => PoolOf(e) == pool.Name).Select(e => e.Key).ToList())
            {
                _entries.Remove(key);
            }

            _entries.Remove(pool.Key);
            return;
        }

        Put(pool with
        {
            NatOutgoing = OnceIn(2),

            // This node's own addresses come from the pools that it always has blocks of.
            Tunnels = pool.Name[0] == 'p' && OnceIn(2),
            Allocates = pool.Name[0] == 'p',
        });
    }

    private void ChangeBlock()
    {
        PoolEntry pool = Pools[_random.Next(Pools.Length)];
        if (!_entries.ContainsKey(pool.Key))
        {
            return;
        }

        IpPrefix cidr = BlockOf(pool, 1 + _random.Next(BlocksMax));
        if (OnceIn(8))
        {
            PutOrRemove(new OwnBlockEntry { Cidr = cidr, Pool = pool.Name });
            return;
        }

        int owner = _random.Next(NodesMax);
        BlockPath path = (BlockPath)_random.Next(3);
        IpFamily over = path == BlockPath.Direct || OnceIn(2) ? pool.Cidr.Family : Other(pool.Cidr.Family);
        PutOrRemove(new RemoteBlockEntry
        {
            Cidr = cidr,
            Pool = pool.Name,
            Node = $"n{owner}",
            Path = path,
            Via = path == BlockPath.Underlay ? null : AddressOf(owner, over),
            OwnerIpv4 = OnceIn(5) ? null : AddressOf(owner, IpFamily.Ipv4),
            OwnerIpv6 = OnceIn(5) ? null : AddressOf(owner, IpFamily.Ipv6),
            Mtu = path == BlockPath.Vxlan && OnceIn(2) ? 1400 : null,
        });
    }

    private PeerEntry AnyPeer(int number) => new()
    {
        Node = $"n{number}",
        Ipv4 = OnceIn(4) ? null : AddressOf(number, IpFamily.Ipv4),
        Ipv6 = OnceIn(4) ? null : AddressOf(number, IpFamily.Ipv6),
        OverIpv4 = OnceIn(2),
        OverIpv6 = OnceIn(2),
        TunnelMac = new MacAddress(0x66_00_00_00_10_00UL | (uint)(number + (OnceIn(4) ? 16 : 0))),
        TunnelMacV6 = new MacAddress(0x66_06_00_00_10_00UL | (uint)(number + (OnceIn(4) ? 16 : 0))),
        TunnelIpv4 = OnceIn(2) ? Pools[0].Cidr.At((UInt128)(65 + (64 * number))) : null,
        TunnelIpv6 = OnceIn(2) ? Pools[1].Cidr.At((UInt128)(65 + (64 * number))) : null,
    };

    private StaticRouteEntry AnyRoute()
    {
        int number = _random.Next(4);
        bool ipv4 = number % 2 == 0;
        StaticRouteType type = (StaticRouteType)_random.Next(4);
        IpFamily family = ipv4 ? IpFamily.Ipv4 : IpFamily.Ipv6;
        return new StaticRouteEntry
        {
            Name = $"r{number}",
            Destination = IpPrefix.Parse(ipv4 ? $"198.51.{number}.0/24" : $"fd00:ec:{number}::/64"),
            Type = type,
            Metric = 50 + _random.Next(2),
            NextHops = type != StaticRouteType.Unicast
                ? []
                : [.. Enumerable.Range(0, 1 + _random.Next(3)).Select(i => new StaticNextHop(AddressOf(i, family), "eth0", 1 + _random.Next(4)))],
            Mtu = type == StaticRouteType.Unicast && OnceIn(3) ? 1400 : null,
        };
    }

    private static string? PoolOf(PlanEntry entry) => entry switch
    {
        RemoteBlockEntry block => block.Pool,
        OwnBlockEntry block => block.Pool,
        _ => null,
    };

    private static IpFamily Other(IpFamily family) => family == IpFamily.Ipv4 ? IpFamily.Ipv6 : IpFamily.Ipv4;

    private void Put(PlanEntry entry) => _entries[entry.Key] = entry;

    private void PutOrRemove(PlanEntry entry)
    {
        if (OnceIn(4))
        {
            _entries.Remove(entry.Key);
        }
        else
        {
            Put(entry);
        }
    }
}
