using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;

namespace Weft.Node.Brain;

/// <content>Network namespaces that are named by a process, <c>/proc/PID/ns/net</c>: when the process has ended, and surely when
/// the host was started anew, the number may be another's, and what lies at the path the host's own namespace. So which
/// one it is is journalled, and a link that is missing is made again only where it was.</content>
public sealed partial class AgentBrain
{
    private const string Processes = "/proc/";
    private const string UnknownIdentity = "?";

    // Workloads of which nobody has looked yet whether their process is still the same: no link is made for them.
    private readonly SortedSet<WorkloadId> _unproven = [];

    private static bool IsOfProcess(WorkloadAssigned record) => record.NetworkNamespace.StartsWith(Processes, StringComparison.Ordinal);

    private static bool LacksIdentity(Assignment assignment) => assignment.Identity is null && IsOfProcess(assignment.Record);

    /// <summary>Whether a link must not be made yet: it might come into another process's namespace.</summary>
    private bool IsUnproven(string hostInterface) =>
        _unproven.Count > 0 && _unproven.Any(id => Kernel.KernelNames.HostInterface(id) == hostInterface);

    // The runtime says so itself, now.
    private void Prove(WorkloadId id) => _unproven.Remove(id);

    // What was held back is tried again, but of processes only after a look.
    private void ReattachAll(Instant now)
    {
        foreach (WorkloadId id in _detached.Keys.ToList())
        {
            if (_book.TryGet(id, out Assignment? assignment) && IsOfProcess(assignment.Record))
            {
                _auditAt = Earliest(_auditAt, now);
            }
            else
            {
                Reattach(id);
            }
        }
    }

    /// <summary>Journals which namespaces the links lead into, and finds those whose number is another process's by now.
    /// </summary>
    private List<WorkloadId> JudgeProcesses(Look look, IReadOnlyList<string?> found, List<BrainAction> actions)
    {
        List<WorkloadId> gone = [];
        for (int i = 0; i < look.Records.Count; i++)
        {
            WorkloadAssigned record = look.Records[i];
            if (!IsOfProcess(record) || found[i] == UnknownIdentity || !_book.TryGet(record.Id, out Assignment? assignment)
                || !assignment.Record.Equals(record))
            {
                continue;
            }

            bool isNew = _unproven.Remove(record.Id);
            if (HasLink(record.Id))
            {
                if (assignment.Identity is null && found[i] is { } identity && !_unwritten.ContainsKey(record.Id))
                {
                    Write(actions, new NamespaceSeen(record.Id, identity));
                }
            }
            else if (found[i] is { } there && there == assignment.Identity)
            {
                Reattach(record.Id);
            }
            else if (isNew || _detached.ContainsKey(record.Id))
            {
                bool isOther = found[i] is not null && assignment.Identity is not null;
                Detach(record.NetworkNamespace, 0 switch
                {
                    _ when found[i] is null => $"{record.NetworkNamespace}: there is no such process",
                    _ when isOther => $"{record.NetworkNamespace}: the number is another process's by now",
                    _ => $"{record.NetworkNamespace}: whether the process is the same cannot be told",
                });
                if (isOther)
                {
                    gone.Add(record.Id);
                }
            }
        }

        return gone;
    }
}
