using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Lab;
using Weft.Net;

namespace Weft.App.Lab.Checks;

/// <summary>Which addresses a check is proven with: one in each family that both ends have.</summary>
internal static class CheckAim
{
    /// <summary>The addresses to aim at, IPv4 first; none if the target has none of the family that the check names.</summary>
    /// <param name="check">The check.</param>
    /// <param name="from">The sender's addresses.</param>
    /// <param name="to">The target's addresses.</param>
    /// <param name="seenAs">The addresses that the sender may be seen as; none if that does not matter.</param>
    public static IReadOnlyList<IpAddress> AddressesOf(
        LabCheck check,
        IReadOnlyList<IpAddress> from,
        IReadOnlyList<IpAddress> to,
        IReadOnlyList<IpAddress> seenAs)
    {
        IpAddress[] candidates =
        [
            .. to.Where(address => check.Family is null || address.Family == check.Family)
                .DistinctBy(address => address.Family).OrderBy(address => address.Family),
        ];
        IpAddress[] shared = Array.FindAll(candidates, address => Has(from, address.Family));

        // In a family that the other side cannot be meant to see, there is nothing to compare.
        IpAddress[] comparable = Array.FindAll(shared, address => Has(seenAs, address.Family));
        return comparable.Length > 0 ? comparable
            : shared.Length > 0 ? shared
            : [.. candidates.Take(1)]; // The kernel says that there is no way.
    }

    /// <summary>The word for a family, as Kubernetes has it.</summary>
    public static string WordOf(IpFamily family) => family == IpFamily.Ipv4 ? "IPv4" : "IPv6";

    private static bool Has(IReadOnlyList<IpAddress> addresses, IpFamily family) =>
        addresses.Any(address => address.Family == family);
}
