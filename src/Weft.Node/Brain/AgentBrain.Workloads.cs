using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Calls;
using Weft.Node.Cni;
using Weft.Node.Kernel;

namespace Weft.Node.Brain;

/// <content>Workloads come and go: the runtime's calls, and the answers when the kernel has followed.</content>
public sealed partial class AgentBrain
{
    /// <summary>How long a call may take before it is answered with what it waited for.</summary>
    public static TimeSpan CallLimit => TimeSpan.FromSeconds(10);

    /// <summary>Calls at once; one more is told to come again.</summary>
    public const int CallsMax = 4096;

    private const int IoFailure = FaultCodes.IoFailure;
    private const int TryAgainLater = FaultCodes.TryAgainLater;
    private const int NoAddress = FaultCodes.NoAddress;
    private const int KernelRefused = FaultCodes.KernelRefused;
    private const int NotAsRecorded = FaultCodes.NotAsRecorded;

    private readonly List<PendingCall> _calls = [];
    private readonly SortedDictionary<WorkloadId, string> _detached = [];

    private Instant? CallsDeadline => Earliest(_calls.Count == 0 ? null : _calls.Min(c => c.Deadline), CniDeadline);

    private sealed record PendingCall(long Id, AgentCall Call, WorkloadId Workload, Instant Deadline);

    private void TakeCall(BrainEvent.Called called, Instant now, List<BrainAction> actions)
    {
        AgentCall call = called.Call;
        if (CallRules.FaultOf(call) is { } fault)
        {
            Answer(called.Id, actions, new AgentAnswer { Fault = fault });
            return;
        }

        if (call.Command == AgentCommand.Cni)
        {
            TakeCni(called.Id, call.Cni!, now, actions);
            return;
        }

        WorkloadId id = new(call.Namespace, call.Workload, call.Interface);
        switch (call.Command)
        {
            case AgentCommand.Status:
                Answer(called.Id, actions, new AgentAnswer
                {
                    Status = new AgentStatus(_node, IsReady, 0, PlanRevision, AppliedRevision, WaitingFor),
                });
                return;
            case AgentCommand.Check when _checks.Count >= CallsMax || !_book.TryGet(id, out Assignment? known) || known.Releasing
                || LossOf(known.Record) is not null:
                Answer(called.Id, actions, Check(id, call.ContainerId));
                return;
            case AgentCommand.Check: // An agent that has just started has not read the kernel yet.
                _checks.Add(new PendingCheck(called.Id, id, call.ContainerId, now.After(CheckLimit)));
                return;
            case AgentCommand.Del when !_book.TryGet(id, out Assignment? assignment)
                || (call.ContainerId.Length > 0 && assignment.Record.ContainerId != call.ContainerId):
                // CNI: a DEL of what is not there succeeds; and an old incarnation's DEL must not end the new one.
                _calls.RemoveAll(c => c.Workload == id && c.Call.Command == AgentCommand.Add
                    && (call.ContainerId.Length == 0 || c.Call.ContainerId == call.ContainerId)
                    && Cancel(c, actions));
                Answer(called.Id, actions, new AgentAnswer());
                return;
            default:
                break;
        }

        if (_calls.Count >= CallsMax)
        {
            Fail(called.Id, actions, TryAgainLater, $"{CallsMax} calls are being worked on", "ask again later");
            return;
        }

        if (call.Command == AgentCommand.Del)
        {
            BeginRelease(id, call.ContainerId, actions);
        }
        else
        {
            // The newest incarnation counts: two that wait would take the link from each other again and again.
            _calls.RemoveAll(c => c.Workload == id && c.Call.Command == AgentCommand.Add
                && (c.Call.ContainerId != call.ContainerId || c.Call.NetworkNamespace != call.NetworkNamespace)
                && Supersede(c, actions));
            Prove(id);
            Reattach(id); // Asked for again: its network namespace may be there again.
        }

        _calls.Add(new PendingCall(called.Id, call, id, now.After(CallLimit)));
    }

    private bool Cancel(PendingCall call, List<BrainAction> actions)
    {
        Fail(call.Id, actions, TryAgainLater, $"{call.Workload} was disconnected before it was connected", "ask again");
        return true;
    }

    private bool Supersede(PendingCall call, List<BrainAction> actions)
    {
        Fail(call.Id, actions, TryAgainLater,
            $"{call.Workload} was asked for again, by container {call.Call.ContainerId}'s successor", "nothing is to be done");
        return true;
    }

    private AgentAnswer Check(WorkloadId id, string containerId)
    {
        if (!_book.TryGet(id, out Assignment? assignment) || assignment.Releasing
            || (containerId.Length > 0 && assignment.Record.ContainerId != containerId))
        {
            return new AgentAnswer
            {
                Fault = new AgentFault(NotAsRecorded, $"{id} is not connected", "connect it with ADD"),
            };
        }

        string? waits = LossOf(assignment.Record);
        return waits is null && IsInKernel(id, out waits)
            ? new AgentAnswer { Connection = ConnectionOf(assignment.Record) }
            : new AgentAnswer { Fault = new AgentFault(NotAsRecorded, $"{id} is not as recorded: {waits}", "wait, or reconnect it") };
    }

    // The end of one incarnation is not the next one's, which waits to be connected: it is when this one has left.
    private void BeginRelease(WorkloadId id, string containerId, List<BrainAction> actions)
    {
        _calls.RemoveAll(c => c.Workload == id && c.Call.Command == AgentCommand.Add
            && (containerId.Length == 0 || c.Call.ContainerId == containerId) && Cancel(c, actions));
        if (_book.TryGet(id, out Assignment? assignment) && !assignment.Releasing)
        {
            Write(actions, new WorkloadReleasing(id));
        }
    }

    /// <summary>Frees the addresses of workloads of which nothing is left in the kernel.</summary>
    private void FinishReleases(Instant now, List<BrainAction> actions)
    {
        KernelScope host = ScopeOf("");
        if (_addresses.JournalBrokenUntil > now)
        {
            return;
        }

        foreach (Assignment assignment in _book.Releasing.ToList())
        {
            WorkloadId id = assignment.Record.Id;
            if (!_unwritten.ContainsKey(id) && !_touched.Contains(SourceOf(id)) && host.IsRead && host.InFlight is null
                && !host.Objects.Actual.ContainsKey(LinkObject.KeyOf(KernelNames.HostInterface(id)))
                && !assignment.Record.Addresses.Any(a => host.Objects.Actual.ContainsKey(
                    RouteObject.KeyOf(IpPrefix.Host(a), RouteMetrics.Workload))))
            {
                Write(actions, new WorkloadReleased(id));
            }
        }
    }

    // Answered here and not when calls are looked at: the same workload may wait to be connected again.
    private void FinishRelease(WorkloadId id, List<BrainAction> actions)
    {
        _detached.Remove(id);
        _findings.Remove($"workload {id}");
        ScopeOf("").Peers.Remove(KernelNames.HostInterface(id));
        foreach (PendingCall pending in _calls.Where(c => c.Workload == id && c.Call.Command == AgentCommand.Del).ToList())
        {
            Finish(pending, actions, new AgentAnswer());
        }

        FinishCollections(id, actions);
    }

    private void FinishCalls(Instant now, List<BrainAction> actions)
    {
        foreach (PendingCall pending in _calls.ToList())
        {
            bool known = _book.TryGet(pending.Workload, out Assignment? assignment)
                && pending.Call.Command == AgentCommand.Add;
            if (known && !assignment!.Releasing && _detached.TryGetValue(pending.Workload, out string? refused))
            {
                Finish(pending, actions, new AgentAnswer
                {
                    Fault = new AgentFault(KernelRefused, $"{pending.Workload} cannot be connected: {refused}",
                        "give a network namespace that exists and has no such interface, or see the agent's log"),
                });
                BeginRelease(pending.Workload, pending.Call.ContainerId, actions);
            }
            else if (known && !assignment!.Releasing && assignment.Record.ContainerId == pending.Call.ContainerId
                && IsInKernel(pending.Workload, out _))
            {
                Finish(pending, actions, new AgentAnswer { Connection = ConnectionOf(assignment.Record) });
            }

            if (pending.Deadline <= now && _calls.Remove(pending))
            {
                Fail(pending.Id, actions, TryAgainLater,
                    $"{pending.Call.Command.ToString().ToUpperInvariant()} of {pending.Workload} waited "
                    + $"{CallLimit.TotalSeconds:0} s for {WaitingOf(pending)}", "ask again; weft status says what is not right");
            }
        }

        FinishCniCalls(now, actions);
    }

    private string WaitingOf(PendingCall pending)
    {
        if (_addresses.Awaited is { } awaited && !_book.TryGet(pending.Workload, out _))
        {
            return awaited;
        }

        return IsInKernel(pending.Workload, out string? waits) ? WaitingFor : waits;
    }

    /// <summary>Whether all that a workload asks for is in the kernel.</summary>
    private bool IsInKernel(WorkloadId id, [NotNullWhen(false)] out string? waits)
    {
        waits = null;
        string source = SourceOf(id);
        if (_unwritten.ContainsKey(id) || _touched.Contains(source))
        {
            waits = "the address journal";
        }
        else if (!_objectsOf.TryGetValue(source, out List<(string Scope, ObjectKey Key)>? objects))
        {
            waits = _detached.GetValueOrDefault(id) ?? DescribeWaiting();
        }
        else
        {
            foreach ((string path, ObjectKey key) in objects)
            {
                KernelScope scope = ScopeOf(path);
                bool right = scope.IsRead && scope.Objects.TryGetDesired(key, out KernelObject? desired)
                    && scope.Objects.TryGetActual(key, out KernelObject? actual) && desired.Equals(actual)
                    && !scope.Rebirths.Contains(key.Id) && !(key.Kind == ObjectKind.Link && scope.IsLeaving(key.Id));
                if (!right)
                {
                    waits = scope.Refusals.TryGetValue(key, out Refusal? refusal) ? $"{key}: {refusal.Text}" : key.ToString();
                    break;
                }

                if (scope.Unsettled.Contains(key))
                {
                    waits = $"the kernel to listen to {key}";
                    break;
                }

                // Until the kernel has seen the carrier it drops what is sent through the link.
                if (key.Kind == ObjectKind.Link && scope.Links.TryGetValue(key.Id, out Netlink.Rtnetlink.Link? link) && !link.IsRunning)
                {
                    waits = $"the carrier of {key}";
                    break;
                }
            }
        }

        return waits is null;
    }

    private WorkloadConnection ConnectionOf(WorkloadAssigned record) => new(
        KernelNames.HostInterface(record.Id),
        record.Id.Interface,
        KernelNames.MacOf(record),
        (int)(ScopeOf("").Links.GetValueOrDefault(KernelNames.HostInterface(record.Id))?.Mtu ?? _facts.LinkMtu ?? 0),
        [.. record.Addresses.Select(a => new IpInterfaceAddress(a, a.BitLength))],
        [.. record.Addresses.Select(a => a.Family).Distinct().Select(KernelNames.GatewayOf)])
    {
        Routes = WorkloadRoutes.Of(record),
    };

    private void Finish(PendingCall pending, List<BrainAction> actions, AgentAnswer answer)
    {
        _calls.Remove(pending);
        Answer(pending.Id, actions, answer);
    }

    // A call of the CNI plugin is answered in its own words.
    private void Answer(long id, List<BrainAction> actions, AgentAnswer answer) =>
        actions.Add(new BrainAction.Answer(id, _cniCalls.Remove(id, out CniCall? call) ? new AgentAnswer { Cni = call.Render(answer) } : answer));

    private void Fail(long id, List<BrainAction> actions, int code, string message, string details) =>
        Answer(id, actions, new AgentAnswer { Fault = new AgentFault(code, message, details) });

    private static string SourceOf(WorkloadId id) => $"assigned/{id}";

    private static WorkloadId? IdOf(string source)
    {
        string[] parts = source.Split('/');
        return parts is ["assigned", string space, string workload, string device]
            ? new WorkloadId(space, workload, device)
            : null;
    }

    /// <summary>Holds a workload's objects back: its network namespace is gone, and so is its link.</summary>
    private void Detach(string path, string why)
    {
        foreach (Assignment assignment in _book.In(path))
        {
            WorkloadId id = assignment.Record.Id;
            if (_detached.TryAdd(id, why))
            {
                _touched.Add(SourceOf(id));
                BeginEnding(id, why);
            }
        }
    }

    // CNI: "if an interface of the requested name already exists in the container, the plugin MUST return with an error".
    // Who is connected already keeps trying: what stands in the way may go.
    private void RefuseTaken(string hostInterface, VethPeerObject inside)
    {
        foreach (PendingCall call in _calls.Where(
            c => c.Call.Command == AgentCommand.Add && KernelNames.HostInterface(c.Workload) == hostInterface))
        {
            string by = _book.In(inside.Scope).FirstOrDefault(
                w => w.Record.Id != call.Workload && w.Record.Id.Interface == inside.Interface.Name) is { } holder
                ? $"that of {holder.Record.Id}, container {holder.Record.ContainerId}: that one must be disconnected (DEL) before"
                : "made by somebody else";
            _detached.TryAdd(call.Workload, $"{inside.Scope} has an interface {inside.Interface.Name} already, {by}");
            _touched.Add(SourceOf(call.Workload));
        }
    }

    private void Reattach(WorkloadId id)
    {
        if (_detached.Remove(id))
        {
            _findings.Remove($"workload {id}");
            _touched.Add(SourceOf(id));
        }
    }

    private bool IsDetachedScope(string path) =>
        path.Length > 0 && path != KernelNames.RulesetScope && _book.In(path).All(w => w.Releasing || _detached.ContainsKey(w.Record.Id));
}
