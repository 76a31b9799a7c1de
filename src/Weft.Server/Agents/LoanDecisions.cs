using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Blocks;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Changes;
using Weft.Server.Fleet;

namespace Weft.Server.Agents;

/// <summary>Decides who lends an address to whom. The lender's journal decides which address: until it has, nobody may use
/// one.</summary>
/// <remarks>A loan that goes to another lender is another loan, with a name of its own: an answer that comes too late meets
/// none, and the lender, whose plan no longer has it, frees what it chose.</remarks>
internal static class LoanDecisions
{
    /// <summary>Addresses that one node may borrow: each is a route on every node.</summary>
    public const int BorrowedMax = 1_000;

    /// <summary>Begins a loan, or finds the one that was begun.</summary>
    /// <param name="state">The state.</param>
    /// <param name="node">The node that asks.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="facts">What is known of agents.</param>
    /// <param name="stamp">Time and identities.</param>
    /// <param name="name">The loan's name; empty if it is refused.</param>
    public static Decision Request(
        FleetState state, string node, LoanRequest request, IAgentFacts facts, Stamp stamp, out string name)
    {
        name = "";
        if (state.FindNode(node) is not { } itself)
        {
            return Decision.Refuse(RefusalKind.NotFound, $"Node {node} does not exist: apply it first");
        }

        if (state.FindPool(request.Pool) is not { } pool)
        {
            return Decision.Refuse(RefusalKind.NotFound, $"IPPool {request.Pool} does not exist");
        }

        if (Begun(state, node, request) is { } begun)
        {
            name = begun.Metadata.Name;
            return new Decision();
        }

        if (WhyNot(state, itself, pool, request.Wanted) is { } reason)
        {
            return Decision.Refuse(RefusalKind.Conflict, reason);
        }

        if (Begin(state, pool, node, request.Wanted, [], facts, stamp, out string why) is not { } loan)
        {
            return Decision.Refuse(RefusalKind.Conflict, NobodyLends(state, pool, request.Wanted, why));
        }

        Draft draft = new(state);
        draft.Put(loan);
        name = loan.Metadata.Name;
        return new Decision { Changes = draft.Changes };
    }

    /// <summary>Takes a lender's answer: the address, or that there is none, and then another one is asked.</summary>
    public static Decision Answer(
        FleetState state, string node, string name, LoanDecision answer, IAgentFacts facts, Stamp stamp)
    {
        if (state.FindLoan(name) is not { } loan)
        {
            // Given back or asked of another node by now: the plan says so, and frees what was chosen.
            return new Decision();
        }

        if (loan.Lender != node)
        {
            return Decision.Refuse(RefusalKind.Forbidden, $"{loan.Key} is lent by Node {loan.Lender}, not by {node}");
        }

        if (answer.Address is not { } address)
        {
            return loan.Address is { } lent
                ? Decision.Refuse(RefusalKind.Conflict, $"Node {loan.Borrower} has {lent} already: it gives it back")
                : AskAnother(state, loan, facts, stamp);
        }

        if (loan.Address == address)
        {
            return new Decision();
        }

        string? reason = 0 switch
        {
            _ when loan.Address is { } other => $"Node {loan.Borrower} has {other} already",
            _ when !loan.Block.Contains(address) => $"{address} is not in block {loan.Block}",
            _ when loan.Wanted is { } wanted && wanted != address => $"{wanted} was asked for, not {address}",
            _ when state.FindLoanOf(address) is { } taken => $"{address} is lent to Node {taken.Borrower} by {taken.Key}",
            _ => null,
        };
        if (reason is not null)
        {
            return Decision.Refuse(RefusalKind.Conflict, reason);
        }

        Draft draft = new(state);
        draft.Put(loan with
        {
            Address = address,
            Announcing = true,
            Metadata = loan.Metadata with { Generation = loan.Metadata.Generation + 1 },
        });
        return new Decision { Changes = draft.Changes };
    }

    /// <summary>Ends a loan that has no address yet, and begins one with another lender if there is one.</summary>
    public static Decision AskAnother(FleetState state, AddressLoan loan, IAgentFacts facts, Stamp stamp)
    {
        Draft draft = new(state);
        AskAnother(draft, loan, facts, stamp);
        Departures.Settle(draft);
        return new Decision { Changes = draft.Changes };
    }

    /// <summary>The same, as a part of a larger decision.</summary>
    public static void AskAnother(Draft draft, AddressLoan loan, IAgentFacts facts, Stamp stamp)
    {
        Departures.End(draft, loan);
        FleetState state = draft.Current;
        if (state.FindPool(loan.Pool) is { } pool && state.FindNode(loan.Borrower) is { } borrower
            && WhyNot(state, borrower, pool, loan.Wanted) is null
            && Begin(state, pool, loan.Borrower, loan.Wanted, [.. loan.Declined, loan.Block], facts, stamp, out _) is { } next)
        {
            draft.Put(next);
        }
    }

    /// <summary>Whether a loan without an address waits for nothing: its lender is gone, going, or not heard.</summary>
    public static bool IsHopeless(FleetState state, AddressLoan loan, IAgentFacts facts) =>
        state.FindBlock(loan.Block)?.Node != loan.Lender
        || state.FindNode(loan.Lender) is null or { Metadata.IsTerminating: true }
        || !facts.IsConnected(loan.Lender);

    // Asking twice borrows once: the first that the node may not know, in the order in which they were decided, or the one
    // that is not decided yet.
    private static AddressLoan? Begun(FleetState state, string node, LoanRequest request)
    {
        List<AddressLoan> own = [.. state.LoansOfBorrower(node).Where(loan => loan.Pool == request.Pool)];
        if (request.Wanted is { } wanted)
        {
            return own.Find(loan => (loan.Address ?? loan.Wanted) == wanted);
        }

        List<AddressLoan> decided =
        [
            .. own.Where(loan => loan.Address is not null)
                .OrderBy(loan => loan.Announcing)
                .ThenBy(loan => loan.Metadata.ResourceVersion)
                .ThenBy(loan => loan.Metadata.Name, StringComparer.Ordinal),
        ];
        return request.Have >= 0 && request.Have < decided.Count
            ? decided[request.Have]
            : own.Find(loan => loan.Address is null && loan.Wanted is null);
    }

    private static string? WhyNot(FleetState state, NodeResource node, IpPool pool, IpAddress? wanted)
    {
        string name = pool.Metadata.Name;
        return 0 switch
        {
            _ when Allocation.WhyNot(pool, node) is { } reason => reason,
            _ when state.IpamConfiguration is { StrictAffinity: true } =>
                $"IPPool {name}: IPAMConfiguration default has strictAffinity: true, so nodes do not borrow",
            _ when !pool.AllowedUses.HasFlag(PoolUses.Workload) => $"IPPool {name} is for tunnel addresses, which are never borrowed",
            _ when wanted is { } outside && !pool.Cidr.Contains(outside) => $"{outside} is not in IPPool {name} ({pool.Cidr})",
            _ when wanted is { } inside && state.FindBlockOf(inside) is null => $"the block of {inside} is free: claim it",
            _ when wanted is { } own && state.FindBlockOf(own)?.Node == node.Metadata.Name =>
                $"{own} is in a block of Node {node.Metadata.Name} itself",
            _ when wanted is { } lent && state.FindLoanOf(lent) is { } loan => $"{lent} is lent to Node {loan.Borrower}",
            _ when wanted is null
                && BlockArithmetic.TryNextFree(pool.Cidr, pool.BlockSize, state.RangesOfPool(name), out _) =>
                $"IPPool {name} has a free block: claim it",
            _ when state.LoansOfBorrower(node.Metadata.Name).Count >= BorrowedMax => FormattableString.Invariant(
                $"Node {node.Metadata.Name} borrows {BorrowedMax} addresses, and no node may borrow more: add another IPPool"),
            _ => null,
        };
    }

    private static AddressLoan? Begin(
        FleetState state,
        IpPool pool,
        string borrower,
        IpAddress? wanted,
        ValueList<IpPrefix> declined,
        IAgentFacts facts,
        Stamp stamp,
        out string why)
    {
        if (LenderChoice.Of(state, pool, borrower, wanted, declined, facts, out why) is not { } block)
        {
            return null;
        }

        Metadata born = stamp.Born(new Metadata { Name = "" });
        return new AddressLoan
        {
            Metadata = born with { Name = AddressLoan.NameOf(born.Uid) },
            Pool = pool.Metadata.Name,
            Block = block.Cidr,
            Lender = block.Node!,
            Borrower = borrower,
            Wanted = wanted,
            Declined = declined,
        };
    }

    private static string NobodyLends(FleetState state, IpPool pool, IpAddress? wanted, string why)
    {
        string name = pool.Metadata.Name;
        string reasons = why.Length == 0 ? "" : $" ({why})";
        return wanted is { } one
            ? $"{one} of IPPool {name} is in a block of Node {state.FindBlockOf(one)?.Node}, which does not lend it{reasons}"
            : PoolExhausted.Describe(
                name, pool.Cidr, pool.BlockSize, state.BlocksOfPool(name).Select(block => block.Node ?? block.Affinity))
                + $"; no node lends an address{reasons}";
    }
}
