using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;

namespace Weft.Server.Changes;

/// <summary>Removes what only waited for others to go: the last step of every decision.</summary>
/// <remarks>A terminating node goes, with its blocks and what it borrows, when it has no workload endpoint; of its blocks those
/// stay, without a node, out of which other nodes borrow, until that is given back. A terminating pool goes when it has no
/// block and no loan.</remarks>
internal static class Departures
{
    /// <summary>Settles a draft. The cost follows what the draft touched.</summary>
    public static void Settle(Draft draft)
    {
        foreach (ResourceChange change in draft.Touched)
        {
            string? node = (change.Before ?? change.After) switch
            {
                WorkloadEndpoint endpoint => endpoint.Node,
                NodeResource itself => itself.Metadata.Name,
                _ => null,
            };
            if (node is not null)
            {
                SettleNode(draft, node);
            }
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
        if (draft.Current.FindBlock(loan.Block) is { Node: { } owner } block
            && draft.Current.FindNode(owner) is null
            && draft.Current.LoansOfBlock(loan.Block).Count == 0)
        {
            draft.Remove(block);
        }
    }

    private static void SettleNode(Draft draft, string name)
    {
        if (draft.Current.FindNode(name) is not { Metadata.IsTerminating: true } node
            || draft.Current.EndpointsOfNode(name).Count > 0)
        {
            return;
        }

        foreach (AddressLoan borrowed in draft.Current.LoansOfBorrower(name).ToList())
        {
            End(draft, borrowed);
        }

        EndUndecided(draft, draft.Current.LoansOfLender(name));
        foreach (IpamBlock block in draft.Current.BlocksOfNode(name).ToList())
        {
            if (draft.Current.LoansOfBlock(block.Cidr).Count == 0)
            {
                draft.Remove(block);
            }
        }

        draft.Remove(node);
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
