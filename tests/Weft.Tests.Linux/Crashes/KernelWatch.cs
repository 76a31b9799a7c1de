using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Crashes;

/// <summary>Hears every change in the kernel that touches what settled workloads and their nodes have: what is right
/// must not be changed, so there must be none.</summary>
/// <remarks>Of a write that changes nothing at all the kernel does not tell.</remarks>
internal sealed class KernelWatch : IDisposable
{
    // Notices wait in the kernel until they are fetched.
    private const int Buffer = 16 * 1024 * 1024;
    private const byte Ours = 87;

    private static readonly RtnetlinkGroup[] Groups =
    [
        RtnetlinkGroup.RTNLGRP_LINK,
        RtnetlinkGroup.RTNLGRP_NEIGH,
        RtnetlinkGroup.RTNLGRP_IPV4_IFADDR,
        RtnetlinkGroup.RTNLGRP_IPV4_ROUTE,
        RtnetlinkGroup.RTNLGRP_IPV6_IFADDR,
        RtnetlinkGroup.RTNLGRP_IPV6_ROUTE,
        RtnetlinkGroup.RTNLGRP_NEXTHOP,
    ];

    private readonly List<Ear> _ears = [];

    /// <summary>Begins to listen.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="nodes">Its nodes.</param>
    /// <param name="workloads">The settled workloads; what others do is not looked at.</param>
    public static KernelWatch Open(
        RunningLab lab, IReadOnlyList<string> nodes, IReadOnlyList<SettledWorkload> workloads)
    {
        KernelWatch watch = new();
        foreach (string node in nodes)
        {
            IEnumerable<string> links = workloads.Where(w => w.Node == node).Select(w => w.HostInterface);
            watch._ears.Add(Ear.Open(lab.NamespaceOf(node), ["eth0", "vxlan.weft", .. links]));
        }

        foreach (SettledWorkload workload in workloads)
        {
            watch._ears.Add(Ear.Open(lab.NamespaceOf(workload.Name), ["eth0"]));
        }

        return watch;
    }

    /// <summary>What was written since the last time that this was asked; none if all was left as it is.</summary>
    public IReadOnlyList<string> Fetch() => [.. _ears.SelectMany(ear => ear.Fetch())];

    /// <inheritdoc/>
    public void Dispose() => _ears.ForEach(ear => ear.Dispose());

    private sealed class Ear : IDisposable
    {
        private readonly string _namespace;
        private readonly NetlinkNotifications _notices;
        private readonly Dictionary<int, string> _links;

        private Ear(string name, NetlinkNotifications notices, Dictionary<int, string> links) =>
            (_namespace, _notices, _links) = (name, notices, links);

        public static Ear Open(string name, IReadOnlyList<string> links)
        {
            string path = NetworkNamespace.PathOf(name);
            using NetlinkSocket socket = NetlinkSocket.Open(path);
            Dictionary<int, string> indexes = links.ToDictionary(link => IndexOf(socket, link), link => link);
            return new Ear(name, NetlinkNotifications.Open(path, Groups, receiveBuffer: Buffer), indexes);
        }

        public List<string> Fetch()
        {
            List<string> heard = [];
            while (_notices.ReceiveNow() is { Count: > 0 } notices)
            {
                foreach (Notice notice in notices)
                {
                    Read(notice, heard);
                }
            }

            return heard;
        }

        public void Dispose() => _notices.Dispose();

        private static int IndexOf(NetlinkSocket socket, string link)
        {
            byte[] message = Assert.Single(socket.Execute(LinkRequests.GetByName(link)).Messages);
            Assert.True(RtnetlinkMessage.TryDecode(message, out RtnetlinkMessage? value));
            return Assert.IsType<RtnetlinkMessage.LinkChanged>(value).Link.Index;
        }

        private void Read(Notice notice, List<string> heard)
        {
            if (notice.IsOverrun)
            {
                heard.Add($"{_namespace}: notices were lost");
            }

            NetlinkMessageReader reader = new(notice.Messages);
            while (reader.TryRead(out NetlinkMessageView view))
            {
                if (RtnetlinkMessage.TryDecode(view.Bytes, out RtnetlinkMessage? message) && Concerns(message))
                {
                    heard.Add(string.Create(
                        CultureInfo.InvariantCulture, $"{_namespace}: port {view.Header.PortId}: {message}"));
                }
            }
        }

        // Neighbours that the kernel itself learns and forgets, and its own link-local addresses, are nobody's writing.
        private bool Concerns(RtnetlinkMessage message) => message switch
        {
            RtnetlinkMessage.LinkChanged m => _links.ContainsKey(m.Link.Index),
            RtnetlinkMessage.AddressChanged m => _links.ContainsKey(m.Address.Index)
                && m.Address.Address.Address.Family == IpFamily.Ipv4,
            RtnetlinkMessage.FdbChanged m => _links.ContainsKey(m.Entry.Index),
            RtnetlinkMessage.NeighbourChanged m => _links.ContainsKey(m.Neighbour.Index)
                && (m.Neighbour.Protocol == Ours || m.Neighbour.State.HasFlag(NeighbourState.Permanent)),

            // A route without an interface answers that nothing is there: a node's own block.
            RtnetlinkMessage.RouteChanged m => m.Route.Protocol == Ours
                && (m.Route.OutputInterface is not { } link || link == 0 || _links.ContainsKey(link)),
            RtnetlinkMessage.NextHopChanged m => m.NextHop.Protocol == Ours,
            _ => false,
        };
    }
}

/// <summary>A workload that is there from beginning to end of a test.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Node">Its node.</param>
/// <param name="Address">Its address.</param>
/// <param name="HostInterface">The host side of its link.</param>
internal sealed record SettledWorkload(string Name, string Node, string Address, string HostInterface);
