using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Linux.Namespaces;
using Weft.Linux.Processes;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Conntrack;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Expressions;
using Weft.Netlink.Nftables.Rules;
using Weft.Netlink.Rtnetlink;

namespace Weft.App.Doctor;

/// <summary>Uses each part of the kernel that Weft needs, in a network namespace made for it and removed after it. So
/// modules are loaded that would be loaded by an agent, and nothing of the host is touched.</summary>
internal sealed class KernelTrials : IDisposable
{
    private const string NamePrefix = "weft-doctor-";
    private const string Table = "weft-doctor";
    private const string SegmentMap = "segments";
    private const string Loopback = "lo";
    private const byte RouteLocal = 2; // RTN_LOCAL

    private readonly string _path;
    private readonly NetlinkSocket _route;
    private readonly List<Trial> _trials = [];
    private NetlinkSocket? _netfilter;

    private KernelTrials(string path)
    {
        _path = path;
        _route = NetlinkSocket.Open(path);
    }

    /// <summary>Tries everything. Null if no namespace could be made: then <paramref name="error"/> says why.</summary>
    public static IReadOnlyList<Trial>? Run(out string? error)
    {
        RemoveLeftovers();
        string name = string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}{Environment.ProcessId}");
        if (NetworkNamespace.Create(name, loopbackUp: true) is KernelError refused)
        {
            error = refused.ToString();
            return null;
        }

        try
        {
            using KernelTrials trials = new(NetworkNamespace.PathOf(name));
            trials.Links();
            trials.Filters();
            error = null;
            return trials._trials;
        }
        finally
        {
            NetworkNamespace.Delete(name);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _route.Dispose();
        _netfilter?.Dispose();
    }

    // Of a doctor that was killed.
    private static void RemoveLeftovers()
    {
        foreach (string name in NetworkNamespace.List().Where(n => n.StartsWith(NamePrefix, StringComparison.Ordinal)))
        {
            if (int.TryParse(name.AsSpan(NamePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && !ProcessTable.All().Contains(pid))
            {
                NetworkNamespace.Delete(name);
            }
        }
    }

    private void Links()
    {
        Try(KernelFeature.Veth, LinkRequests.NewVeth("a", new VethPeer("b"), up: true));
        bool hasIpv6 = Sysctl.Read(_path, "ipv6/conf/all/disable_ipv6", out string disabled) is null && disabled == "0";
        _trials.Add(new Trial(KernelFeature.Ipv6, hasIpv6 ? null : "this kernel has no IPv6, or it is turned off"));
        Try(KernelFeature.Vxlan, Tunnel("vxlan.weft", "192.0.2.1"));
        Try(KernelFeature.VxlanV6, Tunnel("vxlan6.weft", "2001:db8::1"));
        Try(KernelFeature.Ipip, LinkRequests.NewIpip("ipip.weft", new IpipSettings { Local = IpAddress.Parse("192.0.2.1") }));
        Try(KernelFeature.ProxyNeighbours, [.. ProxyNeighbour()]);
        KernelError? forced = Sysctl.Read(_path, "ipv6/conf/default/force_forwarding", out _);
        if (hasIpv6)
        {
            _trials.Add(new Trial(
                KernelFeature.ForceForwarding, forced is null ? null : "this kernel has no force_forwarding"));
        }
    }

    private void Filters()
    {
        try
        {
            _netfilter = NetlinkSocket.Open(_path, NetlinkProtocol.Netfilter);
        }
        catch (Weft.Linux.LinuxException e)
        {
            _trials.Add(new Trial(KernelFeature.Nftables, e.Message));
            return;
        }

        // One batch each, so that each has an answer of its own; what they share comes first.
        if (!TryBatch(KernelFeature.Nftables, NftablesRequests.AddTable(
            new NftTable { Family = NftFamily.Inet, Name = Table })))
        {
            return;
        }

        TryBatch(KernelFeature.Sets, [.. Sets()]);
        TryRule(
            KernelFeature.Nat,
            new NftHook(NftHook.Nat, NftHookNumber.Postrouting, NftHook.PrioritySourceNat),
            new NftRuleBuilder().WhereTransport(6).SourceNat(IpAddress.Parse("192.0.2.1"), 1024, 65535));
        TryRule(
            KernelFeature.Fib,
            new NftHook(NftHook.Filter, NftHookNumber.Prerouting, NftHook.PriorityRaw),
            new NftRuleBuilder().Where(NftField.DestinationAddressType, RouteLocal).NoTrack());
        TryRule(
            KernelFeature.Tracking,
            new NftHook(NftHook.Filter, NftHookNumber.Forward, NftHook.PriorityFilter),
            new NftRuleBuilder().WhereAny(NftField.ConnectionState, (ulong)CtState.Established).Accept());
        TryRule(
            KernelFeature.Ingress,
            new NftHook(NftHook.Filter, NftHookNumber.Ingress, NftHook.PriorityRaw) { Devices = [Loopback] },
            new NftRuleBuilder().Where(NftField.Ipv4Source, IpAddress.Parse("192.0.2.1")).Accept());
        TryRule(
            KernelFeature.MssClamp,
            new NftHook(NftHook.Filter, NftHookNumber.Prerouting, NftHook.PriorityRaw),
            new NftRuleBuilder().WhereSyn().ClampMssBy(SegmentMap, NftField.Ipv4Destination));
        NetlinkReply connections = _netfilter.Execute(ConntrackRequests.Dump());
        _trials.Add(new Trial(KernelFeature.Conntrack, connections.Error?.ToString()));
    }

    private static IEnumerable<NetlinkRequest> Sets()
    {
        NftSet hash = NftSet.Of(
            NftFamily.Inet, Table, "hash", [NftDataType.Ipv4Address, NftDataType.Ipv4Address]);
        NftSet intervals = NftSet.Of(
            NftFamily.Inet,
            Table,
            "intervals",
            [NftDataType.Ipv4Address, NftDataType.Ipv4Address],
            NftSetFlags.Interval);
        NftSet segments = NftSet.Of(NftFamily.Inet, Table, SegmentMap, [NftDataType.Ipv4Address], data: NftDataType.Port);
        return [NftablesRequests.AddSet(hash), NftablesRequests.AddSet(intervals), NftablesRequests.AddSet(segments)];
    }

    private static NetlinkRequest Tunnel(string name, string local) => LinkRequests.NewVxlan(name, new VxlanSettings
    {
        Vni = 4096,
        Local = IpAddress.Parse(local),
        Df = VxlanDf.Inherit,
    });

    private IEnumerable<NetlinkRequest> ProxyNeighbour()
    {
        NetlinkReply reply = _route.Execute(LinkRequests.GetByName("a"));
        return reply.Messages is [byte[] message]
            && RtnetlinkMessage.TryDecode(message, out RtnetlinkMessage? value)
            && value is RtnetlinkMessage.LinkChanged changed
                ?
                [
                    NeighbourRequests.Replace(new Neighbour
                    {
                        Index = changed.Link.Index,
                        Destination = IpAddress.Parse("169.254.1.1"),
                        Flags = NeighbourFlags.Proxy,
                        Protocol = 87,
                    }),
                ]
                : [];
    }

    private void TryRule(KernelFeature feature, NftHook hook, NftRuleBuilder rule)
    {
        string chain = string.Create(CultureInfo.InvariantCulture, $"chain{_trials.Count}");
        TryBatch(
            feature,
            NftablesRequests.AddChain(new NftChain { Family = NftFamily.Inet, Table = Table, Name = chain, Hook = hook }),
            NftablesRequests.AppendRule(new NftRule
            {
                Family = NftFamily.Inet,
                Table = Table,
                Chain = chain,
                Expressions = rule.Build(),
            }));
    }

    private bool TryBatch(KernelFeature feature, params NetlinkRequest[] requests) =>
        Tell(feature, _netfilter!.Commit(new NftablesBatch(requests)));

    private void Try(KernelFeature feature, params NetlinkRequest[] requests)
    {
        if (requests.Length == 0)
        {
            _trials.Add(new Trial(feature, "what it needs could not be made"));
            return;
        }

        Tell(feature, _route.Execute(requests));
    }

    private bool Tell(KernelFeature feature, IReadOnlyList<NetlinkReply> replies)
    {
        // ECANCELED: not this one's fault, another one of the same batch says why.
        KernelError? error = replies.Select(reply => reply.Error).OfType<KernelError>()
            .OrderBy(e => e.Errno == 125).FirstOrDefault();
        _trials.Add(new Trial(feature, error?.ToString()));
        return error is null;
    }
}
