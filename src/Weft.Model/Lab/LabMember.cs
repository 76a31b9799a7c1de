using System.Collections.Generic;
using Weft.Model.Documents;
using Weft.Net;

namespace Weft.Model.Lab;

/// <summary>A router, node or host with its interfaces.</summary>
public sealed record LabMember
{
    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public required LabMemberRole Role { get; init; }

    /// <summary>The interfaces: <c>eth0</c>, and for a router one for each of its segments.</summary>
    public required ValueList<LabInterface> Interfaces { get; init; }

    /// <summary>The routes besides those of the interfaces' own subnets; default routes are <c>0.0.0.0/0</c> and <c>::/0</c>.</summary>
    public ValueList<LabRoute> Routes { get; init; } = [];

    /// <summary>All addresses, IPv4 first within an interface.</summary>
    public IEnumerable<IpAddress> Addresses
    {
        get
        {
            foreach (LabInterface link in Interfaces)
            {
                foreach (IpInterfaceAddress address in link.Addresses)
                {
                    yield return address.Address;
                }
            }
        }
    }
}

/// <summary>What a member of a lab is.</summary>
public enum LabMemberRole
{
    /// <summary>A plain kernel router.</summary>
    Router,

    /// <summary>A host that runs the agent.</summary>
    Node,

    /// <summary>A host that knows nothing of Weft.</summary>
    Host,
}

/// <summary>An interface of a member on a segment.</summary>
/// <param name="Name"><c>eth0</c>.</param>
/// <param name="Segment">The segment's name.</param>
/// <param name="Mtu">The segment's MTU.</param>
/// <param name="Addresses">One address for each of the segment's subnets, in their order.</param>
public sealed record LabInterface(string Name, string Segment, int Mtu, ValueList<IpInterfaceAddress> Addresses);

/// <summary>A static route of a member.</summary>
/// <param name="Destination">Where to.</param>
/// <param name="Via">The next router's address, on the segment of <paramref name="Interface"/>.</param>
/// <param name="Interface">The interface that it leaves by.</param>
public sealed record LabRoute(IpPrefix Destination, IpAddress Via, string Interface);
