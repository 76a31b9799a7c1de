using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>Offloads of tunnel devices: some hardware spoils the checksum of a packet within a packet when it is left to
/// it. So each device is tried once, by a packet to another node that leaves it to the hardware.</content>
/// <remarks>One that works is tried again when the device is made anew or sends through another interface. One that does
/// not is turned off, and stays off while it sends through that interface, also when it is made anew: no packet is spoiled to
/// learn what is known. One that is found off was turned off by a former run, or by the administrator: it is left, for
/// nothing says that turning it on spoils no packets.</remarks>
public sealed partial class AgentBrain
{
    private static readonly TimeSpan ProbeRetryMin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ProbeRetryMax = TimeSpan.FromMinutes(5);

    private readonly SortedDictionary<string, TunnelOffload> _offloads = new(StringComparer.Ordinal);
    private long _lastProbe;

    // Who may have become one that can be asked, since all were looked at and none could: all of them, or these.
    private readonly SortedSet<string> _offloadPeers = new(StringComparer.Ordinal);
    private bool _allOffloadPeers;

    private Instant? OffloadsDeadline => _offloads.Values.Aggregate((Instant?)null, (e, o) => Earliest(e, o.RetryAt));

    private void CheckOffloads(Instant now, List<BrainAction> actions)
    {
        foreach (string device in (string[])[KernelNames.IpipDevice, KernelNames.TunnelDevice, KernelNames.TunnelDeviceV6])
        {
            FollowDevice(device, actions);
        }

        bool waits = false;
        foreach ((string device, TunnelOffload offload) in _offloads)
        {
            if (offload.MayBeTurned)
            {
                LookAtTurned(device, offload, actions);
            }

            bool isAgain = offload.RetryAt <= now;
            bool isDue = isAgain || (offload.RetryAt is null && (_allOffloadPeers || _offloadPeers.Count > 0));
            if (IsUndecided(offload) && isDue)
            {
                offload.RetryAt = null;
                _allOffloadPeers |= isAgain;
                waits |= !TryProbe(device, offload, actions);
            }
        }

        if (!waits)
        {
            _offloadPeers.Clear();
            _allOffloadPeers = false;
        }
    }

    private static bool IsUndecided(TunnelOffload offload) => offload is { Verdict: OffloadVerdict.Unknown, Probe: null };

    // A change of one node looks at that one, however many there are.
    private void FollowOffloadPeers()
    {
        if (_allOffloadPeers || !_offloads.Values.Any(IsUndecided))
        {
            return;
        }

        foreach (string key in _touched)
        {
            _plan.TryGet(key, out PlanEntry? entry);
            if (entry is PoolEntry or SelfEntry)
            {
                _allOffloadPeers = true;
            }
            else if (entry is PeerEntry or RemoteBlockEntry)
            {
                _offloadPeers.Add(entry is PeerEntry peer ? peer.Node : ((RemoteBlockEntry)entry).Node);
            }
        }
    }

    private IEnumerable<PeerEntry> OffloadPeers => _allOffloadPeers
        ? _plan.OfSort<PeerEntry>()
        : _offloadPeers.Select(n => _plan.TryGet(PeerEntry.KeyOf(n), out PlanEntry? entry) ? entry : null).OfType<PeerEntry>();

    private void FollowDevice(string device, List<BrainAction> actions)
    {
        KernelScope host = ScopeOf("");
        ObjectKey key = LinkObject.KeyOf(device);
        TunnelOffload? before = _offloads.GetValueOrDefault(device);
        if (Self is not null && !host.Objects.TryGetDesired(key, out _))
        {
            if (_offloads.Remove(device))
            {
                ForgetOffloadFindings(device);
            }

            return;
        }

        IpFamily outer = device == KernelNames.TunnelDeviceV6 ? IpFamily.Ipv6 : IpFamily.Ipv4;
        if (!host.Objects.TryGetActual(key, out _) || !host.TryGetIndex(device, out int index)
            || _facts.UnderlayOf(outer) is not { IsThere: true } underlay
            || !host.TryGetIndex(underlay.Device, out int below)
            || (before?.Index == index && before.Underlay == below))
        {
            return;
        }

        if (before is { Verdict: OffloadVerdict.Broken } && before.Underlay == below)
        {
            before.Index = index;
            before.IsEnsured = false;
            actions.Add(new BrainAction.SetOffload(device, On: false));
            return;
        }

        if (before is { Verdict: OffloadVerdict.Broken } && before.Index == index)
        {
            actions.Add(new BrainAction.SetOffload(device, On: true)); // What another interface did says nothing of this one.
        }

        _offloads[device] = new TunnelOffload(index, below);
        _allOffloadPeers = true;
        ForgetOffloadFindings(device);
    }

    private void OffloadsMayBeTurned(Predicate<string> which)
    {
        foreach ((string device, TunnelOffload offload) in _offloads)
        {
            offload.MayBeTurned |= which(device);
        }
    }

    private void LookAtTurned(string device, TunnelOffload offload, List<BrainAction> actions)
    {
        offload.MayBeTurned = false;
        if (offload.Verdict == OffloadVerdict.Broken)
        {
            actions.Add(new BrainAction.SetOffload(device, On: false));
        }
        else if (offload.Verdict == OffloadVerdict.Off)
        {
            // If it is on now, somebody wants it to be tried.
            offload.Verdict = OffloadVerdict.Unknown;
            offload.RetryAt = _settledAt;
        }
    }

    /// <summary>Sends a probe if somebody can be asked. False: somebody can be soon, when the kernel has the way.</summary>
    private bool TryProbe(string device, TunnelOffload offload, List<BrainAction> actions)
    {
        KernelScope host = ScopeOf("");
        string after = offload.Peer.Length > 0 ? offload.Peer : _node;
        (string Peer, IpAddress Target, ObjectKey Way)? next = null;
        foreach (PeerEntry peer in OffloadPeers)
        {
            foreach (IpAddress target in TunnelAddressesOf(peer))
            {
                if (_facts.TunnelOf(target.Family) is not null && WayOver(device, peer, target) is { } way
                    && (next is null || Follows(peer.Node, next.Value.Peer)))
                {
                    next = (peer.Node, target, way);
                    break;
                }
            }
        }

        if (next is not { } chosen)
        {
            return true; // A change of the plan will say.
        }

        IpAddress source = _facts.TunnelOf(chosen.Target.Family)!.Value;
        ObjectKey address = new AddressObject(device, new IpInterfaceAddress(source, source.BitLength)).Key;
        if (host.Objects.IsPending(LinkObject.KeyOf(device)) || host.Objects.IsPending(address) || host.Objects.IsPending(chosen.Way))
        {
            return false;
        }

        offload.Peer = chosen.Peer;
        offload.Probe = ++_lastProbe;
        actions.Add(new BrainAction.ProbeOffload(_lastProbe, device, source, chosen.Target));
        return true;

        // The next by name, and after the last the first: not all nodes of a fleet ask the same one.
        bool Follows(string name, string than)
        {
            bool isBehind = string.CompareOrdinal(name, after) > 0;
            return isBehind != string.CompareOrdinal(than, after) > 0 ? isBehind : string.CompareOrdinal(name, than) < 0;
        }
    }

    private static IEnumerable<IpAddress> TunnelAddressesOf(PeerEntry peer) =>
        ((IpAddress?[])[peer.TunnelIpv4, peer.TunnelIpv6]).OfType<IpAddress>();

    // The route of the block in which the address is, if it leads over this device.
    private ObjectKey? WayOver(string device, PeerEntry peer, IpAddress target)
    {
        foreach (PoolEntry pool in Pools.Where(p => p.Cidr.Contains(target)))
        {
            IpPrefix block = new(target, pool.BlockSize);
            ObjectKey key = RouteObject.KeyOf(block, RouteMetrics.RemoteBlock);
            if (_plan.TryGet(RemoteBlockEntry.KeyOf(block), out PlanEntry? entry) && entry is RemoteBlockEntry remote
                && remote.Node == peer.Node && ScopeOf("").Objects.TryGetDesired(key, out KernelObject? value)
                && value.StandsOn == device)
            {
                return key;
            }
        }

        return null;
    }

    private void TakeVerdict(BrainEvent.OffloadProbed probed, Instant now, List<BrainAction> actions)
    {
        if (_offloads.FirstOrDefault(o => o.Value.Probe == probed.Probe) is not { Key: { } device, Value: { } offload })
        {
            return; // The device that it was about is gone.
        }

        offload.Probe = null;
        offload.Verdict = probed.Verdict;
        ForgetOffloadFindings(device);
        switch (probed.Verdict)
        {
            case OffloadVerdict.Unknown:
                long factor = 1L << Math.Min(offload.Attempts++, 16);
                offload.RetryAt = now.After(TimeSpan.FromTicks(Math.Min(ProbeRetryMax.Ticks, ProbeRetryMin.Ticks * factor)));
                break;
            case OffloadVerdict.Broken:
                string found = $"the network spoils checksums that {device} leaves to it: packets to node {offload.Peer} arrived only "
                    + $"with finished ones; tx-checksumming of {device} is turned off";
                Find(OffloadFinding(device), FindingSeverity.Notice, found, $"Node/{_node}");
                actions.Add(new BrainAction.Note(FindingSeverity.Notice, found));
                actions.Add(new BrainAction.SetOffload(device, On: false));
                break;
            case OffloadVerdict.Off:
                Find(OffloadFinding(device), FindingSeverity.Notice, $"tx-checksumming of {device} is off, as a former run of the agent or "
                    + $"somebody else left it: 'ethtool -K {device} tx on' has it tried again", $"Node/{_node}");
                break;
            default:
                break;
        }
    }

    private void TakeOffload(BrainEvent.OffloadSet set, List<BrainAction> actions)
    {
        if (!_offloads.TryGetValue(set.Device, out TunnelOffload? offload))
        {
            return;
        }

        string finding = $"{OffloadFinding(set.Device)} set";
        if (set.Error is not null)
        {
            if (ScopeOf("").Links.ContainsKey(set.Device))
            {
                Find(finding, FindingSeverity.Error, $"tx-checksumming of {set.Device} cannot be set: {set.Error}", "Kernel");
            }

            return;
        }

        _findings.Remove(finding);
        if (set.Changed && offload.IsEnsured)
        {
            actions.Add(new BrainAction.Note(
                FindingSeverity.Notice, $"changed by others, put right: tx-checksumming of {set.Device}"));
        }

        offload.IsEnsured = offload.Verdict == OffloadVerdict.Broken;
    }

    private void ForgetOffloadFindings(string device)
    {
        _findings.Remove(OffloadFinding(device));
        _findings.Remove($"{OffloadFinding(device)} set");
    }

    private static string OffloadFinding(string device) => $"offload {device}";
}
