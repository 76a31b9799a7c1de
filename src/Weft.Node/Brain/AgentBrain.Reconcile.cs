using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Kernel;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>Desired and actual are compared, and the difference goes out in as few batches as safety permits. A
/// notice only marks a namespace to be read again.</content>
public sealed partial class AgentBrain
{
    // A burst of notices costs one reading; and well within the second in which all must be right again.
    private static readonly TimeSpan ReadDelay = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan RetryMin = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(30);

    private const int NotedMax = 8;

    private int _batch;

    private void ReadEverything(Instant now)
    {
        _resyncAt = now.After(ResyncInterval);
        foreach (KernelScope scope in _scopes.Values)
        {
            MarkDirty(scope, now, TimeSpan.Zero);
        }

        foreach (Allocation.WorkloadId id in _detached.Keys)
        {
            _touched.Add(SourceOf(id));
        }

        _detached.Clear();
    }

    private static void MarkDirty(KernelScope scope, Instant now, TimeSpan delay)
    {
        scope.IsDirty = true;
        scope.ReadAt ??= now.After(delay);
    }

    private void TakeNotice(BrainEvent.KernelNoticed noticed, Instant now)
    {
        if (ScopeOfNotice(noticed.NamespaceId) is not { } scope)
        {
            return;
        }

        NetlinkMessageReader reader = new(noticed.Messages);
        while (!scope.IsDirty && reader.TryRead(out NetlinkMessageView view))
        {
            if (RtnetlinkMessage.TryDecode(view.Bytes, out RtnetlinkMessage? message)
                && (KernelReader.Disagrees(scope, message) || (scope.IsHost && TouchesUnderlay(scope, message))))
            {
                MarkDirty(scope, now, ReadDelay);
            }
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
        foreach ((string name, VethPeerObject peer) in host.Peers)
        {
            if (host.Links.TryGetValue(name, out Link? link) && link.LinkNamespaceId == id
                && _scopes.TryGetValue(peer.Scope, out KernelScope? scope))
            {
                return scope;
            }
        }

        return null;
    }

    // The node's own address, and the interface that has it, are not ours, but much follows from them.
    private bool TouchesUnderlay(KernelScope host, RtnetlinkMessage message) => message switch
    {
        RtnetlinkMessage.AddressChanged m => m.Address.Address.Address == _facts.Address,
        RtnetlinkMessage.LinkChanged m => _facts.Underlay is { } underlay
            && m.Link.Name == underlay.Device && (m.Deleted || m.Link.Mtu != underlay.Mtu || WasDown(host, m.Link)),
        _ => false,
    };

    // When an interface goes down its IPv4 routes go with it, and the kernel does not tell of each.
    private static bool WasDown(KernelScope host, Link link) =>
        host.Links.TryGetValue(link.Name, out Link? before) && before.IsUp != link.IsUp;

    private void Reconcile(KernelScope scope, Instant now, List<BrainAction> actions)
    {
        if (scope.InFlight is not null)
        {
            return;
        }

        if (scope.IsDirty && (scope.ReadAt is not { } at || at <= now))
        {
            Send(scope, [.. KernelReader.Requests().Select(r => (r, default(KernelStep)))], isReading: true, actions);
            scope.IsDirty = false;
            scope.ReadAt = null;
            return;
        }

        // Before the first plan nothing is known to be unwanted: what an earlier agent left goes on forwarding.
        if (!scope.IsRead || _facts.Self is null)
        {
            return;
        }

        List<ObjectKey> due = [.. scope.Due(now)];
        List<(NetlinkRequest Request, KernelStep Step)> requests = LinkRequestsOf(scope, due);
        if (requests.Count == 0)
        {
            requests = ObjectRequestsOf(scope, due);
        }

        if (requests.Count > 0)
        {
            Send(scope, requests, isReading: false, actions);
        }
    }

    private void Send(
        KernelScope scope,
        List<(NetlinkRequest Request, KernelStep Step)> requests,
        bool isReading,
        List<BrainAction> actions)
    {
        scope.InFlight = new KernelBatch(++_batch, [.. requests.Select(r => r.Step)], isReading);
        actions.Add(new BrainAction.SendNetlink(scope.Path, _batch, [.. requests.Select(r => r.Request)]));
    }

    // Links first, in a batch of their own: what stands on them needs their indexes.
    private List<(NetlinkRequest, KernelStep)> LinkRequestsOf(KernelScope scope, List<ObjectKey> due)
    {
        List<(NetlinkRequest, KernelStep)> requests = [];
        foreach (string name in scope.Rebirths)
        {
            if (scope.TryGetIndex(name, out int index))
            {
                requests.Add((LinkRequests.Delete(index), new KernelStep(LinkObject.KeyOf(name), null)));
            }
        }

        if (requests.Count > 0)
        {
            return requests;
        }

        scope.Rebirths.Clear();
        foreach (ObjectKey key in due.Where(k => k.Kind == ObjectKind.Link))
        {
            if (!scope.Objects.TryGetDesired(key, out KernelObject? value) || value is not LinkObject link)
            {
                continue;
            }

            LinkObject? actual = scope.Objects.TryGetActual(key, out KernelObject? there) ? (LinkObject)there : null;
            if (actual is null && scope.IsHost)
            {
                requests.AddRange(KernelWriter.Birth(link, scope.Peers.GetValueOrDefault(link.Name)));
            }
            else if (actual is null)
            {
                RebearFromHost(scope);
            }
            else if (KernelWriter.NeedsRebirth(link, actual) && scope.TryGetIndex(link.Name, out int index))
            {
                requests.Add((LinkRequests.Delete(index), new KernelStep(key, null)));
            }
            else if (scope.TryGetIndex(link.Name, out int known))
            {
                requests.Add((KernelWriter.Change(known, link, actual), new KernelStep(key, link)));
            }
        }

        return requests;
    }

    // A workload's own interface is made with the host's side of its link; if only that side is left, or leads to
    // another namespace, the link is made anew.
    private void RebearFromHost(KernelScope scope)
    {
        KernelScope host = ScopeOf("");
        foreach ((string name, VethPeerObject peer) in host.Peers)
        {
            if (peer.Scope == scope.Path && host.Objects.Actual.ContainsKey(LinkObject.KeyOf(name)) && host.InFlight is null)
            {
                host.Rebirths.Add(name);
                _settleAt ??= new Instant(0);
            }
        }
    }

    private static List<(NetlinkRequest, KernelStep)> ObjectRequestsOf(KernelScope scope, List<ObjectKey> due)
    {
        List<(NetlinkRequest, KernelStep)> requests = [];
        foreach (ObjectKey key in due.Where(k => k.Kind != ObjectKind.Link).OrderBy(MakingOrder))
        {
            if (scope.Objects.TryGetDesired(key, out KernelObject? value)
                && KernelWriter.TryMake(scope, value, out NetlinkRequest? request))
            {
                requests.Add((request!, new KernelStep(key, value)));
            }
        }

        // What is not wanted goes last, and in reverse: nothing loses what it stands on.
        foreach (ObjectKey key in due.OrderByDescending(MakingOrder))
        {
            if (scope.Objects.TryGetDesired(key, out _) || !scope.Objects.TryGetActual(key, out KernelObject? value))
            {
                continue;
            }

            if (KernelWriter.TryRemove(scope, value, out NetlinkRequest? request))
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

    private static int LengthOf(KernelScope scope, ObjectKey key) =>
        (scope.Objects.TryGetDesired(key, out KernelObject? value) || scope.Objects.TryGetActual(key, out value))
        && value is RouteObject route
            ? route.Destination.Length
            : 0;

    private void TakeAnswers(BrainEvent.KernelAnswered answered, Instant now, List<BrainAction> actions)
    {
        if (!_scopes.TryGetValue(answered.Scope, out KernelScope? scope)
            || scope.InFlight is not { } batch || batch.Number != answered.Batch)
        {
            return;
        }

        scope.InFlight = null;
        if (batch.IsReading)
        {
            TakeReading(scope, answered.Outcomes, now, actions);
            return;
        }

        for (int i = 0; i < batch.Steps.Count; i++)
        {
            TakeOutcome(scope, batch.Steps[i], answered.Outcomes[i], now, actions);
        }
    }

    private void TakeReading(
        KernelScope scope, IReadOnlyList<RequestOutcome> outcomes, Instant now, List<BrainAction> actions)
    {
        RequestOutcome? failed = outcomes.FirstOrDefault(o => o.Errno != 0 && o.Errno != KernelErrno.EOPNOTSUPP);
        if (failed is not null)
        {
            if (!scope.IsHost && outcomes.All(o => o.Errno is KernelErrno.ENOENT or KernelErrno.EINVAL))
            {
                Detach(scope.Path, failed.Message ?? $"there is no network namespace at {scope.Path}", actions);
                return;
            }

            MarkDirty(scope, now, RetryMin);
            Find($"reading {scope.Path}", FindingSeverity.Error, $"the kernel cannot be read: {Describe(failed)}", "Kernel");
            return;
        }

        _findings.Remove($"reading {scope.Path}");
        HashSet<ObjectKey> pendingBefore = [.. scope.Objects.Pending];
        SortedDictionary<ObjectKey, KernelObject> reading = [];
        scope.LoseLinks();
        foreach (RequestOutcome outcome in outcomes)
        {
            KernelReader.Read(scope, outcome.Messages, reading);
        }

        scope.Observe(reading);
        List<ObjectKey> drifted = [.. scope.Objects.Pending.Where(k => !pendingBefore.Contains(k))];
        if (scope.IsRead && drifted.Count > 0)
        {
            string where = scope.IsHost ? "" : $" in {scope.Path}";
            string more = drifted.Count > NotedMax ? $" and {drifted.Count - NotedMax} more" : "";
            actions.Add(new BrainAction.Note(FindingSeverity.Notice,
                $"changed by others{where}, put right: {string.Join(", ", drifted.Take(NotedMax))}{more}"));
        }

        if (!scope.IsRead)
        {
            EnsureSysctls(scope, [.. scope.Objects.Desired.Keys.Where(scope.Objects.Actual.ContainsKey)], actions);
        }

        scope.IsRead = true;
    }

    private void TakeOutcome(
        KernelScope scope, KernelStep step, RequestOutcome outcome, Instant now, List<BrainAction> actions)
    {
        if (step.Lookup)
        {
            TakeLookup(scope, outcome);
            return;
        }

        bool goneAlready = step.After is null && outcome.Errno is KernelErrno.ENODEV or KernelErrno.ESRCH
            or KernelErrno.ENOENT or KernelErrno.EADDRNOTAVAIL;
        if (outcome.Errno == 0 || (step.After is null && goneAlready))
        {
            scope.Refusals.Remove(step.Key);
            _findings.Remove(FindingOf(scope, step.Key));
            TakeSuccess(scope, step, actions);
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
            Detach(peer.Scope, $"{peer.Scope}: {text}", actions);
        }

        if (attempts == 3)
        {
            string where = scope.IsHost ? "" : $" in {scope.Path}";
            Find(FindingOf(scope, step.Key), FindingSeverity.Error, $"the kernel refuses {step.Key}{where}: {text}", "Kernel");
            actions.Add(new BrainAction.Note(
                FindingSeverity.Error, $"the kernel refuses {step.Key}{where}: {text}"));
        }
    }

    private void TakeSuccess(KernelScope scope, KernelStep step, List<BrainAction> actions)
    {
        if (step.Key.Kind == ObjectKind.Link && step.After is null)
        {
            scope.Lose(step.Key.Id);
            scope.Rebirths.Remove(step.Key.Id);
            ForgetWhatStoodOn(scope, step.Key.Id);
            if (scope.IsHost && scope.Peers.TryGetValue(step.Key.Id, out VethPeerObject? peer)
                && _scopes.TryGetValue(peer.Scope, out KernelScope? inside))
            {
                inside.IsDirty = true; // The far end went with it.
            }

            if (!scope.Objects.TryGetDesired(step.Key, out _))
            {
                scope.Peers.Remove(step.Key.Id);
            }
        }

        scope.Objects.Observe(step.Key, step.After);
        if (step is { Birth: true })
        {
            EnsureSysctls(scope, [step.Key], actions);
            if (scope.Peers.TryGetValue(step.Key.Id, out VethPeerObject? peer)
                && _scopes.TryGetValue(peer.Scope, out KernelScope? inside) && inside.InFlight is null)
            {
                // The far end is there now. A reading that is on its way was sent behind the birth, and will see it.
                inside.IsDirty = true;
            }
        }
    }

    // The kernel takes addresses, neighbours and routes away with their device, and tells of few.
    private static void ForgetWhatStoodOn(KernelScope scope, string device)
    {
        foreach (KernelObject value in scope.Objects.Actual.Values.ToList())
        {
            bool stood = value switch
            {
                AddressObject address => address.Device == device,
                NeighbourObject neighbour => neighbour.Device == device,
                ProxyNeighbourObject proxy => proxy.Device == device,
                FdbObject entry => entry.Device == device,
                RouteObject route => route.Device == device,
                _ => false,
            };
            if (stood)
            {
                scope.Objects.Observe(value.Key, null);
            }
        }
    }

    private static void TakeLookup(KernelScope scope, RequestOutcome outcome)
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
            }
        }
    }

    private static void EnsureSysctls(KernelScope scope, IReadOnlyList<ObjectKey> present, List<BrainAction> actions)
    {
        if (!scope.IsHost)
        {
            return;
        }

        if (!scope.IsRead)
        {
            actions.Add(new BrainAction.EnsureSysctl(scope.Path, "ipv4/ip_forward", "1"));
        }

        foreach (ObjectKey key in present.Where(k => k.Kind == ObjectKind.Link))
        {
            // A workload sends from its own address only: strict on its link (RFC 3704, 2.2). Loose on the tunnel
            // device, where the way back may be another one while a pool changes its mode (2.3).
            string filter = key.Id == KernelNames.TunnelDevice ? "2" : "1";
            actions.Add(new BrainAction.EnsureSysctl(scope.Path, $"ipv4/conf/{key.Id}/rp_filter", filter));
        }
    }

    private void TakeSysctl(BrainEvent.SysctlAnswered answered, List<BrainAction> actions)
    {
        string key = $"sysctl {answered.Path}";
        if (answered.Error is null)
        {
            _findings.Remove(key);
            return;
        }

        Find(key, FindingSeverity.Error, $"{answered.Path} cannot be set: {answered.Error}", "Kernel");
        actions.Add(new BrainAction.Note(
            FindingSeverity.Error, $"{answered.Path} cannot be set: {answered.Error}"));
    }

    private static string FindingOf(KernelScope scope, ObjectKey key) => $"kernel {scope.Path} {key}";

    private static string Describe(RequestOutcome outcome) => outcome.Message is { } message
        ? $"{message} ({KernelErrno.NameOf(outcome.Errno)})"
        : $"{KernelErrno.MeaningOf(outcome.Errno)} ({KernelErrno.NameOf(outcome.Errno)})";
}
