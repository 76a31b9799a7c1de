using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Calls;
using Weft.Node.Cni;
using Weft.Node.Kernel;

namespace Weft.Node.Brain;

/// <content>What the CNI plugin asks: ADD, DEL and CHECK are calls like others, found by container and interface; GC and
/// STATUS are its own.</content>
public sealed partial class AgentBrain
{
    private readonly Dictionary<long, CniCall> _cniCalls = [];
    private readonly List<Collection> _collections = [];
    private readonly List<PendingCheck> _checks = [];

    // "The plugin must allow a reasonable convergence delay": to a runtime a failed CHECK is for good, and an agent that has just
    // started, or puts something right, is soon done.
    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(3);

    private Instant? CniDeadline => Earliest(
        _collections.Count == 0 ? null : _collections.Min(c => c.Deadline), _checks.Count == 0 ? null : _checks.Min(c => c.Deadline));

    // A GC, and the workloads that it waits for.
    private sealed record Collection(long Id, SortedSet<WorkloadId> Left, Instant Deadline);

    private sealed record PendingCheck(long Id, WorkloadId Workload, string ContainerId, Instant Deadline);

    private void TakeCni(long id, CniRequest request, Instant now, List<BrainAction> actions)
    {
        if (!CniCall.TryRead(request, out CniCall? cni, out CniAnswer? refused))
        {
            Answer(id, actions, new AgentAnswer { Cni = refused });
            return;
        }

        _cniCalls.Add(id, cni);
        switch (cni.Command)
        {
            case CniCommand.Status:
                Answer(id, actions, new AgentAnswer { Fault = UnavailableFault(cni.Call, now) });
                break;
            case CniCommand.Gc:
                Collect(id, cni, now, actions);
                break;
            case CniCommand.Add when (TakenFault(cni) ?? TakenMacFault(cni.Call)) is { } taken:
                Answer(id, actions, new AgentAnswer { Fault = taken });
                break;
            case CniCommand.Check when AttachmentOf(cni) is null:
                Fail(id, actions, FaultCodes.UnknownContainer, $"container {cni.Request.ContainerId} has no interface "
                    + $"{cni.Call.Interface} of Weft", "connect it with ADD");
                break;
            case CniCommand.Add:
                TakeCall(new BrainEvent.Called(id, cni.Call), now, actions);
                break;
            case CniCommand.Check when _checks.Count >= CallsMax:
                Fail(id, actions, TryAgainLater, $"{CallsMax} checks are being worked on", "ask again later");
                break;
            case CniCommand.Check:
                _checks.Add(new PendingCheck(id, AttachmentOf(cni)!.Record.Id, cni.Request.ContainerId, now.After(CheckLimit)));
                break;
            case CniCommand.Del when AttachmentOf(cni) is { } attached:
                WorkloadId known = attached.Record.Id;
                TakeCall(new BrainEvent.Called(id, cni.Call with
                {
                    Namespace = known.Namespace,
                    Workload = known.Workload,
                    Interface = known.Interface,
                }), now, actions);
                break;
            case CniCommand.Del when CallRules.FaultOf(cni.Call) is not null:
                Answer(id, actions, new AgentAnswer()); // What cannot be called so was never connected, and ADD has said why.
                break;
            default:
                TakeCall(new BrainEvent.Called(id, cni.Call), now, actions);
                break;
        }
    }

    // "Plugins that store state should do so using (container, interface) as the key": names may have changed since.
    private Assignment? AttachmentOf(CniCall cni)
    {
        WorkloadId named = new(cni.Call.Namespace, cni.Call.Workload, cni.Call.Interface);
        return _book.TryGet(named, out Assignment? assignment) && assignment.Record.ContainerId == cni.Request.ContainerId
            ? assignment
            : _book.Workloads.FirstOrDefault(w =>
                w.Record.ContainerId == cni.Request.ContainerId && w.Record.Id.Interface == cni.Call.Interface)
            ?? _book.Workloads.FirstOrDefault(w => w.Record.ContainerId == cni.Request.ContainerId && WasCalledOtherwise(w.Record, cni));
    }

    // "interface" of the configuration may have been added since, or taken out; what ADD gave names the host's side.
    private static bool WasCalledOtherwise(WorkloadAssigned record, CniCall cni) =>
        (record.Id.Interface == cni.Request.Interface && record.Network == cni.Configuration.Name)
        || cni.Configuration.Previous?.Interfaces.Any(i => i.Name == KernelNames.HostInterface(record.Id)) == true;

    // A pod's name passes to its next container, with its addresses. A container's own name does not.
    private AgentFault? TakenFault(CniCall cni)
    {
        WorkloadId id = new(cni.Call.Namespace, cni.Call.Workload, cni.Call.Interface);
        string? holder = _book.TryGet(id, out Assignment? assignment) ? assignment.Record.ContainerId
            : _calls.Find(c => c.Workload == id && c.Call.Command == AgentCommand.Add)?.Call.ContainerId;
        return !cni.IsNamedAfterContainer || holder is null || holder == cni.Request.ContainerId ? null : new AgentFault(
            FaultCodes.InvalidEnvironment, $"CNI_CONTAINERID {cni.Request.ContainerId} would be {id}, which container {holder} is already",
            "give the containers of this runtime a namespace of their own with \"namespace\"");
    }

    // Rare enough to look at all.
    private AgentFault? TakenMacFault(AgentCall call)
    {
        WorkloadId id = new(call.Namespace, call.Workload, call.Interface);
        return call.Mac is { } mac && _book.Workloads.FirstOrDefault(w => w.Record.Id != id && KernelNames.MacOf(w.Record) == mac) is { } holder
            ? new AgentFault(FaultCodes.NoAddress, $"{id} cannot have {mac}: {holder.Record.Id} has it", "choose another, or disconnect that one")
            : null;
    }

    private void Collect(long id, CniCall cni, Instant now, List<BrainAction> actions)
    {
        IReadOnlySet<(string ContainerId, string Interface)> valid = cni.Configuration.ValidAttachments!;
        List<WorkloadId> stale = [.. _book.Workloads.Select(w => w.Record)
            .Where(r => r.Network == cni.Configuration.Name && !IsAmong(r, valid)).Select(r => r.Id)];
        if (stale.Count == 0)
        {
            Answer(id, actions, new AgentAnswer());
            return;
        }

        if (_collections.Count >= CallsMax)
        {
            Fail(id, actions, TryAgainLater, $"{CallsMax} garbage collections are being worked on", "ask again later");
            return;
        }

        foreach (WorkloadId gone in stale)
        {
            BeginRelease(gone, _book.TryGet(gone, out Assignment? assignment) ? assignment.Record.ContainerId : "", actions);
        }

        _collections.Add(new Collection(id, [.. stale], now.After(CallLimit)));
    }

    // An interface that the configuration names, or named, is listed by the name that the runtime gave: one of its container
    // that no other attachment has.
    private bool IsAmong(WorkloadAssigned record, IReadOnlySet<(string ContainerId, string Interface)> valid) =>
        valid.Contains((record.ContainerId, record.Id.Interface))
        || valid.Any(a => a.ContainerId == record.ContainerId && !_book.Workloads.Any(w => w.Record.ContainerId == a.ContainerId
            && w.Record.Network == record.Network && w.Record.Id.Interface == a.Interface));

    private void FinishCollections(WorkloadId released, List<BrainAction> actions)
    {
        foreach (Collection collection in _collections.Where(c => c.Left.Remove(released) && c.Left.Count == 0).ToList())
        {
            _collections.Remove(collection);
            Answer(collection.Id, actions, new AgentAnswer());
        }
    }

    private void FinishCniCalls(Instant now, List<BrainAction> actions)
    {
        foreach (PendingCheck check in _checks.ToList())
        {
            AgentAnswer answer = Check(check.Workload, check.ContainerId);
            if (answer.Fault is null || check.Deadline <= now)
            {
                _checks.Remove(check);
                Answer(check.Id, actions, answer);
            }
        }

        foreach (Collection collection in _collections.Where(c => c.Deadline <= now).ToList())
        {
            _collections.Remove(collection);
            Fail(collection.Id, actions, FaultCodes.TryAgainLater, $"GC waited {CallLimit.TotalSeconds:0} s for "
                + string.Join(", ", collection.Left), "it goes on; ask again; weft status says what is not right");
        }
    }

    // Why no ADD can be served now; none if one can (CNI specification, STATUS).
    private AgentFault? UnavailableFault(AgentCall call, Instant now)
    {
        string? why = _plan.Revision == 0 ? "the agent has no plan yet: it has not heard from its server"
            : _addresses.JournalBrokenUntil is not null ? "the address journal cannot be written"
            : _addresses.WhyNone(call, now);
        if (why is not null)
        {
            return new AgentFault(FaultCodes.NotAvailable, why, "weft status and weft ipam show say what is not right");
        }

        return !IsReady && _appliedRevision == 0
            ? new AgentFault(FaultCodes.LimitedConnectivity, $"the node is not ready: it waits for {WaitingFor}", "weft status says what is not right")
            : null;
    }

    private IReadOnlyList<IpPrefix>? RoutesOf(PendingCall pending, IReadOnlyList<IpAddress> addresses) => WorkloadRoutes.Choose(
        addresses,
        pending.Call.NoDefaultRoutes,
        Pools.Select(p => p.Cidr),
        _book.In(pending.Call.NetworkNamespace).Where(w => !w.Releasing && w.Record.Id != pending.Workload).Select(w => w.Record));
}
