using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;

namespace Weft.App.Up;

/// <summary>Reads which address ranges a host uses: its addresses, its routes of all tables, its name servers, and the
/// networks that container engines have on file, also while they are not up. Changes nothing.</summary>
internal static class HostRanges
{
    private const string ResolverFile = "/etc/resolv.conf";

    // What covers half of everything, or all of it, is a way out, and no range in use.
    private const int WayOutLengthMax = 1;

    // A file of a container engine is a page long; more is not one.
    private const int FileBytesMax = 1 << 20;

    private static readonly string[] EngineFolders =
        ["/etc/cni/net.d", "/etc/containers/networks", "/run/containers/networks", "/etc/docker"];

    /// <summary>All of them, in the network namespace of this process.</summary>
    public static IReadOnlyList<SeenRange> Read()
    {
        List<SeenRange> seen = [];
        using (NetlinkSocket socket = NetlinkSocket.Open(null))
        {
            foreach (RtnetlinkMessage message in Ask(
                socket,
                AddressRequests.Dump(),
                RouteRequests.Dump(IpFamily.Ipv4),
                RouteRequests.Dump(IpFamily.Ipv6)))
            {
                if (message is RtnetlinkMessage.AddressChanged { Address.Address: { } address })
                {
                    Add(seen, address.Prefix, "an address of this host");
                }
                else if (message is RtnetlinkMessage.RouteChanged { Route.Destination: { } destination })
                {
                    Add(seen, destination, "a route of this host");
                }
            }
        }

        foreach (IpAddress server in NameServers(Lines(ResolverFile)))
        {
            Add(seen, IpPrefix.Host(server), ResolverFile);
        }

        foreach (string file in EngineFolders.SelectMany(FilesIn).Order(StringComparer.Ordinal))
        {
            foreach (IpPrefix range in Named(string.Join('\n', Lines(file))))
            {
                Add(seen, range, file);
            }
        }

        return seen;
    }

    /// <summary>Whether packets of this host may leave by IPv6: an interface has an address that is no link-local one.
    /// </summary>
    public static bool HasIpv6(IReadOnlyCollection<SeenRange> seen)
    {
        IpPrefix linkLocal = IpPrefix.Parse("fe80::/10");
        IpPrefix loopback = IpPrefix.Parse("::1/128");
        return seen.Any(range => range.By == "an address of this host" && range.Range.Family == IpFamily.Ipv6
            && !range.Range.Overlaps(linkLocal) && !range.Range.Overlaps(loopback));
    }

    /// <summary>The name servers of a <c>resolv.conf(5)</c>.</summary>
    internal static IEnumerable<IpAddress> NameServers(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            string[] words = line.Split((char[])[' ', '\t', '%'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", string text, ..] && IpAddress.TryParse(text, out IpAddress address))
            {
                yield return address;
            }
        }
    }

    /// <summary>The ranges that a text names anywhere between quotes, whatever its schema.</summary>
    internal static IEnumerable<IpPrefix> Named(string text) => text.Split('"')
        .Select(word => IpInterfaceAddress.TryParse(word, out IpInterfaceAddress range) ? (IpPrefix?)range.Prefix : null)
        .OfType<IpPrefix>();

    private static void Add(List<SeenRange> seen, IpPrefix range, string by)
    {
        if (range.Length > WayOutLengthMax)
        {
            seen.Add(new SeenRange(range, by));
        }
    }

    private static List<RtnetlinkMessage> Ask(NetlinkSocket socket, params NetlinkRequest[] requests)
    {
        List<RtnetlinkMessage> messages = [];
        foreach (byte[] bytes in socket.Execute(requests).SelectMany(reply => reply.Messages))
        {
            if (RtnetlinkMessage.TryDecode(bytes, out RtnetlinkMessage? message))
            {
                messages.Add(message);
            }
        }

        return messages;
    }

    /// <summary>The regular files of a folder that are no longer than an engine's; none if it is not there.</summary>
    internal static IReadOnlyList<string> FilesIn(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder).Where(IsPage)];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // A length is what a regular file has, and no pipe, whose reader would wait.
    private static bool IsPage(string path)
    {
        try
        {
            FileInfo file = new(path);
            return (file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is FileInfo { Exists: true, Length: > 0 and <= FileBytesMax };
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false; // It has gone meanwhile, or leads nowhere.
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return []; // What cannot be read says nothing.
        }
    }
}
