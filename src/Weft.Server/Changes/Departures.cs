using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;

namespace Weft.Server.Changes;

/// <summary>Removes what only waited for others to go: the last step of every decision.</summary>
/// <remarks>A terminating node goes when its agent can use nothing of the fleet any more: it has no workload endpoint, no block
/// and no borrowed address. Which addresses its journal has given out nobody else knows, so that its agent gives its blocks back
/// itself, or <see cref="TakeBack"/> takes them. A terminating pool goes when it has no block and no loan.</remarks>
internal static class Departures
{
    /// <summary>Settles a draft. The cost follows what the draft touched.</summary>
    public static void Settle(Draft draft)
    {
        foreach (string node in draft.Touched.Select(NodeOf).OfType<string>().Distinct(StringComparer.Ordinal).ToList())
        {
            SettleNode(draft, node);
        }

        foreach (IpPool pool in draft.Current.Pools.Where(pool => pool.Metadata.IsTerminating).ToList())
        {
            string name = pool.Metadata.Name;
            EndUndecided(draft, draft.Current.LoansOfPool(name));
            if (draft.Current.BlocksOfPool(name).Count == 0 && draft.Current.LoansOfPool(name).Count == 0)
            {
                draft.Remove(pool);
            }
        }
    }

    /// <summary>Ends a loan: the address is its lender's again.</summary>
    public static void End(Draft draft, AddressLoan loan)
    {
        draft.Remove(loan);
        if (draft.Current.FindBlock(loan.Block) is { } block && IsNobodys(draft, block)
            && draft.Current.LoansOfBlock(loan.Block).Count == 0)
        {
            draft.Remove(block);
        }
    }

    /// <summary>A node gives a block back, of which no address is used but those that others borrow: they keep it until they have
    /// given these back.</summary>
    public static void GiveBack(Draft draft, IpamBlock block)
    {
        EndUndecided(draft, draft.Current.LoansOfBlock(block.Cidr));
        if (draft.Current.LoansOfBlock(block.Cidr).Count == 0)
        {
            draft.Remove(block);
        }
        else
        {
            draft.Put(block.GivenBack());
        }
    }

    /// <summary>Takes everything of a node's back: its agent is gone for good.</summary>
    public static void TakeBack(Draft draft, string node)
    {
        foreach (WorkloadEndpoint endpoint in draft.Current.EndpointsOfNode(node).ToList())
        {
            draft.Remove(endpoint);
        }

        foreach (AddressLoan borrowed in draft.Current.LoansOfBorrower(node).ToList())
        {
            End(draft, borrowed);
        }

        foreach (IpamBlock block in draft.Current.BlocksOfNode(node).ToList())
        {
            GiveBack(draft, block);
        }
    }

    // The node that may have lost its last by a change.
    private static string? NodeOf(ResourceChange change) => (change.Before ?? change.After) switch
    {
        WorkloadEndpoint endpoint => endpoint.Node,
        IpamBlock block => block.Node,
        AddressLoan loan => loan.Borrower,
        NodeResource itself => itself.Metadata.Name,
        _ => null,
    };

    private static bool IsNobodys(Draft draft, IpamBlock block) =>
        block.IsGivenBack || (block.Node is { } owner && draft.Current.FindNode(owner) is null);

    private static void SettleNode(Draft draft, string name)
    {
        if (draft.Current.FindNode(name) is not { Metadata.IsTerminating: true } node)
        {
            return;
        }

        // What is still being announced it has never had. (Not so a block: its journal may have it, and a restored store learn it
        // again.)
        foreach (AddressLoan borrowed in draft.Current.LoansOfBorrower(name).Where(loan => loan.Address is null || loan.Announcing).ToList())
        {
            End(draft, borrowed);
        }

        EndUndecided(draft, draft.Current.LoansOfLender(name));
        if (draft.Current.EndpointsOfNode(name).Count == 0
            && draft.Current.BlocksOfNode(name).Count == 0
            && draft.Current.LoansOfBorrower(name).Count == 0)
        {
            draft.Remove(node);
        }
    }

    // Nobody uses what has no address: a lender that has chosen one frees it when its plan has the loan no longer.
    private static void EndUndecided(Draft draft, IEnumerable<AddressLoan> loans)
    {
        foreach (AddressLoan loan in loans.Where(loan => loan.Address is null).ToList())
        {
            End(draft, loan);
        }
    }
}
