using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Kernel;
using Weft.Node.Ruleset;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>Desired and actual are compared, and the difference goes out in as few batches as safety permits.
/// </content>
public sealed partial class AgentBrain
{
    private static readonly TimeSpan RetryMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(30);

    // When the answer has long been given.
    private static readonly TimeSpan NewbornReadDelay = TimeSpan.FromMilliseconds(100);

    private int _batch;

    private void Reconcile(KernelScope scope, Instant now, List<BrainAction> actions)
    {
        if (scope.InFlight is not null || scope.IsRuleset)
        {
            return;
        }

        ResolveDoubts(scope, now);
        if (!scope.IsHost && !scope.IsRead && !HasLinkInto(scope))
        {
            scope.ReadAt = null; // Nothing there is ours yet: it is read when our link is there.
            return;
        }

        if (scope.IsDirty && (scope.ReadAt is not { } at || at <= now))
        {
            Send(scope, [.. KernelReader.Requests().Select(r => (r, default(KernelStep)))], Reads.All, actions);
            scope.IsDirty = false;
            scope.ReadAt = null;
            return;
        }

        // A workload's namespace may have had an interface of that name before we came: without our own side of the link
        // nothing there is ours.
        // What must be checked is checked before there is a way for it.
        if (!scope.IsRead || (scope.IsHost ? Ruleset.InFlight is not null : !HasLinkInto(scope)))
        {
            return;
        }

        EnsureSettings(scope, actions);
        ForgetRefusals(scope);
        List<ObjectKey> due = [.. scope.Due(now).Where(k => !WaitsForLeaving(scope, k) && !WaitsForGuard(scope, k))];
        SortedSet<string> leaving = new(StringComparer.Ordinal);
        List<(NetlinkRequest Request, KernelStep Step)> requests = LinkRequestsOf(scope, due, leaving, now);
        if (requests.TrueForAll(r => !r.Step.Birth && r.Request.Header.Type == (ushort)RtnetlinkType.RTM_NEWLINK))
        {
            // What is only changed keeps its index: what stands on it goes behind it.
            requests.AddRange(ObjectRequestsOf(scope, due, leaving, now));
        }

        if (requests.Count > 0)
        {
            Send(scope, requests, Reads.Nothing, actions);
        }

        LetGo(scope, leaving, actions);
        if (requests.Count > 0)
        {
            return;
        }

        if (scope.Unsettled.Count > 0 && !(scope.SettleAt > now))
        {
            AskWhatIsSettled(scope, actions);
        }
        else if (scope.IsHost && _ipipTrialDue)
        {
            TryIpip(scope, actions);
        }
        else if (scope.IsHost && _waysDue)
        {
            _waysDue = false;
            Send(scope, [.. WaysAskedFor().Select(w => (RouteRequests.Lookup(w.Destination), default(KernelStep)))], Reads.Ways, actions);
        }
        else if (scope.IsHost && _silentAt is { } look && look <= now)
        {
            LookAtWhatIsSilent(scope, now, actions);
        }
    }

    private bool HasLinkInto(KernelScope scope)
    {
        KernelScope host = ScopeOf("");
        return PeersIn(scope.Path).Any(p => host.Objects.Actual.ContainsKey(LinkObject.KeyOf(p.Name)) && !host.IsLeaving(p.Name));
    }

    // The links of a network namespace's workloads, however many others there are.
    private IEnumerable<(string Name, VethPeerObject Peer)> PeersIn(string path)
    {
        KernelScope host = ScopeOf("");
        foreach (string name in _book.In(path).Select(w => KernelNames.HostInterface(w.Record.Id)))
        {
            if (host.Peers.TryGetValue(name, out VethPeerObject? peer) && peer.Scope == path)
            {
                yield return (name, peer);
            }
        }
    }

    private void Send(
        KernelScope scope,
        List<(NetlinkRequest Request, KernelStep Step)> requests,
        Reads reads,
        List<BrainAction> actions)
    {
        scope.InFlight = new KernelBatch(++_batch, [.. requests.Select(r => r.Step)], reads);
        actions.Add(new BrainAction.SendNetlink(scope.Path, _batch, [.. requests.Select(r => r.Request)]));
    }

    // Links first, in a batch of their own: what stands on them needs their indexes.
    private List<(NetlinkRequest, KernelStep)> LinkRequestsOf(
        KernelScope scope, List<ObjectKey> due, SortedSet<string> leaving, Instant now)
    {
        List<(NetlinkRequest, KernelStep)> requests = [];
        foreach (string name in scope.Rebirths.ToList())
        {
            ObjectKey key = LinkObject.KeyOf(name);
            if (!scope.TryGetIndex(name, out _))
            {
                scope.Rebirths.Remove(name);
            }
            else if (scope.IsDue(key, now))
            {
                leaving.Add(name);
            }
        }

        foreach (ObjectKey key in due.Where(k => k.Kind == ObjectKind.Link && !leaving.Contains(k.Id)))
        {
            if (!scope.Objects.TryGetDesired(key, out KernelObject? value) || value is not LinkObject link)
            {
                continue;
            }

            LinkObject? actual = scope.Objects.TryGetActual(key, out KernelObject? there) ? (LinkObject)there : null;
            if (actual is null && scope.IsHost && (!MayBeBorn(link) || IsUnproven(key.Id)))
            {
                continue;
            }

            if (actual is null && scope.IsHost)
            {
                requests.AddRange(KernelWriter.Birth(
                    KernelNames.IsTunnel(link.Name) ? link : link with { Up = false }, scope.Peers.GetValueOrDefault(link.Name)));
            }
            else if (actual is null)
            {
                // It may have been made a moment ago, and not been seen yet: a link is not taken away on a guess.
                if (!scope.IsDirty)
                {
                    RebearFromHost(scope, link.Name);
                }
            }
            else if (scope.IsHost && KernelWriter.NeedsRebirth(link, actual))
            {
                leaving.Add(link.Name);
            }
            else if (KernelWriter.NeedsRebirth(link, actual) && scope.TryGetIndex(link.Name, out int index))
            {
                requests.Add((LinkRequests.Delete(index), new KernelStep(key, null)));
            }
            else if (scope.TryGetIndex(link.Name, out int known))
            {
                requests.AddRange(KernelWriter.Change(known, link, actual));
            }
        }

        return requests;
    }

    // A workload's own interface is made with the host's side of its link; if only that side is left, or leads to
    // another namespace, the link is made anew.
    private void RebearFromHost(KernelScope scope, string inside)
    {
        KernelScope host = ScopeOf("");
        foreach ((string name, VethPeerObject peer) in PeersIn(scope.Path))
        {
            if (peer.Interface.Name != inside || host.InFlight is not null
                || !host.Objects.Actual.ContainsKey(LinkObject.KeyOf(name)))
            {
                continue;
            }

            // One whose index another link has by now is gone, and that was not heard: the next reading says so.
            if (!host.TryGetIndex(name, out _))
            {
                if (!host.IsDirty)
                {
                    MarkDirty(host, _settledAt, ReadDelay);
                }
            }
            else if (host.Rebirths.Add(name))
            {
                _settleAt = _settledAt;
            }
        }
    }

    private List<(NetlinkRequest, KernelStep)> ObjectRequestsOf(
        KernelScope scope, List<ObjectKey> due, SortedSet<string> leaving, Instant now)
    {
        List<(NetlinkRequest, KernelStep)> requests = [];
        foreach (ObjectKey key in due.Where(k => k.Kind != ObjectKind.Link).OrderBy(MakingOrder))
        {
            if (!scope.Objects.TryGetDesired(key, out KernelObject? value))
            {
                continue;
            }

            if (KernelWriter.TryMake(scope, value, out NetlinkRequest? request))
            {
                requests.Add((request!, new KernelStep(key, value)));
            }
            else if (StaticRouteOf(scope, key) is { } route)
            {
                Hold(scope, key, route, "an interface that it names is not there", now);
            }
        }

        // What is not wanted goes last, and in reverse: nothing loses what it stands on.
        foreach (ObjectKey key in due.OrderByDescending(MakingOrder))
        {
            if (scope.Objects.TryGetDesired(key, out _) || !scope.Objects.TryGetActual(key, out KernelObject? value)
                || IsLeftAlone(scope, value))
            {
                continue;
            }

            if (value is LinkObject link && scope.TryGetIndex(link.Name, out _))
            {
                // A workload's own interface goes with the host's side of its link.
                _ = scope.IsHost && leaving.Add(link.Name);
            }
            else if (KernelWriter.TryRemove(scope, value, out NetlinkRequest? request))
            {
                requests.Add((request!, new KernelStep(key, null)));
            }
            else
            {
                scope.Objects.Observe(key, null);
            }
        }

        return requests;

        // A route through a gateway needs the gateway's own route, which is the longer one.
        (ObjectKind, int, ObjectKey) MakingOrder(ObjectKey key) =>
            (key.Kind, -LengthOf(scope, key), key);
    }

    // While it is not known what should be there (no plan yet, no underlay interface yet), what a former run made goes
    // on forwarding (ARCHITECTURE, law 4); only workloads that are being disconnected are taken away.
    private bool IsLeftAlone(KernelScope scope, KernelObject value) =>
        (_facts.Self is null || Families.Any(f => _facts.LacksUnderlay(f) && MayFollowFrom(f, value)))
        && !(scope.IsHost && IsOfReleasing(value.StandsOn));

    // With one underlay address of two, what stands on the other one's waits for it.
    private bool MayFollowFrom(IpFamily outer, KernelObject value) =>
        _facts.LinkMtu is null || value.StandsOn == KernelNames.VxlanOver(outer)
        || (outer == IpFamily.Ipv4 && value.StandsOn == KernelNames.IpipDevice)
        || (value is RouteObject { Gateway: { } gateway } && gateway.Family == outer);

    private bool IsOfReleasing(string device) => _book.Releasing.Any(w =>
        KernelNames.HostInterface(w.Record.Id) == device);

    // What is no longer asked for, or is right by now, is refused no more.
    private void ForgetRefusals(KernelScope scope)
    {
        foreach (ObjectKey key in scope.Refusals.Keys
            .Where(k => !scope.Objects.IsPending(k) && !(k.Kind == ObjectKind.Link && scope.Rebirths.Contains(k.Id))).ToList())
        {
            scope.Refusals.Remove(key);
            _findings.Remove(FindingOf(scope, key));
        }
    }

    private static int LengthOf(KernelScope scope, ObjectKey key) =>
        (scope.Objects.TryGetDesired(key, out KernelObject? value) || scope.Objects.TryGetActual(key, out value))
        && value is RouteObject route
            ? route.Destination.Length
            : 0;

    private void TakeAnswers(BrainEvent.KernelAnswered answered, Instant now, List<BrainAction> actions)
    {
        if (!TryGetScope(answered.Scope, out KernelScope? scope)
            || scope.InFlight is not { } batch || batch.Number != answered.Batch)
        {
            return;
        }

        scope.InFlight = null;
        if (scope.IsRuleset)
        {
            TakeRulesetAnswers(scope, batch, answered.Outcomes, now, actions);
            return;
        }

        if (batch.Reads != Reads.Nothing)
        {
            TakeReading(scope, batch.Reads, answered.Outcomes, now, actions);
            return;
        }

        for (int i = 0; i < batch.Steps.Count; i++)
        {
            TakeOutcome(scope, batch.Steps[i], answered.Outcomes[i], now, actions);
        }
    }

    private void TakeOutcome(
        KernelScope scope, KernelStep step, RequestOutcome outcome, Instant now, List<BrainAction> actions)
    {
        if (step.Lookup)
        {
            TakeLookup(scope, outcome, now);
            return;
        }

        bool goneAlready = step.After is null && outcome.Errno is KernelErrno.ENODEV or KernelErrno.ESRCH
            or KernelErrno.ENOENT or KernelErrno.EADDRNOTAVAIL;
        if (outcome.Errno == 0 || (step.After is null && goneAlready))
        {
            scope.Refusals.Remove(step.Key);
            _findings.Remove(FindingOf(scope, step.Key));
            TakeSuccess(scope, step, now);
            return;
        }

        if (step is { Birth: true, Key.Id: KernelNames.IpipDevice } && outcome.Errno == KernelErrno.EOPNOTSUPP)
        {
            LackIpip();
            return;
        }

        if (step.After is not null && StaticRouteOf(scope, step.Key) is { } route)
        {
            Hold(scope, step.Key, route, Describe(outcome), now);
            return;
        }

        int attempts = scope.Refusals.TryGetValue(step.Key, out Refusal? before) ? before.Attempts + 1 : 1;
        TimeSpan delay = TimeSpan.FromTicks(
            Math.Min(RetryMax.Ticks, RetryMin.Ticks << Math.Min(attempts - 1, 16)));
        string text = Describe(outcome);
        scope.Refusals[step.Key] = new Refusal(text, attempts, now.After(delay));

        // The kernel's state is not what we think it is: look again before the next try.
        MarkDirty(scope, now, delay);
        if (scope.IsHost && step is { Birth: true } && outcome.Errno is KernelErrno.ENOENT or KernelErrno.EINVAL
            && scope.Peers.TryGetValue(step.Key.Id, out VethPeerObject? peer))
        {
            Detach(peer.Scope, text.Contains(peer.Scope, StringComparison.Ordinal) ? text : $"{peer.Scope}: {text}");
        }

        if (scope.IsHost && step is { Birth: true } && attempts > 1 && outcome.Errno == KernelErrno.EEXIST
            && scope.Peers.TryGetValue(step.Key.Id, out VethPeerObject? taken))
        {
            RefuseTaken(step.Key.Id, taken);
        }

        if (attempts == 3)
        {
            string where = scope.IsHost ? "" : $" in {scope.Path}";
            Find(FindingOf(scope, step.Key), FindingSeverity.Error, $"the kernel refuses {step.Key}{where}: {text}", "Kernel");
            actions.Add(new BrainAction.Note(
                FindingSeverity.Error, $"the kernel refuses {step.Key}{where}: {text}"));
        }
    }

    private void TakeSuccess(KernelScope scope, KernelStep step, Instant now)
    {
        if (step.Key.Kind == ObjectKind.Link && step.After is null)
        {
            scope.Lose(step.Key.Id);
            scope.Rebirths.Remove(step.Key.Id);
            ForgetWhatStoodOn(scope, step.Key.Id);
            ForgetFarEnd(scope, step.Key.Id, now);
            if (!scope.Objects.TryGetDesired(step.Key, out _))
            {
                scope.Peers.Remove(step.Key.Id);
            }
        }

        if (step.After is null && scope.Objects.TryGetActual(step.Key, out KernelObject? gone) && gone is NextHopObject hop)
        {
            scope.Lose(hop);
        }

        if (step.After is LinkObject link && scope.Objects.TryGetActual(step.Key, out KernelObject? before)
            && before is LinkObject was && was.Mac != link.Mac)
        {
            ForgetWhatStoodOn(scope, step.Key.Id, ObjectKind.Neighbour);
        }

        scope.Objects.Observe(step.Key, step.After);
        if (!scope.IsHost && step.After is AddressObject { Address.Address.Family: IpFamily.Ipv6 })
        {
            scope.Unsettled.Add(step.Key);
        }

        if (step is { Birth: true })
        {
            scope.Newborn[step.Key.Id] = now;
            Ruleset.Objects.Observe(GuardObject.KeyOf(step.Key.Id), null); // What was there was at a link that is gone.
            scope.ForgetSettings(step.Key.Id);
            scope.SettingsDue.Add(step.Key.Id);
            if (scope.Peers.TryGetValue(step.Key.Id, out VethPeerObject? peer)
                && TryGetScope(peer.Scope, out KernelScope? inside)
                && inside.InFlight is not { Reads: Reads.All })
            {
                // The far end is there now. A reading that is on its way was sent behind the birth, and will see it.
                MarkDirty(inside, now, TimeSpan.Zero);
            }
        }
    }

    // The far end of a link goes with it, and so does all that stood there.
    private void ForgetFarEnd(KernelScope scope, string device, Instant now)
    {
        if (scope.IsHost && scope.Peers.TryGetValue(device, out VethPeerObject? peer)
            && TryGetScope(peer.Scope, out KernelScope? inside))
        {
            ForgetWhatStoodOn(inside, peer.Interface.Name);
            inside.Lose(peer.Interface.Name);
            inside.Objects.Observe(peer.Interface.Key, null);
            MarkDirty(inside, now, TimeSpan.Zero);
        }
    }

    // The kernel takes addresses, neighbours and routes away with their device, and tells of few; and neighbours, also
    // permanent ones, when the device's own link-layer address changes (neigh_changeaddr).
    private static void ForgetWhatStoodOn(KernelScope scope, string device, ObjectKind? only = null)
    {
        foreach (KernelObject value in scope.Standing(device))
        {
            if (value is not LinkObject && (only is null || value.Key.Kind == only))
            {
                if (value is NextHopObject hop)
                {
                    scope.Lose(hop);
                }

                scope.Objects.Observe(value.Key, null);
            }
        }
    }

    private void TakeLookup(KernelScope scope, RequestOutcome outcome, Instant now)
    {
        NetlinkMessageReader reader = new(outcome.Messages);
        while (reader.TryRead(out NetlinkMessageView view))
        {
            if (RtnetlinkMessage.TryDecode(view.Bytes, out RtnetlinkMessage? message)
                && message is RtnetlinkMessage.LinkChanged link)
            {
                scope.See(link.Link);
                if (KernelReader.ObjectOf(scope, link) is { } value)
                {
                    scope.Objects.Observe(value.Key, value);
                }

                SupposeFarEnd(scope, link.Link, now);
            }
        }
    }

    // The far end that was born a moment ago is as it was asked for, down, and nothing stands on it: that need not be read
    // before it is set up. What else there is of ours is read a moment later.
    private void SupposeFarEnd(KernelScope host, Link near, Instant now)
    {
        if (host.IsHost && host.Newborn.TryGetValue(near.Name, out Instant born) && born == now && near.LinkIndex is { } index
            && host.Peers.TryGetValue(near.Name, out VethPeerObject? peer) && TryGetScope(peer.Scope, out KernelScope? inside)
            && !inside.IsRead && inside.InFlight is null)
        {
            LinkObject far = peer.Interface with { Up = false };
            inside.See(new Link { Index = index, Name = far.Name, Kind = far.LinkKind, Address = far.Mac, Mtu = far.Mtu });
            inside.Objects.Observe(far.Key, far);
            inside.Newborn[far.Name] = now;
            inside.IsRead = true;
            inside.IsDirty = true;
            inside.ReadAt = now.After(NewbornReadDelay);
        }
    }

    private static string FindingOf(KernelScope scope, ObjectKey key) => $"kernel {scope.Path} {key}";

    private static string Describe(RequestOutcome outcome) => outcome.Message is { } message
        ? message.Contains(KernelErrno.NameOf(outcome.Errno), StringComparison.Ordinal) ? message : $"{message} ({KernelErrno.NameOf(outcome.Errno)})"
        : $"{KernelErrno.MeaningOf(outcome.Errno)} ({KernelErrno.NameOf(outcome.Errno)})";
}
