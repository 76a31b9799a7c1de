using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.App.CommandLine;
using Weft.App.Lab.State;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;
using Weft.Model.Lab;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;

namespace Weft.App.Lab.Underlay;

/// <summary>Makes the underlay of a lab in the kernel: a namespace for each router, node and host, and one more
/// that holds the segments as bridges. What it makes is removed with the namespaces.</summary>
/// <param name="paths">The lab.</param>
internal sealed class UnderlayBuilder(LabPaths paths)
{
    // The names of links hold 15 bytes, those of segments up to 63.
    private const int LinkNameMax = 15;

    private static readonly (string Name, string Value)[] Everywhere =
    [
        // Addresses are unique by construction: waiting a second to find that out would be most of the lab's start.
        ("ipv6/conf/all/accept_dad", "0"),
        ("ipv6/conf/default/accept_dad", "0"),
        ("ipv6/conf/all/accept_ra", "0"),
        ("ipv6/conf/default/accept_ra", "0"),
    ];

    private static readonly (string Name, string Value)[] Forwarding =
    [
        ("ipv4/ip_forward", "1"),
        ("ipv6/conf/all/forwarding", "1"),
        ("ipv6/conf/default/forwarding", "1"),
    ];

    // Answers may come by another way than questions went.
    private static readonly (string Name, string Value)[] AnyWayBack =
    [
        ("ipv4/conf/all/rp_filter", "0"),
        ("ipv4/conf/default/rp_filter", "0"),
    ];

    private static readonly (string Name, string Value)[] BridgesOnly =
    [
        ("ipv6/conf/all/disable_ipv6", "1"),
        ("ipv6/conf/default/disable_ipv6", "1"),
    ];

    /// <summary>Makes it all; fails with the kernel's own words, and leaves taking down to the caller.</summary>
    public void Build(LabTopology lab, LabAddressing addressing)
    {
        MakeNamespace(paths.UnderlayNamespace, BridgesOnly);
        foreach (LabMember member in addressing.Members)
        {
            // A node is a host like others: that it forwards is its agent's doing.
            MakeNamespace(
                paths.NamespaceOf(member.Name),
                member.Role switch
                {
                    LabMemberRole.Router => [.. Forwarding, .. AnyWayBack, .. Everywhere],
                    LabMemberRole.Node => [.. AnyWayBack, .. Everywhere],
                    _ => Everywhere,
                });
        }

        Wire(lab, addressing);
        foreach (LabMember member in addressing.Members)
        {
            Configure(member);
        }
    }

    /// <summary>Makes a namespace with <c>lo</c> up; what its settings cannot be set to is a failure that
    /// names it.</summary>
    public static void MakeNamespace(string name, IReadOnlyList<(string Name, string Value)> settings)
    {
        Demand(NetworkNamespace.Create(name), $"network namespace {name}");
        PrepareNamespace(name, settings);
    }

    /// <summary>Does what comes after a namespace is there: doing it again changes nothing.</summary>
    public static void PrepareNamespace(string name, IReadOnlyList<(string Name, string Value)> settings)
    {
        string path = NetworkNamespace.PathOf(name);
        KernelError? error = NamespaceThread.Shared.Run(path, () =>
        {
            KernelError? refused = Sysctl.Write(null, [.. settings]);
            using NetlinkSocket socket = NetlinkSocket.Open();
            return refused ?? socket.Execute(LinkRequests.SetByName("lo", up: true)).Error;
        });
        Demand(error, $"network namespace {name}");
    }

    /// <summary>The name of a segment's bridge: the segment's own where it fits.</summary>
    internal static string BridgeOf(LabTopology lab, string segment) =>
        segment.Length <= LinkNameMax && segment != "lo"
        ? segment
        : $"segment{lab.Segments.Select(s => s.Name).ToList().IndexOf(segment)}";

    private void Wire(LabTopology lab, LabAddressing addressing)
    {
        using NetlinkSocket socket = NetlinkSocket.Open(NetworkNamespace.PathOf(paths.UnderlayNamespace));
        List<NetlinkRequest> links = [.. lab.Segments.Select(segment =>
            LinkRequests.NewBridge(BridgeOf(lab, segment.Name), mtu: (uint)segment.Mtu, up: true))];
        List<(string Port, string Bridge)> ports = [];
        foreach (LabMember member in addressing.Members)
        {
            string path = NetworkNamespace.PathOf(paths.NamespaceOf(member.Name));
            foreach (LabInterface link in member.Interfaces)
            {
                string port = string.Create(CultureInfo.InvariantCulture, $"~{ports.Count}");
                VethPeer peer = new(link.Name, Mtu: (uint)link.Mtu, Namespace: path);
                links.Add(LinkRequests.NewVeth(port, peer, mtu: (uint)link.Mtu, up: true));
                ports.Add((port, BridgeOf(lab, link.Segment)));
            }
        }

        Execute(socket, links, "the underlay's links");
        Dictionary<string, int> indexes = IndexesIn(socket);
        Execute(
            socket,
            [.. ports.Select(port => LinkRequests.SetByName(port.Port, master: indexes[port.Bridge]))],
            "the segments' ports");
    }

    private void Configure(LabMember member)
    {
        using NetlinkSocket socket = NetlinkSocket.Open(NetworkNamespace.PathOf(paths.NamespaceOf(member.Name)));
        Dictionary<string, int> indexes = IndexesIn(socket);
        List<NetlinkRequest> requests = [];
        foreach (LabInterface link in member.Interfaces)
        {
            requests.Add(LinkRequests.Set(indexes[link.Name], up: true));
            foreach (IpInterfaceAddress address in link.Addresses)
            {
                requests.Add(AddressRequests.New(new InterfaceAddress
                {
                    Index = indexes[link.Name],
                    Address = address,
                    Flags = address.Address.Family == IpFamily.Ipv6 ? AddressFlags.NoDad : AddressFlags.None,
                }));
            }
        }

        foreach (LabRoute route in member.Routes)
        {
            requests.Add(RouteRequests.Add(new Route
            {
                Destination = route.Destination,
                Gateway = route.Via,
                OutputInterface = indexes[route.Interface],
                Protocol = RouteProtocol.Static,
            }));
        }

        Execute(socket, requests, $"addresses and routes of {member.Name}");
    }

    private static Dictionary<string, int> IndexesIn(NetlinkSocket socket)
    {
        NetlinkReply reply = socket.Execute(LinkRequests.Dump());
        Demand(reply.Error, "the list of links");
        Dictionary<string, int> indexes = [];
        foreach (byte[] message in reply.Messages)
        {
            if (RtnetlinkMessage.TryDecode(message, out RtnetlinkMessage? decoded)
                && decoded is RtnetlinkMessage.LinkChanged { Link: { } link })
            {
                indexes[link.Name] = link.Index;
            }
        }

        return indexes;
    }

    private static void Execute(NetlinkSocket socket, IReadOnlyList<NetlinkRequest> requests, string what)
    {
        foreach (NetlinkReply reply in socket.Execute(requests))
        {
            Demand(reply.Error, what);
        }
    }

    private static void Demand(KernelError? error, string what)
    {
        if (error is not null)
        {
            throw new CommandFailure($"{what}: {error}");
        }
    }
}
