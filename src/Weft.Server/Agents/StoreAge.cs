using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;

namespace Weft.Server.Agents;

/// <summary>Whether the store may have lost what it gave away: an agent has seen a newer revision than it has, so it was restored
/// from an older copy, or made anew. Then no new block is given before all agents have said what they use, or been away for a
/// grace; and a server that has just started waits a moment for who could tell.</summary>
/// <param name="agents">What agents said since this server started.</param>
/// <param name="atStart">The store when it did.</param>
/// <param name="grace">How long agents that are away are waited for, from the start on.</param>
/// <param name="time">Monotonic time.</param>
/// <param name="log">Takes a line for the operator.</param>
internal sealed class StoreAge(AgentRegistry agents, FleetState atStart, TimeSpan grace, TimeProvider time, Action<string> log)
{
    private const int NamesMax = 5;

    private readonly Lock _gate = new();
    private readonly long _started = time.GetTimestamp();

    // What an agent had seen that the store has not; none if none has, or everybody was heard since.
    private string? _evidence;
    private bool _hasBegun;

    /// <summary>An agent connects.</summary>
    /// <param name="node">Its node.</param>
    /// <param name="seen">The revision of the plan that it has.</param>
    /// <param name="revision">The store's.</param>
    public void Meet(string node, long seen, long revision)
    {
        if (seen <= revision)
        {
            return;
        }

        lock (_gate)
        {
            if (_evidence is not null)
            {
                return;
            }

            _evidence = FormattableString.Invariant($"the store is at revision {revision}, and the agent of {node} has seen {seen}");
            log($"{_evidence}: it was restored from an older copy, or made anew. No new block is given before all agents have said what they use");
        }
    }

    /// <summary>Why no new block is given now; none if one may be.</summary>
    public string? WhyNoBlocks(FleetState state)
    {
        TimeSpan age = time.GetElapsedTime(_started);
        bool isYoung = age < BlockAnnouncements.ReturningMax;
        lock (_gate)
        {
            if (_evidence is { } evidence)
            {
                List<string> unheard = age < grace ? Unheard(state, state.Revision) : [];
                if (unheard.Count > 0 || isYoung)
                {
                    return $"{evidence}: it was restored from an older copy, or made anew, and gives no new block before all agents have said what "
                        + $"they use{Waiting(unheard)}";
                }

                (_evidence, _hasBegun) = (null, true);
                log("all agents were heard that are not away for good: new blocks are given");
            }

            if (_hasBegun)
            {
                return null;
            }

            if (isYoung && Unheard(atStart, state.Revision) is { Count: > 0 } returning)
            {
                return $"the server has just started{Waiting(returning)}";
            }

            _hasBegun = true;
            return null;
        }
    }

    /// <summary>A finding while no new block is given.</summary>
    public IEnumerable<Finding> Findings(FleetState state)
    {
        string? evidence;
        lock (_gate)
        {
            evidence = _evidence;
        }

        if (evidence is not null && WhyNoBlocks(state) is { } why)
        {
            string minutes = FormattableString.Invariant($"{Math.Max(0, Math.Ceiling((grace - time.GetElapsedTime(_started)).TotalMinutes))}");
            yield return new Finding(FindingSeverity.Error, "Store", $"{why}; who is away is waited for {minutes} min more: start the agents, or delete the Nodes of hosts that are gone for good");
        }
    }

    private static string Waiting(List<string> unheard) => unheard.Count == 0 ? ""
        : $"; not heard yet: {string.Join(", ", unheard.Take(NamesMax))}"
            + (unheard.Count > NamesMax ? FormattableString.Invariant($" and {unheard.Count - NamesMax} more") : "");

    // What an agent said of a plan that this store never made tells nothing of what it uses now.
    private List<string> Unheard(FleetState state, long revision) =>
    [
        .. state.Nodes.Where(node => !node.Metadata.IsTerminating)
            .Select(node => node.Metadata.Name)
            .Where(node => agents.FindCurrent(node) is not { } report || report.AppliedRevision > revision),
    ];
}
