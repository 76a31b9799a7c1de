using System.Collections.Generic;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Detection;
using Weft.Node.Kernel;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>The node's own addresses: found on the host, reported, and never switched in silence. One that the plan has
/// stays as long as the host has it.</content>
public sealed partial class AgentBrain
{
    private readonly SortedDictionary<IpFamily, HostWay> _ways = [];
    private readonly SortedDictionary<IpFamily, IpInterfaceAddress> _detected = [];
    private AddressingOptions _addressing = new();
    private bool _waysDue = true;
    private bool _detectionDue = true;

    private IpInterfaceAddress? DetectedOf(IpFamily family) =>
        _detected.TryGetValue(family, out IpInterfaceAddress found) ? found : null;

    // Asked for when the host's interfaces, addresses or default routes have changed. By the way to the outside packets of
    // IPv6 come in, too, whatever the method.
    private List<(IpAddress Destination, bool IsMethods)> WaysAskedFor()
    {
        List<(IpAddress Destination, bool IsMethods)> asked = [];
        foreach (IpFamily family in Families)
        {
            if (MethodOf(family)?.AsksFor(family) is { } destination)
            {
                asked.Add((destination, true));
            }
        }

        IpAddress outside = DetectionMethod.OutsideOf(IpFamily.Ipv6);
        if (!asked.Exists(a => a.Destination == outside))
        {
            asked.Add((outside, false));
        }

        return asked;
    }

    private DetectionMethod? MethodOf(IpFamily family) =>
        _addressing.AddressOf(family) == AddressingOptions.Autodetect
        && DetectionMethod.TryParse(_addressing.MethodOf(family), family, out DetectionMethod? method, out _)
            ? method
            : null;

    // No way there is an answer, too: whatever the error.
    private void TakeWays(IReadOnlyList<RequestOutcome> outcomes)
    {
        _ways.Clear();
        _wayOut = null;
        _detectionDue = true;
        _waysInDue = true;
        List<(IpAddress Destination, bool IsMethods)> asked = WaysAskedFor();
        for (int i = 0; i < outcomes.Count; i++)
        {
            if (outcomes[i].Errno != 0 || WayOf(outcomes[i]) is not { } way)
            {
                continue;
            }

            if (asked[i].IsMethods)
            {
                _ways[asked[i].Destination.Family] = way;
            }

            if (asked[i].Destination == DetectionMethod.OutsideOf(IpFamily.Ipv6))
            {
                _wayOut = way.Index;
            }
        }
    }

    private static HostWay? WayOf(RequestOutcome outcome)
    {
        HostWay? way = null;
        NetlinkMessageReader reader = new(outcome.Messages);
        while (reader.TryRead(out NetlinkMessageView view))
        {
            if (RtnetlinkMessage.TryDecode(view.Bytes, out RtnetlinkMessage? message)
                && message is RtnetlinkMessage.RouteChanged { Route: { Type: RouteType.Unicast, OutputInterface: { } index } route })
            {
                way = new HostWay(index, route.PreferredSource);
            }
        }

        return way;
    }

    private void HostHasChanged()
    {
        _waysDue = true;
        _detectionDue = true;
        _waysInDue = true;
    }

    private void Detect(List<BrainAction> actions)
    {
        KernelScope host = ScopeOf("");
        if (!_detectionDue || _waysDue || !host.IsRead || host.InFlight is not null)
        {
            return;
        }

        _detectionDue = false;
        foreach (IpFamily family in Families)
        {
            IpInterfaceAddress? before = DetectedOf(family);
            IpInterfaceAddress? found = Detect(family, host);
            if (found is { } value)
            {
                _detected[family] = value;
            }
            else
            {
                _detected.Remove(family);
            }

            if (before is { } old && found is { } next && old.Address != next.Address)
            {
                actions.Add(new BrainAction.Note(FindingSeverity.Notice,
                    $"the host has no {old.Address} any more: the node's {NameOf(family)} address is {next} now ({_addressing.MethodOf(family)})"));
            }
        }
    }

    private IpInterfaceAddress? Detect(IpFamily family, KernelScope host)
    {
        string finding = $"detection {family}";
        _findings.Remove(finding);
        if (MethodOf(family) is not { } method)
        {
            return IpInterfaceAddress.TryParse(_addressing.AddressOf(family), out IpInterfaceAddress given) ? given : null;
        }

        List<Candidate> candidates = AddressDetection.Candidates(family, host.Addresses, host.LinkAt);
        Candidate? chosen = AddressDetection.Choose(method, candidates, _ways.GetValueOrDefault(family));
        if ((_facts.AddressOf(family) ?? DetectedOf(family)?.Address) is not { } known
            || AddressDetection.Held(known, host.Addresses, host.LinkAt) is not { } kept)
        {
            return chosen?.Address;
        }

        if (chosen is not null && chosen.Address.Address != kept.Address.Address)
        {
            Find(finding, FindingSeverity.Notice, $"{_addressing.MethodOf(family)} would choose {chosen.Address} on {chosen.Device}; "
                + $"the node stays at {kept.Address} as long as {kept.Device} has it", $"Node/{_node}");
        }

        return kept.Address;
    }
}
