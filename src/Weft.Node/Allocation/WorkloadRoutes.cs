using System.Collections.Generic;
using System.Linq;
using Weft.Net;

namespace Weft.Node.Allocation;

/// <summary>Which routes an interface of a workload has, when the workload has several.</summary>
internal static class WorkloadRoutes
{
    /// <summary>What is reached through an interface's gateways.</summary>
    public static IReadOnlyList<IpPrefix> Of(WorkloadAssigned record) =>
        record.Routes ?? [.. record.Addresses.Select(a => a.Family).Distinct().Order().Select(DefaultOf)];

    /// <summary>The default route of a family.</summary>
    public static IpPrefix DefaultOf(IpFamily family) => new(IpAddress.FromNumber(family, 0), 0);

    /// <summary>The routes of a new interface: of each family the default route if it may have it and no other interface of
    /// the workload has; else one to each pool of its addresses that no other has.</summary>
    /// <param name="addresses">Its addresses.</param>
    /// <param name="withoutDefault">The families whose default route is elsewhere.</param>
    /// <param name="pools">The prefixes of pools.</param>
    /// <param name="others">The workload's other interfaces.</param>
    /// <returns>The routes; none for the default routes of all its families.</returns>
    public static IReadOnlyList<IpPrefix>? Choose(
        IReadOnlyList<IpAddress> addresses, IReadOnlyList<IpFamily> withoutDefault, IEnumerable<IpPrefix> pools,
        IEnumerable<WorkloadAssigned> others)
    {
        HashSet<IpPrefix> held = [.. others.SelectMany(Of)];
        bool isPlain = true;
        List<IpPrefix> routes = [];
        foreach (IpFamily family in addresses.Select(a => a.Family).Distinct().Order())
        {
            if (!withoutDefault.Contains(family) && held.Add(DefaultOf(family)))
            {
                routes.Add(DefaultOf(family));
                continue;
            }

            isPlain = false;
            routes.AddRange(pools.Where(p => p.Family == family && addresses.Any(p.Contains) && held.Add(p)).Order());
        }

        return isPlain ? null : routes;
    }
}
