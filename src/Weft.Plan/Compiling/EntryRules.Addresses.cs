using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Entries;

namespace Weft.Plan.Compiling;

/// <summary>What nodes must know to give out addresses without asking anybody.</summary>
internal static partial class EntryRules
{
    /// <summary>The range under which a loan is in all plans; none until it has an address.</summary>
    public static IpPrefix? BlockOf(AddressLoan loan) => loan.Address is { } address ? IpPrefix.Host(address) : null;

    /// <summary>Whether plans have an entry of this namespace.</summary>
    public static bool Matters(FleetState state, NamespaceResource space) =>
        state.Pools.Any(pool => pool.NamespaceSelector is not null)
        || space.PoolsOf(IpFamily.Ipv4).Count > 0
        || space.PoolsOf(IpFamily.Ipv6).Count > 0;

    private static AllocationEntry? AllocationOf(IpamConfiguration? configuration) => configuration is null
        ? null
        : new AllocationEntry
        {
            StrictAffinity = configuration.StrictAffinity,
            MaxBlocksPerHost = configuration.MaxBlocksPerHost == 0 ? null : configuration.MaxBlocksPerHost,
            ClaimsNoBlocks = !configuration.AutoAllocateBlocks,
            CooldownSeconds = configuration.IpCooldownSeconds,
        };

    private static ReservationEntry? Reservation(FleetState state, IpReservation reservation)
    {
        List<IpPrefix> ranges =
        [
            .. reservation.ReservedCidrs.Where(range => state.Pools.Any(pool => pool.Cidr.Overlaps(range))).Order(),
        ];
        return ranges.Count == 0 ? null : new ReservationEntry { Name = reservation.Metadata.Name, Cidrs = ranges };
    }

    private static NamespaceEntry? Namespace(FleetState state, NamespaceResource space) => !Matters(state, space)
        ? null
        : new NamespaceEntry
        {
            Name = space.Metadata.Name,
            ClosedPools =
            [
                .. state.Pools
                    .Where(pool => pool.NamespaceSelector?.Matches(space.Metadata.Labels) == false)
                    .Select(pool => pool.Metadata.Name),
            ],
            Ipv4Pools = space.PoolsOf(IpFamily.Ipv4),
            Ipv6Pools = space.PoolsOf(IpFamily.Ipv6),
        };

    private static LoanEntry Loan(AddressLoan loan) => new()
    {
        Name = loan.Metadata.Name,
        Block = loan.Block,
        Borrower = loan.Borrower,
        Wanted = loan.Wanted,
        Address = loan.Address,
    };
}
