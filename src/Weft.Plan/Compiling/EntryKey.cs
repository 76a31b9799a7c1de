using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Plan.Compiling;

/// <summary>Names one entry of a plan by what it follows from.</summary>
/// <param name="Kind">The sort of entry.</param>
/// <param name="Name">A pool's, a static route's, a reservation's, a namespace's, a loan's or another node's name.</param>
/// <param name="Cidr">A block, or one borrowed address.</param>
/// <param name="Endpoint">A workload endpoint.</param>
internal readonly record struct EntryKey(
    EntryKind Kind, string Name = "", IpPrefix Cidr = default, ResourceKey Endpoint = default)
{
    public static EntryKey Self => new(EntryKind.Self);

    public static EntryKey OfPool(string pool) => new(EntryKind.Pool, pool);

    public static EntryKey OfBlock(IpPrefix cidr) => new(EntryKind.Block, Cidr: cidr);

    public static EntryKey OfPeer(string node) => new(EntryKind.Peer, node);

    public static EntryKey OutgoingNat => new(EntryKind.OutgoingNat);

    public static EntryKey OfStaticRoute(string route) => new(EntryKind.StaticRoute, route);

    public static EntryKey Allocation => new(EntryKind.Allocation);

    public static EntryKey OfReservation(string reservation) => new(EntryKind.Reservation, reservation);

    public static EntryKey OfNamespace(string name) => new(EntryKind.Namespace, name);

    public static EntryKey OfLoan(string loan) => new(EntryKind.Loan, loan);

    public static EntryKey OfWorkload(ResourceKey endpoint) => new(EntryKind.Workload, Endpoint: endpoint);
}

/// <summary>The sorts of entries; an own and a remote block have one key, and so has a borrowed address.</summary>
internal enum EntryKind
{
    Self,
    Pool,
    Block,
    Peer,
    Workload,
    StaticRoute,
    OutgoingNat,
    Allocation,
    Reservation,
    Namespace,
    Loan,
}
