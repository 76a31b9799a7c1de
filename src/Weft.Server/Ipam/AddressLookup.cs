using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;

namespace Weft.Server.Ipam;

/// <summary>Says whose an address is, or why nobody's.</summary>
internal static class AddressLookup
{
    /// <summary>The node whose journal knows more of an address than the store: the one that has its block, or borrows it.
    /// </summary>
    public static string? NodeToAsk(FleetState state, IpAddress address) =>
        state.FindLoanOf(address)?.Borrower ?? state.FindBlockOf(address)?.Node;

    /// <summary>What is known of an address.</summary>
    /// <param name="state">The state.</param>
    /// <param name="address">The address.</param>
    /// <param name="audit">What the node that has its block says; none if it is away.</param>
    public static AddressInfo Of(FleetState state, IpAddress address, NodeAudit? audit)
    {
        IpPool? pool = state.Pools.FirstOrDefault(pool => pool.Cidr.Contains(address));
        IpamBlock? block = state.FindBlockOf(address);
        AddressLoan? loan = state.FindLoanOf(address);
        string? reservation = new ReservedRanges(state).Find(address);
        AddressInfo info = new()
        {
            Address = address,
            Standing = AddressStanding.NoPool,
            Message = "",
            Pool = pool?.Metadata.Name,
            Block = block?.Cidr,
            BlockNode = block?.Node ?? block?.Affinity,
            Reservation = reservation,
        };
        string where = loan is not null ? $"borrowed from {loan.Lender}'s block {loan.Block} of IPPool {loan.Pool}"
            : block is not null ? $"in {info.BlockNode}'s block {block.Cidr} of IPPool {block.Pool}"
            : pool is not null ? $"in IPPool {pool.Metadata.Name}, in no block" : "in no IPPool";
        if (UserOf(state, address, audit, loan?.Borrower ?? block?.Node) is { } user)
        {
            WorkloadEndpoint? endpoint = EndpointOf(state, user);
            string since = endpoint?.Metadata.CreationTimestamp is { } created ? $" since {created}" : "";
            return info with
            {
                Standing = user.Use == AddressUse.Tunnel ? AddressStanding.Tunnel : AddressStanding.Workload,
                Message = user.Use == AddressUse.Tunnel
                    ? $"{address} is the tunnel address of Node {user.Node}, {where}"
                    : $"{address} is used by workload {user.Owner} on Node {user.Node}{since}, {where}{StateOf(audit, address)}",
                Node = user.Node,
                Owner = user.Owner,
                ContainerId = endpoint?.ContainerId,
                Since = endpoint?.Metadata.CreationTimestamp,
            };
        }

        if (state.NodesAt(address).FirstOrDefault() is { } node)
        {
            return info with
            {
                Standing = AddressStanding.Node,
                Message = $"{address} is Node {node}'s own address on its underlay, {where}",
                Node = node,
                Owner = node,
            };
        }

        int? rests = audit?.Resting.FirstOrDefault(resting => resting.Address == address)?.Seconds;
        (AddressStanding standing, string message) = 0 switch
        {
            _ when loan is not null => (AddressStanding.Lent, $"{address} is lent to Node {loan.Borrower}, which has given it to nobody, {where}"),
            _ when reservation is not null => (AddressStanding.Reserved, $"{address} is nobody's: IPReservation {reservation} keeps it, {where}"),
            _ when rests is { } seconds => (AddressStanding.Resting, $"{address} is nobody's: it was released, and rests for {seconds} s more, {where}"),
            _ when block is not null => (AddressStanding.Free, $"{address} is nobody's: the next workload of {info.BlockNode} may get it, {where}"),
            _ when pool is not null => (AddressStanding.NoBlock, $"{address} is nobody's: no node has its block, {where}"),
            _ => (AddressStanding.NoPool, $"{address} is nobody's: no IPPool holds it"),
        };
        return info with { Standing = standing, Message = message };
    }

    // The journal owns the fact; of a node that is away the store is what there is.
    private static StoredAddress? UserOf(FleetState state, IpAddress address, NodeAudit? audit, string? asked)
    {
        if (audit?.Addresses.FirstOrDefault(known => known.Address == address && known.Use != AddressUse.Lent) is { } known)
        {
            return new StoredAddress(address, asked ?? "", known.Use, known.Owner);
        }

        foreach (StoredAddress stored in AddressesInUse.Of(state))
        {
            if (stored.Address == address && (audit is null || stored.Node != asked))
            {
                return stored;
            }
        }

        return null;
    }

    private static WorkloadEndpoint? EndpointOf(FleetState state, StoredAddress user)
    {
        foreach (WorkloadEndpoint endpoint in user.Use == AddressUse.Workload ? state.EndpointsOfNode(user.Node) : (IEnumerable<WorkloadEndpoint>)[])
        {
            if (AddressesInUse.NameOf(endpoint) == user.Owner)
            {
                return endpoint;
            }
        }

        return null;
    }

    private static string StateOf(NodeAudit? audit, IpAddress address) =>
        audit?.Addresses.FirstOrDefault(known => known.Address == address)?.State switch
        {
            AddressState.Leaked => "; it is gone, and nobody has given the address back",
            AddressState.Kept => "; it does not run, and its resource keeps the address",
            AddressState.Disconnecting => "; it is being disconnected",
            AddressState.Connecting => "; it is being connected",
            _ => "",
        };
}
