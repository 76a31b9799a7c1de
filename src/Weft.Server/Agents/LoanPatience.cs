using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Plan.Compiling;
using Weft.Server.Changes;
using Weft.Server.Fleet;

namespace Weft.Server.Agents;

/// <summary>Asks another node when one that was asked to lend an address does not answer.</summary>
/// <param name="keeper">The state.</param>
/// <param name="facts">What is known of agents.</param>
/// <param name="time">Wall and monotonic time.</param>
internal sealed class LoanPatience(FleetKeeper keeper, AgentFacts facts, TimeProvider time)
{
    /// <summary>How long a connected agent is waited for: its answer is one write to its disk.</summary>
    public static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    // When this server first saw a loan without an address, by its name, which is never used twice.
    private readonly Dictionary<string, long> _begun = new(StringComparer.Ordinal);

    /// <summary>Does what is due.</summary>
    /// <returns>When to look again; none if no loan waits.</returns>
    public async Task<TimeSpan?> StepAsync(CancellationToken cancellation)
    {
        FleetState state = keeper.State;
        IReadOnlyCollection<AddressLoan> waiting = state.LoansUndecided;
        foreach (string gone in _begun.Keys.Except(waiting.Select(loan => loan.Metadata.Name), StringComparer.Ordinal).ToList())
        {
            _begun.Remove(gone);
        }

        if (waiting.Count == 0)
        {
            return null;
        }

        HashSet<string> late = [.. waiting.Where(loan => IsLate(state, loan)).Select(loan => loan.Metadata.Name)];
        if (late.Count > 0)
        {
            Stamp stamp = Stamp.Of(time);
            await keeper.ChangeAsync(newer => Decide(newer, late, stamp), cancellation).ConfigureAwait(false);
        }

        return LookAgain;
    }

    // On the newest state: a loan that has its address by now stays.
    private Decision Decide(FleetState state, HashSet<string> late, Stamp stamp)
    {
        Draft draft = new(state);
        foreach (string name in late.Order(StringComparer.Ordinal))
        {
            if (state.FindLoan(name) is { Address: null } loan)
            {
                facts.Decline(loan.Block, loan.Wanted);
                LoanDecisions.AskAnother(draft, loan, facts, stamp);
            }
        }

        Departures.Settle(draft);
        return new Decision { Changes = draft.Changes };
    }

    private bool IsLate(FleetState state, AddressLoan loan)
    {
        if (!_begun.TryGetValue(loan.Metadata.Name, out long begun))
        {
            begun = time.GetTimestamp();
            _begun.Add(loan.Metadata.Name, begun);
        }

        TimeSpan waited = time.GetElapsedTime(begun);
        return waited >= AnswerMax || (waited >= LookAgain && LoanDecisions.IsHopeless(state, loan, facts));
    }
}
