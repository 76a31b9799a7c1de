using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Kernel;

namespace Weft.Node.Detection;

/// <summary>An address of the host that may be the node's own.</summary>
/// <param name="Device">The interface that has it.</param>
/// <param name="Index">That interface's index.</param>
/// <param name="Address">The address.</param>
internal sealed record Candidate(string Device, int Index, IpInterfaceAddress Address);

/// <summary>The host's way to a destination.</summary>
/// <param name="Index">The interface that packets leave by.</param>
/// <param name="Source">The address that they leave with.</param>
internal sealed record HostWay(int Index, IpAddress? Source);

/// <summary>Chooses the node's own address among those of its host. Pure: the same interfaces, addresses and way give
/// the same choice.</summary>
internal static partial class AddressDetection
{
    private const AddressFlags NotYetOrNoMore =
        AddressFlags.Tentative | AddressFlags.DadFailed | AddressFlags.Deprecated;

    private static readonly IpPrefix[] NeverOurs =
    [
        IpPrefix.Parse("127.0.0.0/8"), IpPrefix.Parse("169.254.0.0/16"), IpPrefix.Parse("224.0.0.0/3"), IpPrefix.Parse("0.0.0.0/8"),
        IpPrefix.Parse("::/127"), IpPrefix.Parse("fe80::/10"), IpPrefix.Parse("ff00::/8"),
    ];

    /// <summary>The addresses of a family that may be the node's, in the kernel's order.</summary>
    public static List<Candidate> Candidates(IpFamily family, IReadOnlyList<InterfaceAddress> addresses, Func<int, Link?> linkAt)
    {
        List<Candidate> found = [];
        foreach (InterfaceAddress address in addresses)
        {
            bool isTemporary = family == IpFamily.Ipv6 && (address.Flags & AddressFlags.Secondary) != 0;
            if (address.Address.Address.Family == family && !isTemporary && (address.Flags & NotYetOrNoMore) == 0
                && !NeverOurs.Any(p => p.Contains(address.Address.Address))
                && linkAt(address.Index) is { IsUp: true } link
                && (link.Flags & LinkFlags.Loopback) == 0 && !KernelNames.IsOurs(link.Name))
            {
                found.Add(new Candidate(link.Name, link.Index, address.Address));
            }
        }

        return [.. found.OrderBy(c => c.Index)]; // Stable: the addresses of an interface stay in their order.
    }

    /// <summary>An address that the host has on an interface of its own, whatever state that is in: a cable that is pulled out
    /// makes no other node of it.</summary>
    public static Candidate? Held(IpAddress address, IReadOnlyList<InterfaceAddress> addresses, Func<int, Link?> linkAt) => addresses
        .Where(a => a.Address.Address == address && (a.Flags & AddressFlags.DadFailed) == 0)
        .Select(a => linkAt(a.Index) is { } link && !KernelNames.IsOurs(link.Name)
            ? new Candidate(link.Name, link.Index, a.Address)
            : null)
        .FirstOrDefault(c => c is not null);

    /// <summary>The candidate that a method chooses.</summary>
    /// <param name="method">The method.</param>
    /// <param name="candidates">The host's addresses, in order.</param>
    /// <param name="way">The host's way to what the method asks for.</param>
    public static Candidate? Choose(DetectionMethod method, IReadOnlyList<Candidate> candidates, HostWay? way) => method switch
    {
        DetectionMethod.DefaultRoute => By(way, candidates) ?? FirstFound(candidates),
        DetectionMethod.CanReach => By(way, candidates),
        DetectionMethod.FirstFound => FirstFound(candidates),
        DetectionMethod.SkipInterface skip => FirstFound([.. candidates.Where(c => !skip.Names.Any(n => Matches(n, c.Device)))]),
        DetectionMethod.Interface wanted => wanted.Names
            .Select(n => candidates.FirstOrDefault(c => Matches(n, c.Device))).FirstOrDefault(c => c is not null),
        DetectionMethod.Within within => candidates.FirstOrDefault(c => within.Prefixes.Any(p => p.Contains(c.Address.Address))),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    // What the kernel would send with, if it is on that very interface: a preferred source may be another one's.
    private static Candidate? By(HostWay? way, IReadOnlyList<Candidate> candidates) => way is null
        ? null
        : candidates.FirstOrDefault(c => c.Index == way.Index && c.Address.Address == way.Source)
            ?? candidates.FirstOrDefault(c => c.Index == way.Index);

    private static Candidate? FirstFound(IReadOnlyList<Candidate> candidates) =>
        candidates.FirstOrDefault(c => !SomebodysOwn().IsMatch(c.Device));

    private static bool Matches(Regex name, string device)
    {
        try
        {
            return name.IsMatch(device);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    // Calico, node/pkg/lifecycle/startup/autodetection: DEFAULT_INTERFACES_TO_EXCLUDE.
    [GeneratedRegex("^(docker|cbr|dummy|virbr|lxcbr|veth|lo$|cali|tunl|flannel|kube-ipvs|cni|vxlan\\.calico|vxlan-v6\\.calico"
        + "|wireguard\\.cali|wg-v6\\.cali|nodelocaldns|br-|podman|tailscale)", RegexOptions.CultureInvariant)]
    private static partial Regex SomebodysOwn();
}
