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

namespace Weft.Server.Agents;

/// <summary>Takes back what nodes had that are gone for good: an administrator deleted the node, and its agent has not been
/// connected for a grace, seen twice. An agent that is connected empties its node itself, and gives its blocks back. Only it
/// knows what it has given out of them: a node without a workload in the store is waited for no less.</summary>
/// <param name="keeper">The state.</param>
/// <param name="agents">Says whether somebody connected in between.</param>
/// <param name="facts">What is known of agents.</param>
/// <param name="grace">How long an agent must be away. It counts from when this server first saw it away.</param>
/// <param name="time">Monotonic time.</param>
/// <param name="log">Takes a line for the operator.</param>
internal sealed class GoneNodes(
    FleetKeeper keeper, AgentRegistry agents, IAgentFacts facts, TimeSpan grace, TimeProvider time, Action<string> log)
{
    /// <summary>How often nodes that are being removed are looked at.</summary>
    public static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();

    // Since when a node's agent is away, and how often it was seen to be so after the grace; by the node's identity.
    private readonly Dictionary<string, Absence> _away = new(StringComparer.Ordinal);

    /// <summary>Looks once, and takes back what is due.</summary>
    /// <returns>When to look again.</returns>
    public async Task<TimeSpan?> StepAsync(CancellationToken cancellation)
    {
        FleetState state = keeper.State;
        List<NodeResource> leaving = [.. state.NodesLeaving];
        List<NodeResource> gone = [.. leaving.Where(IsGone)];
        lock (_gate)
        {
            foreach (string uid in _away.Keys.Except(leaving.Select(node => node.Metadata.Uid), StringComparer.Ordinal).ToList())
            {
                agents.Unwatch(_away[uid].Node);
                _away.Remove(uid);
            }
        }

        foreach (NodeResource node in gone)
        {
            await TakeBackAsync(node, cancellation).ConfigureAwait(false);
        }

        return leaving.Count == 0 ? null : LookAgain;
    }

    /// <summary>A finding for each node that is being removed and waits for something, by name.</summary>
    public IEnumerable<Finding> Findings(FleetState state)
    {
        foreach (NodeResource node in state.NodesLeaving)
        {
            long? since;
            lock (_gate)
            {
                since = _away.GetValueOrDefault(node.Metadata.Uid)?.Since;
            }

            yield return new Finding(FindingSeverity.Notice, node.Key.ToString(), Describe(state, node.Metadata.Name, since));
        }
    }

    private string Describe(FleetState state, string name, long? awaySince)
    {
        int workloads = state.EndpointsOfNode(name).Count;
        int blocks = state.BlocksOfNode(name).Count;
        int borrowed = state.LoansOfBorrower(name).Count;
        string addresses = FormattableString.Invariant($"{blocks} blocks and {borrowed} borrowed addresses");
        if (!facts.IsConnected(name))
        {
            TimeSpan left = grace - (awaySince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero);
            return FormattableString.Invariant(
                $"{name} is being removed and its agent is away: its {workloads} workloads, {addresses} are taken back in {Math.Max(0, Math.Ceiling(left.TotalMinutes))} min, unless it connects; its agent, once it is started, gives them back at once");
        }

        return workloads > 0
            ? FormattableString.Invariant(
                $"{name} is being removed, and waits for {workloads} workloads on it: remove them, or stop its agent for good")
            : $"{name} is being removed, and waits for its agent to give back {addresses}: one that does not, says why in its own findings; or stop it for good";
    }

    private bool IsGone(NodeResource node)
    {
        lock (_gate)
        {
            string uid = node.Metadata.Uid;
            string name = node.Metadata.Name;
            if (!_away.TryGetValue(uid, out Absence? absence) || facts.IsConnected(name) || agents.HasBegunSince(name))
            {
                // From here on, also one that comes and goes between two looks begins the grace anew.
                agents.Watch(name);
                if (facts.IsConnected(name))
                {
                    _away.Remove(uid);
                }
                else
                {
                    _away[uid] = new Absence(name, time.GetTimestamp());
                }

                return false;
            }

            return time.GetElapsedTime(absence.Since) >= grace && ++absence.Sightings >= 2;
        }
    }

    private async Task TakeBackAsync(NodeResource node, CancellationToken cancellation)
    {
        string name = node.Metadata.Name;
        (int workloads, int blocks, int loans) = (0, 0, 0);
        (Decision decision, long revision) = await keeper.ChangeAsync(
            newer =>
            {
                if (newer.FindNode(name) is not { Metadata.IsTerminating: true } still || still.Metadata.Uid != node.Metadata.Uid
                    || facts.IsConnected(name) || agents.HasBegunSince(name))
                {
                    return new Decision();
                }

                (workloads, blocks, loans) =
                    (newer.EndpointsOfNode(name).Count, newer.BlocksOfNode(name).Count, newer.LoansOfBorrower(name).Count);
                Draft draft = new(newer);
                Departures.TakeBack(draft, name);
                draft.Put(still); // Touched, so that it is settled also if there was nothing.
                Departures.Settle(draft);
                return new Decision { Changes = draft.Changes };
            },
            cancellation).ConfigureAwait(false);
        if (decision is { Refusal: null, Changes.Count: > 0 })
        {
            log(FormattableString.Invariant(
                $"Node {name} was deleted, and its agent away for {grace.TotalMinutes:0.#} min: taken back at revision {revision}, with {workloads} workload endpoints, {blocks} blocks and {loans} borrowed addresses"));
        }
    }

    private sealed class Absence(string node, long since)
    {
        public string Node => node;

        public long Since => since;

        public int Sightings { get; set; }
    }
}
