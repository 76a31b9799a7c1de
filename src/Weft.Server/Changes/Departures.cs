using System.Linq;
using Weft.Model.Resources;

namespace Weft.Server.Changes;

/// <summary>Removes what only waited for others to go: the last step of every decision.</summary>
/// <remarks>A terminating node goes, with its blocks, when it has no workload endpoint; a terminating pool goes when
/// it has no block.</remarks>
internal static class Departures
{
    /// <summary>Settles a draft. The cost follows what the draft touched.</summary>
    public static void Settle(Draft draft)
    {
        foreach (ResourceChange change in draft.Changes)
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
            if (draft.Current.BlocksOfPool(pool.Metadata.Name).Count == 0)
            {
                draft.Remove(pool);
            }
        }
    }

    private static void SettleNode(Draft draft, string name)
    {
        if (draft.Current.FindNode(name) is not { Metadata.IsTerminating: true } node
            || draft.Current.EndpointsOfNode(name).Count > 0)
        {
            return;
        }

        foreach (IpamBlock block in draft.Current.BlocksOfNode(name).ToList())
        {
            draft.Remove(block);
        }

        draft.Remove(node);
    }
}
