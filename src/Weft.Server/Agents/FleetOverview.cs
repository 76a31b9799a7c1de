using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Changes;
using Weft.Server.Fleet;
using Weft.Server.Plans;

namespace Weft.Server.Agents;

/// <summary>Why a node does not have a step of a pool's change.</summary>
internal enum LagReason
{
    /// <summary>Its agent is not connected to this server.</summary>
    NotConnected,

    /// <summary>Its agent did not report yet that it has the step.</summary>
    NotApplied,

    /// <summary>Its kernel has no IPIP, and the step needs it.</summary>
    LacksIpip,
}

/// <summary>A node that does not have a step of a pool's change.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct Laggard(string Node, LagReason Reason);

/// <summary>Answers what the fleet looks like, and when everybody has a change.</summary>
/// <param name="keeper">The state.</param>
/// <param name="hub">The plans.</param>
/// <param name="agents">The reports.</param>
/// <param name="gone">Nodes that are being removed.</param>
/// <param name="age">Whether the store may have lost something.</param>
internal sealed class FleetOverview(FleetKeeper keeper, PlanHub hub, AgentRegistry agents, GoneNodes gone, StoreAge age)
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
            Findings = [.. age.Findings(state), .. Namesakes(), .. FindingsOf(state), .. DetectionFindings.Of(state, agents), .. TransitionFindings.Of(state, this), .. gone.Findings(state)],
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
            Task changed = Task.WhenAny(agents.Changed, keeper.Moved);
            FleetState state = keeper.State;

            // What others asked for later is for others to wait for.
            List<IpPool> underWay = state.Revision < revision
                ? []
                : [.. state.Pools.Where(pool => PoolTransition.IsUnderWay(pool) && PoolTransition.AskedAt(pool) <= revision)];
            long required = underWay.Select(pool => pool.Metadata.ResourceVersion).Append(revision).Max();
            List<string> lagging = [.. hub.Connected.Where(node => !HasApplied(node, required))];

            // As long as a pool is sent the old way, what was applied is not done, whatever the nodes say.
            lagging.AddRange(underWay.Where(pool => pool.Sending is not null).Select(pool => pool.Key.ToString()));
            TimeSpan left = patience - time.GetElapsedTime(started);
            if ((lagging.Count == 0 && state.Revision >= revision) || left <= TimeSpan.Zero)
            {
                return lagging;
            }

            try
            {
                await (state.Revision < revision ? keeper.ReachAsync(revision, cancellation) : changed)
                    .WaitAsync(left, time, cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // The next round finds that no time is left.
            }
        }
    }

    /// <summary>The nodes that do not have what their plan had at a revision, by name: also those of which nobody knows.
    /// </summary>
    public IEnumerable<Laggard> Lacking(FleetState state, long revision)
    {
        foreach (string node in state.Nodes.Select(node => node.Metadata.Name))
        {
            if (LagOf(node, revision) is { } reason)
            {
                yield return new Laggard(node, reason);
            }
        }
    }

    /// <summary>Why a node does not have what its plan had at a revision; none if it has.</summary>
    public LagReason? LagOf(string node, long revision)
    {
        long required = hub.RequiredAt(node, revision);
        return required < 0 ? LagReason.NotConnected
            : agents.FindCurrent(node)?.AppliedRevision >= required ? null
            : LagReason.NotApplied;
    }

    /// <summary>The nodes that do not have the step that a pool is at, by name: also those of which nobody knows, unless somebody
    /// has deleted them.</summary>
    public IEnumerable<Laggard> LackingStep(FleetState state, IpPool pool)
    {
        bool bringsIpip = PoolTransition.BringsIpip(pool);
        foreach (string node in state.Nodes
            .Where(node => !node.Metadata.IsTerminating || hub.IsConnected(node.Metadata.Name))
            .Select(node => node.Metadata.Name))
        {
            long required = hub.RequiredAt(node, pool.Metadata.ResourceVersion);
            NodeReport? report = agents.FindCurrent(node);
            if (required < 0)
            {
                yield return new Laggard(node, LagReason.NotConnected);
            }
            else if (bringsIpip && report is { LacksIpip: true })
            {
                yield return new Laggard(node, LagReason.LacksIpip);
            }
            else if (report is null || report.AppliedRevision < required)
            {
                yield return new Laggard(node, LagReason.NotApplied);
            }
        }
    }

    // Who is not connected is not waited for.
    private bool HasApplied(string node, long revision)
    {
        long required = hub.RequiredAt(node, revision);
        return required < 0 || agents.FindCurrent(node)?.AppliedRevision >= required;
    }

    // Each would give out addresses of the same blocks by a journal of its own. An agent that was started anew has ended before.
    private IEnumerable<Finding> Namesakes() => hub.ConnectedTwice.Select(node => new Finding(
        FindingSeverity.Error,
        $"Node/{node.Node}",
        FormattableString.Invariant($"{node.Streams} agents are connected as {node.Node}, and give the same addresses to different workloads: ")
            + "stop all but one, or give them names of their own (weft agent --node)"));

    private NodeStatus Describe(FleetState state, string name, bool connected)
    {
        NodeReport? report = agents.Find(name);
        return new NodeStatus
        {
            Name = name,
            Connected = connected,
            Current = connected && report is { Ready: true } && HasApplied(name, state.Revision),
            Report = report is null ? null : report with { TunnelAddress = report.TunnelIpv4 },
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
