using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Weft.App.CommandLine;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Netlink.Rtnetlink;

namespace Weft.App.Lab.Picture;

/// <summary>The routes that Weft put into a node's kernel, read from the kernel.</summary>
internal static class NodeRoutes
{
    // Design, section 6: routes of ours carry this protocol.
    private const byte WeftProtocol = 87;

    /// <summary>One line for each route, in the kernel's order.</summary>
    public static IReadOnlyList<string> Read(string networkNamespace)
    {
        using NetlinkSocket socket = NetlinkSocket.Open(NetworkNamespace.PathOf(networkNamespace));
        Dictionary<int, string> links = KernelLinks.NamesIn(socket);
        List<string> lines = [];
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            NetlinkReply reply = socket.Execute(RouteRequests.Dump(family, WeftProtocol));
            if (reply.Error is { } error)
            {
                throw new CommandFailure($"routes of {networkNamespace}: {error}");
            }

            lines.AddRange(reply.Messages
                .Select(message => RtnetlinkMessage.TryDecode(message, out RtnetlinkMessage? decoded) ? decoded : null)
                .OfType<RtnetlinkMessage.RouteChanged>()
                .Where(changed => changed.Route.Protocol == WeftProtocol && changed.Route.Table == RouteTable.Main)
                .Select(changed => Describe(changed.Route, links)));
        }

        return lines;
    }

    /// <summary>A route in the words of <c>ip route</c>.</summary>
    internal static string Describe(Route route, IReadOnlyDictionary<int, string> links)
    {
        StringBuilder line = new();
        line.Append(route.Type == RouteType.Unicast ? "" : $"{route.Type.ToString().ToLowerInvariant()} ");
        line.Append(route.Destination.IsHost ? route.Destination.Address.ToString() : route.Destination.ToString());
        if (route.Gateway is { } gateway)
        {
            line.Append(CultureInfo.InvariantCulture, $" via {gateway}");
        }

        if (route.OutputInterface is { } index)
        {
            line.Append(CultureInfo.InvariantCulture, $" dev {links.GetValueOrDefault(index, $"if{index}")}");
        }

        if (route.PreferredSource is { } source)
        {
            line.Append(CultureInfo.InvariantCulture, $" src {source}");
        }

        if (route.Mtu is { } mtu)
        {
            line.Append(CultureInfo.InvariantCulture, $" mtu {mtu}");
        }

        foreach (RouteNextHop hop in route.NextHops)
        {
            string via = hop.Gateway is { } router ? $" via {router}" : "";
            string link = links.GetValueOrDefault(hop.OutputInterface, $"if{hop.OutputInterface}");
            line.Append(CultureInfo.InvariantCulture, $" nexthop{via} dev {link} weight {hop.Weight}");
        }

        return line.ToString();
    }
}
