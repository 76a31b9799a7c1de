using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;

namespace Weft.Server.Agents;

/// <summary>How the store follows the addresses of one family that agents find, when one of them has reported. An address
/// has one owner: one that another node has is taken only if that node's agent found another one, which it gets in the
/// same decision. So addresses that DHCP gave out the other way round are swapped, in circles of any length.</summary>
internal sealed class DetectedAddresses
{
    private readonly FleetState _state;
    private readonly Func<string, NodeReport?> _reportOf;
    private readonly IpFamily _family;
    private readonly SortedDictionary<string, IpInterfaceAddress> _moves = new(StringComparer.Ordinal);
    private readonly HashSet<IpAddress> _taken = [];
    private readonly Queue<IpAddress> _left = [];

    private DetectedAddresses(FleetState state, Func<string, NodeReport?> reportOf, IpFamily family) =>
        (_state, _reportOf, _family) = (state, reportOf, family);

    /// <summary>The nodes whose address changes, by name, and their new ones.</summary>
    /// <param name="state">The state.</param>
    /// <param name="reportOf">Each node's last report.</param>
    /// <param name="reporting">The node whose agent has just reported.</param>
    /// <param name="family">The family.</param>
    public static IReadOnlyDictionary<string, IpInterfaceAddress> Of(
        FleetState state, Func<string, NodeReport?> reportOf, NodeResource reporting, IpFamily family)
    {
        DetectedAddresses addresses = new(state, reportOf, family);
        if (reportOf(reporting.Metadata.Name)?.WantsNone(family) == true && reporting.HasDetected(family))
        {
            addresses._left.Enqueue(reporting.UnderlayAddress(family)!.Value.Address);
            addresses.HandOn(reporting.Metadata.Name);
        }
        else if (addresses.WishOf(reporting) is { } found && addresses.TryMove(reporting.Metadata.Name, found))
        {
            addresses.HandOn(null);
        }

        return addresses._moves;
    }

    // An address that the administrator gave stays. None found changes nothing: an interface that is gone for a moment
    // must not take the node's network down.
    private IpInterfaceAddress? WishOf(NodeResource node) =>
        _reportOf(node.Metadata.Name)?.DetectedOf(_family) is { } found
        && node.UnderlayAddress(_family) != found
        && (node.UnderlayAddress(_family) is null || node.HasDetected(_family))
            ? found
            : null;

    // Each node that is in the way must go first, to what its own agent found: all of the chain, or nobody.
    private bool TryMove(string node, IpInterfaceAddress found)
    {
        Dictionary<string, IpInterfaceAddress> chain = new(StringComparer.Ordinal);
        HashSet<IpAddress> targets = [];
        while (true)
        {
            if (_taken.Contains(found.Address) || !targets.Add(found.Address))
            {
                return false;
            }

            chain.Add(node, found);
            string[] owners = [.. _state.NodesAt(found.Address).Where(name => !chain.ContainsKey(name) && !_moves.ContainsKey(name))];
            if (owners.Length == 0)
            {
                Keep(chain);
                return true;
            }

            if (owners.Length > 1 || WishOf(_state.FindNode(owners[0])!) is not { } next)
            {
                return false;
            }

            (node, found) = (owners[0], next);
        }
    }

    private void Keep(Dictionary<string, IpInterfaceAddress> chain)
    {
        foreach ((string node, IpInterfaceAddress address) in chain)
        {
            _moves.Add(node, address);
            _taken.Add(address.Address);
            if (_state.FindNode(node)!.UnderlayAddress(_family) is { } before)
            {
                _left.Enqueue(before.Address);
            }
        }
    }

    // What has become free may be what another node's agent found some time ago, and will not report again.
    private void HandOn(string? except)
    {
        while (_left.TryDequeue(out IpAddress free))
        {
            if (_taken.Contains(free) || _state.NodesAt(free).Any(name => name != except && !_moves.ContainsKey(name)))
            {
                continue;
            }

            NodeResource? heir = _state.Nodes.FirstOrDefault(node =>
                node.Metadata.Name != except && !_moves.ContainsKey(node.Metadata.Name) && WishOf(node)?.Address == free);
            if (heir is not null)
            {
                Keep(new Dictionary<string, IpInterfaceAddress> { [heir.Metadata.Name] = WishOf(heir)!.Value });
            }
        }
    }
}
