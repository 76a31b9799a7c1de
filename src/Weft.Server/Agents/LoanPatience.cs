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

    // Loans without an address, by their names, of which none is used twice.
    private readonly FirstSeen<string> _begun = new(time);

    /// <summary>Does what is due.</summary>
    /// <returns>When to look again; none if no loan waits.</returns>
    public async Task<TimeSpan?> StepAsync(CancellationToken cancellation)
    {
        FleetState state = keeper.State;
        IReadOnlyCollection<AddressLoan> waiting = state.LoansUndecided;
        _begun.Keep(waiting.Select(loan => loan.Metadata.Name));
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
        TimeSpan waited = _begun.AgeOf(loan.Metadata.Name);
        return waited >= AnswerMax || (waited >= LookAgain && LoanDecisions.IsHopeless(state, loan, facts));
    }
}
