using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Kernel;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>Settings of interfaces (sysctl): looked at when a link of ours comes about, and when the kernel tells that
/// somebody turned one.</content>
public sealed partial class AgentBrain
{
    // The settings that belong to no interface stand under this name.
    private const string NoDevice = "";
    private const string ForceForwardingProbe = "ipv6/conf/default/force_forwarding";
    private const string ReversePathFilterOfAll = "ipv4/conf/all/rp_filter";
    private const string Strict = "1";
    private const string Loose = "2";

    private readonly List<string> _turned = [];

    // Of force_forwarding the kernel tells that it was written, and not to what.
    private readonly SortedSet<string> _forceForwardingDue = new(StringComparer.Ordinal);
    private Forwarding _forwarding6;

    // What is said for all interfaces counts on each, where it says more than its own; none while it has not been asked.
    private string? _reversePathFilter;

    // How IPv6 is forwarded: interface by interface, where the kernel can (force_forwarding, Linux 6.17), so that the
    // host goes on taking router advertisements; else by the one setting that makes it a router everywhere.
    private enum Forwarding : byte
    {
        Unknown,
        Asked,
        ByInterface,
        Everywhere,
    }

    private void EnsureSettings(KernelScope scope, List<BrainAction> actions)
    {
        if (scope.IsHost && _forwarding6 == Forwarding.ByInterface)
        {
            foreach (string device in _forceForwardingDue.Where(d => IsThere(scope, d) && !scope.SettingsDue.Contains(d)))
            {
                actions.Add(new BrainAction.EnsureSysctl(scope.Path, $"ipv6/conf/{device}/force_forwarding", "1"));
            }

            _forceForwardingDue.Clear();
        }

        if (scope.SettingsDue.Count == 0)
        {
            return;
        }

        if (scope.IsHost && _facts.HasIpv6 && _forwarding6 == Forwarding.Unknown)
        {
            _forwarding6 = Forwarding.Asked;
            actions.Add(new BrainAction.EnsureSysctl(scope.Path, ForceForwardingProbe, "1", From: "1")); // Changes nothing.
        }

        if (scope.IsHost && _forwarding6 == Forwarding.Asked)
        {
            return;
        }

        foreach (string device in scope.SettingsDue.Where(d => IsThere(scope, d)).ToList())
        {
            scope.SettingsDue.Remove(device);
            foreach ((string path, string value, string? from) in SettingsOf(scope, device))
            {
                actions.Add(new BrainAction.EnsureSysctl(scope.Path, path, value, from));
            }
        }
    }

    private static bool IsThere(KernelScope scope, string device) => device == NoDevice
        || (scope.IsHost && !KernelNames.IsOurs(device)
            ? scope.Links.ContainsKey(device)
            : scope.Objects.Actual.ContainsKey(LinkObject.KeyOf(device)));

    private List<(string Path, string Value, string? From)> SettingsOf(KernelScope scope, string device)
    {
        if (!scope.IsHost)
        {
            // Some runtimes turn IPv6 off in a namespace that they make. Of several interfaces each takes what will be answered
            // through another.
            return HasSiblings(scope.Path)
                ? [($"ipv6/conf/{device}/disable_ipv6", "0", null), ($"ipv4/conf/{device}/rp_filter", "2", "1")]
                : [($"ipv6/conf/{device}/disable_ipv6", "0", null)];
        }

        if (device == NoDevice)
        {
            List<(string, string, string?)> all = [("ipv4/ip_forward", "1", null), (ReversePathFilterOfAll, Strict, Strict)]; // Only asks.
            return _facts.HasIpv6 && _forwarding6 == Forwarding.Everywhere ? [.. all, .. ForwardEverywhere(scope)] : all;
        }

        List<(string, string, string?)> settings = [];
        bool isTunnel = KernelNames.IsTunnel(device);
        bool isWorkload = !isTunnel && KernelNames.IsOurs(device);
        if (isWorkload || (isTunnel && _reversePathFilter is not null))
        {
            // Whose source address may come in is for the rules to say, in both families at once: a second look, at the routes,
            // would cost each packet as much again, and takes nothing of what a workload with several links sends by the other
            // one. Loose on a tunnel device where all others are strict: the way back may be another one while a pool changes
            // its mode (RFC 3704, 2.3).
            settings.Add(($"ipv4/conf/{device}/rp_filter", isTunnel && _reversePathFilter == Strict ? Loose : "0", null));
        }

        if (!_facts.HasIpv6)
        {
            return settings;
        }

        if (isWorkload && scope.Objects.Desired.ContainsKey(new ProxyNeighbourObject(device, KernelNames.GatewayV6).Key))
        {
            // The gateway's address is on no link: the host answers for it, as a router, and at once.
            settings.Add(($"ipv6/conf/{device}/forwarding", "1", null));
            settings.Add(($"ipv6/conf/{device}/proxy_ndp", "1", null));
            settings.Add(($"ipv6/neigh/{device}/proxy_delay", "0", null));
        }

        if (_forwarding6 == Forwarding.ByInterface)
        {
            settings.Add(($"ipv6/conf/{device}/force_forwarding", "1", null));
        }

        return settings;
    }

    // A router takes no router advertisements, unless an interface is told to all the same: those that take them now
    // are told first.
    private static IEnumerable<(string, string, string?)> ForwardEverywhere(KernelScope host) =>
    [
        .. host.Links.Keys.Where(d => !KernelNames.IsOurs(d)).Append("default").Order(StringComparer.Ordinal)
            .Select(d => ($"ipv6/conf/{d}/accept_ra", "2", (string?)"1")),
        ("ipv6/conf/all/forwarding", "1", null),
    ];

    private void TakeSysctl(BrainEvent.SysctlAnswered answered, List<BrainAction> actions)
    {
        KernelScope host = ScopeOf("");
        if (!TryGetScope(answered.Scope, out KernelScope? scope))
        {
            return; // It is gone, and its settings with it.
        }

        if (answered.Path == ForceForwardingProbe)
        {
            _forwarding6 = answered.Error is null ? Forwarding.ByInterface : Forwarding.Everywhere;
            host.SettingsDue.Add(NoDevice);
            return;
        }

        if (answered.Path == ReversePathFilterOfAll && answered.Scope.Length == 0)
        {
            FollowReversePathFilter(host, answered.Standing ?? Strict); // Loose on our devices does no harm.
            return;
        }

        string key = $"sysctl {answered.Scope} {answered.Path}";
        if (answered.Error is null)
        {
            _findings.Remove(key);
            if (!scope.Ensure(DeviceOf(answered.Path) ?? NoDevice, answered.Path) && answered.Found is { } found)
            {
                _turned.Add($"{answered.Path} (was {found})");
            }
        }
        else if (DeviceOf(answered.Path) is not { } device || answered.Scope.Length > 0 || host.Links.ContainsKey(device))
        {
            Find(key, FindingSeverity.Error, $"{answered.Path} cannot be set: {answered.Error}", "Kernel");
            actions.Add(new BrainAction.Note(
                FindingSeverity.Error, $"{answered.Path} cannot be set: {answered.Error}"));
        }
    }

    // Turning one thing turns many settings: told in one line.
    private void TellTurned(List<BrainAction> actions)
    {
        if (_turned.Count > 0)
        {
            string more = _turned.Count > NotedMax ? $" and {_turned.Count - NotedMax} more" : "";
            actions.Add(new BrainAction.Note(FindingSeverity.Notice,
                $"changed by others, put right: {string.Join(", ", _turned.Take(NotedMax))}{more}"));
            _turned.Clear();
        }
    }

    private void FollowReversePathFilter(KernelScope host, string value)
    {
        if (value == _reversePathFilter)
        {
            return;
        }

        _reversePathFilter = value;
        foreach (string device in (string[])[KernelNames.TunnelDevice, KernelNames.TunnelDeviceV6, KernelNames.IpipDevice])
        {
            host.ForgetSettings(device); // Else ours would pass for others' changes.
            if (host.Objects.Desired.ContainsKey(LinkObject.KeyOf(device)))
            {
                host.SettingsDue.Add(device);
            }
        }
    }

    private void LookAtSettings(KernelScope host, InterfaceConfiguration changed)
    {
        if (changed is { Index: InterfaceConfiguration.AllInterfaces, Family: IpFamily.Ipv4, ReversePathFilter: { } filter })
        {
            FollowReversePathFilter(host, filter.ToString(CultureInfo.InvariantCulture));
        }

        string? device = changed.Index == InterfaceConfiguration.AllInterfaces ? NoDevice : host.NameOf(changed.Index);
        if (device is null || (device != NoDevice && !IsUnderlay(device) && !_waysIn.ContainsKey(device) && !KernelNames.IsOurs(device)))
        {
            return;
        }

        if (device == NoDevice && changed.Family == IpFamily.Ipv6)
        {
            // Whoever turns forwarding off everywhere turns it off on each interface, and not of each is told.
            AllSettingsAreDue(host);
        }
        else if (changed is { Family: IpFamily.Ipv6, Forwarding: null, ProxyNeighbour: null, ForceForwarding: null } && _facts.HasIpv6)
        {
            _forceForwardingDue.Add(device);
        }
        else if (SettingsOf(host, device).Any(s => Contradicts(changed, s.Path, s.Value)))
        {
            host.SettingsDue.Add(device);
        }
    }

    private static bool Contradicts(InterfaceConfiguration changed, string path, string value)
    {
        int? now = path.StartsWith("ipv4/", StringComparison.Ordinal) != (changed.Family == IpFamily.Ipv4)
            ? null
            : path[(path.LastIndexOf('/') + 1)..] switch
            {
                "ip_forward" or "forwarding" => changed.Forwarding,
                "rp_filter" => changed.ReversePathFilter,
                "proxy_ndp" => changed.ProxyNeighbour,
                "force_forwarding" => changed.ForceForwarding,
                _ => null,
            };
        return now is { } number && number.ToString(CultureInfo.InvariantCulture) != value;
    }

    private void AllSettingsAreDue(KernelScope scope)
    {
        scope.SettingsDue.UnionWith(scope.Objects.Desired.Values.OfType<LinkObject>()
            .Where(l => scope.IsHost || l.OwnsLinkLocal).Select(l => l.Name));
        if (scope.IsHost)
        {
            scope.SettingsDue.Add(NoDevice);
            UnderlaySettingsAreDue(scope);
            scope.SettingsDue.UnionWith(_waysIn.Keys);
        }
    }

    // Packets for workloads come in by the interfaces that have the node's addresses.
    private void UnderlaySettingsAreDue(KernelScope host)
    {
        foreach (IpFamily family in Families)
        {
            if (_facts is { HasIpv6: true } && _facts.UnderlayOf(family) is { } underlay)
            {
                host.SettingsDue.Add(underlay.Device);
            }
        }
    }

    private bool IsUnderlay(string device) => _facts.Ipv4?.Device == device || _facts.Ipv6?.Device == device;

    private static string? DeviceOf(string path) => path.Split('/') is [_, _, string device, _] ? device : null;
}
