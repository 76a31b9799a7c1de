using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Node.Kernel;
using Weft.Plan.Entries;

namespace Weft.Node.Ruleset;

/// <summary>All that the rules depend on. It does not change with a workload, a node or a block: those are elements of
/// sets.</summary>
internal sealed record RulesetShape
{
    /// <summary>The node's resource, as the cause of what stands on it alone.</summary>
    public required string Node { get; init; }

    /// <summary>Whether VXLAN over IPv4 is checked: there is, or will be, a tunnel device.</summary>
    public bool VxlanOver4 { get; init; }

    /// <summary>Whether VXLAN over IPv6 is checked.</summary>
    public bool VxlanOver6 { get; init; }

    /// <summary>Whether IPv4 in IPv4 is checked.</summary>
    public bool Ipip { get; init; }

    /// <summary>The sets of inner sources that have elements, in order.</summary>
    public NftList<InnerSet> InnerSets { get; init; } = [];

    /// <summary>How packets that leave all pools are translated, for each family that some pool asks it for.</summary>
    public NftList<OutgoingNat> Nat { get; init; } = [];

    /// <summary>Whether there is a chain for translation, if only for the connections that already are.</summary>
    public bool Translates { get; init; }

    /// <summary>Whether others have filters of their own on this node: they may track connections.</summary>
    public bool OthersFilter { get; init; }

    /// <summary>Whether connections are tracked here, which tunnels between nodes need not be.</summary>
    public bool Tracks => Translates || OthersFilter;

    /// <summary>The maps of segment sizes: one for each family and length of the blocks that come through tunnels.</summary>
    public IEnumerable<SegmentMap> SegmentMaps => InnerSets.Select(s => new SegmentMap(s.Inner, s.Length)).Distinct();

    /// <summary>Whether any tunnel's packets are checked.</summary>
    public bool HasTunnel => VxlanOver4 || VxlanOver6 || Ipip;

    /// <summary>The devices whose packets are encapsulated.</summary>
    public IEnumerable<string> TunnelDevices
    {
        get
        {
            if (VxlanOver4)
            {
                yield return KernelNames.TunnelDevice;
            }

            if (VxlanOver6)
            {
                yield return KernelNames.TunnelDeviceV6;
            }

            if (Ipip)
            {
                yield return KernelNames.IpipDevice;
            }
        }
    }

    /// <summary>The shape that a plan asks for, on a node that has these devices.</summary>
    /// <param name="self">The node itself.</param>
    /// <param name="pools">All pools.</param>
    /// <param name="nat">What the configuration says of translation; none for the default.</param>
    /// <param name="innerSets">The sets of inner sources that have elements.</param>
    /// <param name="hasDevice">Whether a device of this name is there: what it takes in is checked until it is gone.</param>
    /// <param name="translates">Whether the chain for translation is there. Taking the last one away would tear the
    /// connections that it has translated, which go on when <c>natOutgoing</c> is turned off.</param>
    /// <param name="othersFilter">Whether others have base chains of nf_tables on the way of packets.</param>
    public static RulesetShape Of(
        SelfEntry self,
        IReadOnlyCollection<PoolEntry> pools,
        OutgoingNatEntry? nat,
        IEnumerable<InnerSet> innerSets,
        System.Predicate<string> hasDevice,
        bool translates,
        bool othersFilter = false)
    {
        NftList<OutgoingNat> translations = [.. NatOf(self, pools, nat)];
        return new RulesetShape
        {
            Node = self.Cause,
            VxlanOver4 = self.OverIpv4 || hasDevice(KernelNames.TunnelDevice),
            VxlanOver6 = self.OverIpv6 || hasDevice(KernelNames.TunnelDeviceV6),
            Ipip = self.Ipip || hasDevice(KernelNames.IpipDevice),
            InnerSets = [.. innerSets.Order()],
            Nat = translations,
            Translates = translations.Count > 0 || (translates && pools.Count > 0),
            OthersFilter = othersFilter,
        };
    }

    /// <summary>The families in which pools ask for translation and the node has no address to translate to.</summary>
    public static IEnumerable<(IpFamily Family, string Pool)> Untranslated(
        SelfEntry self, IReadOnlyCollection<PoolEntry> pools, OutgoingNatEntry? nat) => pools
        .Where(p => p.NatOutgoing && AddressOf(self, nat, p.Cidr.Family) is null)
        .Select(p => (p.Cidr.Family, p.Name));

    private static IEnumerable<OutgoingNat> NatOf(SelfEntry self, IReadOnlyCollection<PoolEntry> pools, OutgoingNatEntry? nat)
    {
        foreach (IpFamily family in pools.Where(p => p.NatOutgoing).Select(p => p.Cidr.Family).Distinct().Order())
        {
            if (AddressOf(self, nat, family) is { } address)
            {
                yield return new OutgoingNat(address)
                {
                    PortMin = nat?.PortMin,
                    PortMax = nat?.PortMax ?? nat?.PortMin,
                    ExcludeHosts = nat is { ExcludeHosts: true },
                    Interface = nat?.Interface,
                    Cause = nat is null ? self.Cause : $"{nat.Cause} {self.Cause}",
                };
            }
        }
    }

    private static IpAddress? AddressOf(SelfEntry self, OutgoingNatEntry? nat, IpFamily family) =>
        nat?.Address is { } given && given.Family == family ? given
        : family == IpFamily.Ipv4 ? self.Ipv4?.Address : self.Ipv6?.Address;
}

/// <summary>How packets of one family that leave all pools are translated.</summary>
/// <param name="Address">The address they leave with.</param>
internal sealed record OutgoingNat(IpAddress Address)
{
    /// <summary>The first port for TCP and UDP; none for any.</summary>
    public int? PortMin { get; init; }

    /// <summary>The last port.</summary>
    public int? PortMax { get; init; }

    /// <summary>Whether packets to nodes of the fleet are left as they are.</summary>
    public bool ExcludeHosts { get; init; }

    /// <summary>The only interface by which translated packets leave; a final <c>+</c> stands for any characters.</summary>
    public string? Interface { get; init; }

    /// <summary>The resources that it follows from.</summary>
    public required string Cause { get; init; }
}
