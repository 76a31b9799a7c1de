using Weft.Model.Documents;
using Weft.Net;

namespace Weft.Model.Resources;

/// <summary>Addresses that nobody gets (Calico's <c>IPReservation</c>). Who has one already keeps it.</summary>
public sealed record IpReservation : Resource
{
    /// <summary>Ranges of one reservation.</summary>
    public const int CidrsMax = 1_000;

    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.IpReservation;

    /// <summary>The ranges, of either family, as they were given.</summary>
    public ValueList<IpPrefix> ReservedCidrs { get; init; } = [];
}
