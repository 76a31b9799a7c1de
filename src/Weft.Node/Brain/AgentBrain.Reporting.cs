using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Detection;
using Weft.Node.Kernel;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>What the brain says of itself: what readiness waits for, findings, and the report to the server.</content>
public sealed partial class AgentBrain
{
    private string DescribeWaiting()
    {
        if (_plan.Revision == 0)
        {
            return "the first plan from the server";
        }

        if (_facts.Self is null)
        {
            return $"the Node resource '{_node}'";
        }

        KernelScope? unread = Awake.FirstOrDefault(s => !s.IsRead && !s.IsBlind && !IsDetachedScope(s.Path));
        if (unread is not null)
        {
            return $"a reading of {(unread.IsHost ? "the kernel" : unread.Path)}";
        }

        foreach (IpFamily family in Families)
        {
            if (_facts.LacksUnderlay(family))
            {
                return $"an interface with the address {_facts.AddressOf(family)}";
            }
        }

        if (_touched.Count > 0 || _unwritten.Count > 0 || _addresses.IsTunnelUnwritten)
        {
            return "the address journal";
        }

        // What is on disk since a moment ago is on no device before the next settling.
        if (Families.Any(f => _addresses.AwaitsTunnel(f) || _facts.TunnelOf(f) != _book.TunnelOf(f)))
        {
            return "a tunnel address";
        }

        foreach (KernelScope scope in Awake.Where(s => s.Objects.Pending.Count > 0 && !s.IsBlind))
        {
            foreach (ObjectKey key in scope.Objects.Pending.Where(k => !IsHeld(scope, k)).Take(1))
            {
                string why = scope.Refusals.TryGetValue(key, out Refusal? refusal) ? $" ({refusal.Text})" : "";
                return $"{key}{(scope.IsHost ? "" : $" in {scope.Path}")}{why}";
            }
        }

        return "";
    }

    private bool UpdateApplied()
    {
        bool isReady = IsReady;
        if (isReady)
        {
            _appliedRevision = _plan.Revision;
        }

        return isReady;
    }

    private void Find(string key, FindingSeverity severity, string message, string? subject = null) =>
        _findings[key] = new Finding(severity, subject ?? key, message);

    private void Report(bool isReady, Instant now, List<BrainAction> actions)
    {
        // While the device is tried again, what the last trial said stands.
        _tellsNoIpip = _lacksIpip || (_tellsNoIpip && !isReady && Self is { Ipip: true });
        NodeReport report = new()
        {
            AppliedRevision = _appliedRevision,
            Ready = isReady,
            ProcessId = 0,
            UnderlayMtu = (int?)_facts.Ipv4?.Mtu,
            UnderlayMtuV6 = (int?)_facts.Ipv6?.Mtu,
            TunnelIpv4 = _facts.TunnelIpv4,
            TunnelIpv6 = _facts.TunnelIpv6,
            DetectedIpv4 = DetectedOf(IpFamily.Ipv4),
            DetectedIpv6 = DetectedOf(IpFamily.Ipv6),
            LacksIpip = _tellsNoIpip,
            NoIpv4 = _addressing.Ipv4 == AddressingOptions.None,
            NoIpv6 = _addressing.Ipv6 == AddressingOptions.None,
            Leaks = Leaks,
            Held = _addresses.Held is { Count: > 0 } held ? held : null,
            Findings = [.. _findings.Values],
        };
        report = report with { Blocks = UseOfBlocks(_reported is null || !SameReport(_reported, report), now) };
        if (_reported is null || !SameReport(_reported, report) || !(_reported.Blocks ?? []).SequenceEqual(report.Blocks ?? []))
        {
            _reported = report;
            actions.Add(new BrainAction.Report(report));
        }
    }

    private static bool SameReport(NodeReport a, NodeReport b) =>
        WithoutLists(a) == WithoutLists(b) && a.Findings.SequenceEqual(b.Findings)
        && (a.Leaks ?? []).SequenceEqual(b.Leaks ?? []) && (a.Held ?? []).SequenceEqual(b.Held ?? []);

    private static NodeReport WithoutLists(NodeReport report) => report with { Findings = [], Leaks = null, Blocks = null, Held = null };
}
