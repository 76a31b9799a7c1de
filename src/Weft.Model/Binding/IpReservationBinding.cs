using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary>Calico's <c>IPReservation</c> (projectcalico.org/v3).</summary>
internal static class IpReservationBinding
{
    private const string Field = "reservedCIDRs";

    /// <summary>Reads the reservation.</summary>
    public static IpReservation Bind(FieldReader document, Metadata metadata)
    {
        FieldReader spec = document.MappingOrEmpty("spec");
        List<IpInterfaceAddress> given =
            spec.Values<IpInterfaceAddress>(Field, IpInterfaceAddress.TryParse, "a CIDR such as 10.65.0.0/28");
        foreach (IpInterfaceAddress range in given.Where(range => range.Prefix.Address != range.Address))
        {
            spec.Refuse(Field, $"{range} has bits beyond its length: write {range.Prefix}");
        }

        List<IpPrefix> ranges = [.. given.Select(range => range.Prefix)];
        if (ranges.GroupBy(range => range).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            spec.Refuse(Field, $"{twice.Key} is there twice");
        }

        if (ranges.Count > IpReservation.CidrsMax)
        {
            spec.Refuse(Field, FormattableString.Invariant(
                $"has {ranges.Count} ranges, and {IpReservation.CidrsMax} is the most: join some, or make several reservations"));
        }

        spec.Finish();
        return new IpReservation { Metadata = metadata, ReservedCidrs = [.. ranges] };
    }

    /// <summary>Writes the specification.</summary>
    public static void Write(IpReservation reservation, MappingBuilder document) => document.Add("spec", new MappingBuilder()
        .Add(Field, [.. reservation.ReservedCidrs.Select(range => range.ToString())])
        .BuildUnlessEmpty());
}
