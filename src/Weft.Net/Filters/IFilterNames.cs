using System.Collections.Generic;

namespace Weft.Net.Filters;

/// <summary>What a filter's names of hosts mean. Names of ports and protocols are known without it.</summary>
public interface IFilterNames
{
    /// <summary>The addresses of a host, workload or node; none if there is no such.</summary>
    IReadOnlyList<IpAddress> AddressesOf(string name);
}
