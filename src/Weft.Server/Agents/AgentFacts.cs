using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Server.Plans;

namespace Weft.Server.Agents;

/// <summary>What decisions ask of agents: not in the store, since it changes without anybody's wish.</summary>
internal interface IAgentFacts
{
    /// <summary>Whether a node's agent is connected to this server.</summary>
    bool IsConnected(string node);

    /// <summary>How many addresses of a block nobody has, as its node's agent said last; none if it did not say.</summary>
    int? FreeOf(string node, IpPrefix block);

    /// <summary>Whether a block's node said a moment ago that it does not lend this, or did not answer.</summary>
    /// <param name="block">The block.</param>
    /// <param name="wanted">The one address that was asked for; none for any.</param>
    bool HasDeclined(IpPrefix block, IpAddress? wanted);

    /// <summary>Ranges of which a node's journal has addresses, whatever the store says: of nodes that it knows, and of those
    /// that are connected.</summary>
    IEnumerable<(string Node, IpPrefix Range)> Held(FleetState state);

    /// <summary>Why no new block is given to anybody now; none if one may be.</summary>
    string? WhyNoBlocks(FleetState state);
}

/// <summary>The facts of this server's connections.</summary>
/// <param name="hub">The connections.</param>
/// <param name="agents">The reports.</param>
/// <param name="age">Whether the store may have lost something.</param>
/// <param name="time">Monotonic time.</param>
internal sealed class AgentFacts(PlanHub hub, AgentRegistry agents, StoreAge age, TimeProvider time) : IAgentFacts
{
    /// <summary>How long it is remembered that a block had nothing to lend: who waits for an address asks every second.</summary>
    public static readonly TimeSpan DeclinedKept = TimeSpan.FromSeconds(5);

    /// <summary>Refusals remembered; with more, those that count no longer are dropped, and then all.</summary>
    public const int DeclinedMax = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(IpPrefix Block, IpAddress? Wanted), long> _declined = [];

    /// <inheritdoc/>
    public bool IsConnected(string node) => hub.IsConnected(node);

    /// <inheritdoc/>
    public int? FreeOf(string node, IpPrefix block) =>
        agents.FindCurrent(node)?.Blocks?.FirstOrDefault(use => use.Cidr == block)?.Free;

    /// <inheritdoc/>
    public bool HasDeclined(IpPrefix block, IpAddress? wanted)
    {
        lock (_gate)
        {
            return _declined.TryGetValue((block, wanted), out long at) && time.GetElapsedTime(at) < DeclinedKept;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<(string Node, IpPrefix Range)> Held(FleetState state) => agents.Held
        .Where(held => state.FindNode(held.Node) is not null || hub.IsConnected(held.Node))
        .SelectMany(held => held.Ranges, (held, range) => (held.Node, range));

    /// <inheritdoc/>
    public string? WhyNoBlocks(FleetState state) => age.WhyNoBlocks(state);

    /// <summary>Remembers that a block has nothing to lend, or its node did not answer.</summary>
    public void Decline(IpPrefix block, IpAddress? wanted)
    {
        lock (_gate)
        {
            if (_declined.Count >= DeclinedMax)
            {
                foreach ((IpPrefix, IpAddress?) old in _declined
                    .Where(refusal => time.GetElapsedTime(refusal.Value) >= DeclinedKept).Select(refusal => refusal.Key).ToList())
                {
                    _declined.Remove(old);
                }

                if (_declined.Count >= DeclinedMax)
                {
                    _declined.Clear();
                }
            }

            _declined[(block, wanted)] = time.GetTimestamp();
        }
    }
}
