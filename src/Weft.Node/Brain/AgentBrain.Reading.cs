using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Kernel;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>What the kernel holds: a notice only marks a namespace to be read again, and the reading says what is
/// there, and what somebody has changed.</content>
public sealed partial class AgentBrain
{
    // A burst of notices costs one reading; and well within the second in which all must be right again.
    private static readonly TimeSpan ReadDelay = TimeSpan.FromMilliseconds(5);

    // Of a proxy neighbour that is deleted the kernel tells nobody: they are looked at, twice a second.
    private static readonly TimeSpan SilentInterval = TimeSpan.FromMilliseconds(500);

    // A flood of lost notices must not become a flood of readings.
    private static readonly TimeSpan OverrunDelay = TimeSpan.FromMilliseconds(200);

    // What the kernel tells of a birth it tells at once; the mailbox may be slow.
    private static readonly TimeSpan BirthNoticesMax = TimeSpan.FromMilliseconds(500);

    // As long as a work queue of an idle kernel takes; a busy one takes longer.
    private static readonly TimeSpan SettlePauseMin = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan SettlePauseMax = TimeSpan.FromMilliseconds(50);

    private const int NotedMax = 8;

    private Instant? _silentAt;

    private Instant? SilentDeadline => ScopeOf("").InFlight is null ? _silentAt : null;

    private void ReadEverything(Instant now, TimeSpan delay)
    {
        _resyncAt = now.After(ResyncInterval);
        _ipipTrialDue = _lacksIpip;
        OffloadsMayBeTurned(KernelNames.IsTunnel);
        _elementsUnread = true;
        _awake.UnionWith(_scopes.Keys);
        _awakeNow = null;
        foreach (KernelScope scope in _scopes.Values)
        {
            MarkDirty(scope, now, delay);
            AllSettingsAreDue(scope);
        }

        ReattachAll(now);
    }

    private static void MarkDirty(KernelScope scope, Instant now, TimeSpan delay)
    {
        // The earlier of two wishes counts: a refused object must not hold up the repair of the others.
        Instant at = now.After(delay);
        scope.ReadAt = scope.IsDirty && scope.ReadAt is null ? null : Earliest(scope.ReadAt, at);
        scope.IsDirty = true;
    }

    private void TakeNotice(BrainEvent.KernelNoticed noticed, Instant now, List<BrainAction> actions)
    {
        if (ScopeOfNotice(noticed.NamespaceId) is not { } scope)
        {
            return;
        }

        NetlinkMessageReader reader = new(noticed.Messages);
        while (reader.TryRead(out NetlinkMessageView view))
        {
            if (!RtnetlinkMessage.TryDecode(view.Bytes, out RtnetlinkMessage? message))
            {
                continue;
            }

            if ((scope.IsHost && IsOfLeaving(scope, message, now, actions)) || IsOfBirth(scope, message, now))
            {
                continue;
            }

            if (KernelReader.Disagrees(scope, message)
                || (scope.IsHost && (TouchesUnderlay(scope, message) || MayTakeRoutes(scope, message))))
            {
                MarkDirty(scope, now, ReadDelay);
            }

            See(scope, message);
        }
    }

    // The steps of a birth of ours come back as notices without our name: the last of them says how the link is. A doubt
    // that none takes back in time is a change by others, like any other.
    private static bool IsOfBirth(KernelScope scope, RtnetlinkMessage message, Instant now)
    {
        if (message is not RtnetlinkMessage.LinkChanged { Deleted: false, Link.Name: { } name }
            || !scope.Newborn.TryGetValue(name, out Instant born))
        {
            return false;
        }

        if (born.After(BirthNoticesMax) < now)
        {
            scope.Newborn.Remove(name);
            return false;
        }

        if (!KernelReader.Disagrees(scope, message))
        {
            scope.Doubts.Remove(name);
            return false;
        }

        // Down, until its guard stands; and before that without its alias, of which the kernel tells with the next change.
        if (KernelReader.ObjectOf(scope, message) is LinkObject { Up: false } value
            && scope.Objects.TryGetActual(value.Key, out KernelObject? known) && known is LinkObject left
            && (value == left || value == left with { Alias = null }))
        {
            scope.Doubts.Remove(name);
        }
        else
        {
            scope.Doubts[name] = now.After(ReadDelay);
        }

        return true;
    }

    private static void ResolveDoubts(KernelScope scope, Instant now)
    {
        if (scope.Doubts.Count > 0 && scope.Doubts.Values.Any(until => until <= now))
        {
            scope.Doubts.Clear();
            MarkDirty(scope, now, TimeSpan.Zero);
        }
    }

    // What is not ours is only known, and needs no reading.
    private void See(KernelScope scope, RtnetlinkMessage message)
    {
        switch (message)
        {
            case RtnetlinkMessage.LinkChanged { Deleted: true } gone:
                if (scope.IsHost && !KernelNames.IsOurs(gone.Link.Name) && scope.NameOf(gone.Link.Index) == gone.Link.Name)
                {
                    scope.Lose(gone.Link.Name);
                    RetryHeldRoutes(scope);
                    HostHasChanged();
                }

                break;
            case RtnetlinkMessage.LinkChanged changed:
                // The carrier of a link of ours comes by itself, a moment after both its ends are up.
                bool isForeign = scope.IsHost && !KernelNames.IsOurs(changed.Link.Name);
                if (isForeign || scope.NameOf(changed.Link.Index) == changed.Link.Name)
                {
                    scope.See(changed.Link);
                }

                if (scope.IsHost)
                {
                    OffloadsMayBeTurned(device => device == changed.Link.Name);
                }

                if (isForeign)
                {
                    RetryHeldRoutes(scope);
                    HostHasChanged();
                }

                break;
            case RtnetlinkMessage.AddressChanged address when scope.IsHost && (address.Deleted || !scope.Addresses.Contains(address.Address)):
                scope.See(address.Address, address.Deleted);
                RetryHeldRoutes(scope);
                HostHasChanged();
                break;
            case RtnetlinkMessage.RouteChanged { Route: { Destination.Length: 0, Protocol: not KernelNames.Protocol } } when scope.IsHost:
                HostHasChanged();
                break;
            case RtnetlinkMessage.ConfigurationChanged { Deleted: false } settings when scope.IsHost:
                LookAtSettings(scope, settings.Configuration);
                break;
            default:
                break;
        }
    }

    private KernelScope? ScopeOfNotice(int? namespaceId)
    {
        KernelScope host = ScopeOf("");
        if (namespaceId is not { } id)
        {
            return host;
        }

        // The far ends of our links are in the workloads' namespaces: the link says by which id the kernel calls them.
        foreach (string name in host.LinksInto(id))
        {
            if (host.Peers.TryGetValue(name, out VethPeerObject? peer) && TryGetScope(peer.Scope, out KernelScope? scope))
            {
                return scope;
            }
        }

        return null;
    }

    // The node's own address, and the interface that has it, are not ours, but much follows from them.
    private bool TouchesUnderlay(KernelScope host, RtnetlinkMessage message) => message switch
    {
        RtnetlinkMessage.AddressChanged m => Families.Any(f => m.Address.Address.Address == _facts.AddressOf(f))
            && (m.Deleted || !host.Addresses.Contains(m.Address)), // With each router advertisement it is told again.
        RtnetlinkMessage.LinkChanged m => Families.Any(f => _facts.UnderlayOf(f) is { } underlay
            && m.Link.Name == underlay.Device && (m.Deleted || m.Link.Mtu != underlay.Mtu || WasDown(host, m.Link))),
        _ => false,
    };

    // When an interface goes down its IPv4 routes go with it, and the kernel does not tell of each.
    private static bool WasDown(KernelScope host, Link link) =>
        host.Links.TryGetValue(link.Name, out Link? before) && before.IsUp != link.IsUp;

    private void LookAtWhatIsSilent(KernelScope host, Instant now, List<BrainAction> actions)
    {
        _silentAt = now.After(SilentInterval);
        if (host.Objects.Desired.Keys.Any(k => k.Kind == ObjectKind.ProxyNeighbour))
        {
            Send(host, [.. KernelReader.SilentRequests().Select(r => (r, default(KernelStep)))], Reads.Proxies, actions);
        }
    }

    private void TakeReading(
        KernelScope scope, Reads reads, IReadOnlyList<RequestOutcome> outcomes, Instant now, List<BrainAction> actions)
    {
        if (reads == Reads.Ways)
        {
            TakeWays(outcomes);
            return;
        }

        if (reads == Reads.Settling)
        {
            TakeSettled(scope, outcomes, now);
            return;
        }

        if (reads == Reads.IpipTrial)
        {
            TakeIpipTrial(outcomes);
            return;
        }

        RequestOutcome? failed = outcomes.FirstOrDefault(o => o.Errno != 0 && o.Errno != KernelErrno.EOPNOTSUPP);
        if (failed is not null)
        {
            if (!scope.IsHost && outcomes.All(o => o.Errno is KernelErrno.ENOENT or KernelErrno.EINVAL))
            {
                LosePath(scope, failed.Message ?? $"there is no network namespace at {scope.Path}", now);
                return;
            }

            MarkDirty(scope, now, RetryMin);
            Find($"reading {scope.Path}", FindingSeverity.Error, $"the kernel cannot be read: {Describe(failed)}", "Kernel");
            return;
        }

        scope.IsBlind = false;
        _findings.Remove($"reading {scope.Path}");
        HashSet<ObjectKey> pendingBefore = [.. scope.Objects.Pending];
        SortedDictionary<ObjectKey, KernelObject> reading = [];
        if (reads == Reads.All)
        {
            scope.LoseLinks();
        }

        foreach (RequestOutcome outcome in outcomes)
        {
            KernelReader.Read(scope, outcome.Messages, reading);
        }

        if (reads == Reads.Proxies)
        {
            // Proxies also go with their link, and then there is more to put right: one event, told once.
            if (scope.Objects.Desired.Keys.Any(k => k.Kind == ObjectKind.ProxyNeighbour
                && scope.Objects.Actual.ContainsKey(k) && !reading.ContainsKey(k)))
            {
                MarkDirty(scope, now, ReadDelay);
            }

            return;
        }

        scope.Observe(reading);
        List<ObjectKey> drifted = [.. scope.Objects.Pending.Where(k => !pendingBefore.Contains(k) && !WaitsForLeaving(scope, k))];
        foreach (ObjectKey key in drifted.Where(k => k.Kind == ObjectKind.Link && !scope.Objects.TryGetActual(k, out _)))
        {
            ForgetFarEnd(scope, key.Id, now); // One event, told once.
        }

        if (scope.IsRead)
        {
            if (scope.IsHost)
            {
                SetLostLinksAside(scope, drifted, now);
            }

            NoteDrift(drifted, scope.IsHost ? "" : $" in {scope.Path}", actions);
        }

        scope.IsRead = true;
        if (scope.IsHost)
        {
            HostHasChanged();
        }

        _silentAt ??= now.After(SilentInterval);
    }

    private void AskWhatIsSettled(KernelScope scope, List<BrainAction> actions)
    {
        scope.Unsettled.RemoveWhere(key => !scope.Objects.TryGetActual(key, out _));
        scope.SettleAt = null;
        if (scope.Unsettled.Count > 0)
        {
            Send(scope, [.. scope.Unsettled.Select(key => (RouteRequests.Lookup(AddressOf(scope, key)), default(KernelStep)))], Reads.Settling, actions);
        }
    }

    private static IpAddress AddressOf(KernelScope scope, ObjectKey key) =>
        scope.Objects.TryGetActual(key, out KernelObject? value) ? ((AddressObject)value).Address.Address : default;

    // What cannot be asked for has gone with its namespace, which is found out elsewhere.
    private static void TakeSettled(KernelScope scope, IReadOnlyList<RequestOutcome> outcomes, Instant now)
    {
        HashSet<IpAddress> local = [];
        foreach (RequestOutcome outcome in outcomes)
        {
            NetlinkMessageReader reader = new(outcome.Messages);
            while (reader.TryRead(out NetlinkMessageView view))
            {
                if (RtnetlinkMessage.TryDecode(view.Bytes, out RtnetlinkMessage? message)
                    && message is RtnetlinkMessage.RouteChanged { Route: { Type: RouteType.Local } route })
                {
                    local.Add(route.Destination.Address);
                }
            }
        }

        bool isGone = outcomes.All(o => o.Errno is KernelErrno.ENOENT or KernelErrno.EINVAL);
        scope.Unsettled.RemoveWhere(key => isGone || local.Contains(AddressOf(scope, key)));
        TimeSpan pause = 2 * scope.SettlePause;
        scope.SettlePause = scope.Unsettled.Count == 0 ? TimeSpan.Zero
            : pause < SettlePauseMin ? SettlePauseMin
            : pause > SettlePauseMax ? SettlePauseMax
            : pause;
        scope.SettleAt = scope.Unsettled.Count > 0 ? now.After(scope.SettlePause) : null;
    }

    // The path is gone. If our link is there, the namespace lives on and the workload talks: only the path was taken away.
    private void LosePath(KernelScope scope, string why, Instant now)
    {
        if (!HasLinkInto(scope))
        {
            Detach(scope.Path, why);
            return;
        }

        scope.IsBlind = true;
        scope.ReadAt = now.After(RetryMax);
        scope.IsDirty = true;
        Find($"reading {scope.Path}", FindingSeverity.Notice,
            $"the network namespace {scope.Path} cannot be looked into, and goes on as it is: {why}", "Kernel");
    }
}
