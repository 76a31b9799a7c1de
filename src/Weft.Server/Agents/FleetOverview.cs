using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Fleet;
using Weft.Server.Plans;

namespace Weft.Server.Agents;

/// <summary>Answers what the fleet looks like, and when everybody has a change.</summary>
/// <param name="keeper">The state.</param>
/// <param name="hub">The plans.</param>
/// <param name="agents">The reports.</param>
internal sealed class FleetOverview(FleetKeeper keeper, PlanHub hub, AgentRegistry agents)
{
    private (FleetState State, IReadOnlyList<Finding> Findings) _findings = (FleetState.Empty, []);

    /// <summary>The fleet now.</summary>
    public FleetStatus Describe()
    {
        FleetState state = keeper.State;
        HashSet<string> connected = [.. hub.Connected];
        IEnumerable<string> names = state.Nodes.Select(node => node.Metadata.Name)
            .Union(connected, StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        return new FleetStatus
        {
            Revision = state.Revision,
            Nodes = [.. names.Select(name => Describe(state, name, connected.Contains(name)))],
            Findings = [.. FindingsOf(state), .. DetectionFindings.Of(state, agents)],
        };
    }

    /// <summary>Waits until every connected agent has applied what its plan had at a revision.</summary>
    /// <returns>The nodes that lag when the time is over; empty if none does.</returns>
    public async Task<IReadOnlyList<string>> WaitAsync(
        long revision, TimeSpan patience, TimeProvider time, CancellationToken cancellation)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            Task changed = agents.Changed;
            List<string> lagging = [.. hub.Connected.Where(node => !HasApplied(node, revision))];
            TimeSpan left = patience - time.GetElapsedTime(started);
            if ((lagging.Count == 0 && keeper.State.Revision >= revision) || left <= TimeSpan.Zero)
            {
                return lagging;
            }

            try
            {
                await (keeper.State.Revision < revision ? keeper.ReachAsync(revision, cancellation) : changed)
                    .WaitAsync(left, time, cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // The next round finds that no time is left.
            }
        }
    }

    private bool HasApplied(string node, long revision)
    {
        long required = hub.RequiredAt(node, revision);
        return required < 0 || (agents.Find(node) is { } report && report.AppliedRevision >= required);
    }

    private NodeStatus Describe(FleetState state, string name, bool connected)
    {
        NodeReport? report = agents.Find(name);
        return new NodeStatus
        {
            Name = name,
            Connected = connected,
            Current = connected && report is { Ready: true } && HasApplied(name, state.Revision),
            Report = report,
            Blocks = state.BlocksOfNode(name).Count,
            Workloads = state.EndpointsOfNode(name).Count,
        };
    }

    // A pure function of the state, asked often and changed rarely.
    private IReadOnlyList<Finding> FindingsOf(FleetState state)
    {
        (FleetState of, IReadOnlyList<Finding> findings) = _findings;
        if (!ReferenceEquals(of, state))
        {
            findings = FleetFindings.Of(state);
            _findings = (state, findings);
        }

        return findings;
    }
}
