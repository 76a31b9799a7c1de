using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;
using Weft.Net;

namespace Weft.Model.Lab;

/// <summary>Who has which address and which routes in a lab: a pure function of the lab.</summary>
/// <remarks>Routers, nodes and hosts, in the order of the file, take the first usable numbers of their segments, the
/// same number in each family; addresses that are given, and their numbers, are taken out before.</remarks>
public sealed record LabAddressing
{
    /// <summary>Routers, nodes and hosts, in this order and each in the order of the file.</summary>
    public required ValueList<LabMember> Members { get; init; }

    /// <summary>The addressing of a lab whose binding gave no diagnostic.</summary>
    public static LabAddressing Of(LabTopology lab)
    {
        List<LabMember> members = MembersOf(lab, out (int, string)? problem);
        Invariant.Holds(problem is null);
        LabRouting routing = new(lab, [.. members.Where(member => member.Role == LabMemberRole.Router)]);
        return new LabAddressing
        {
            Members = [.. members.Select(member => member with { Routes = routing.RoutesOf(member) })],
        };
    }

    /// <summary>A member by its name; none for a workload or an unknown name.</summary>
    public LabMember? Find(string name) => Members.FirstOrDefault(member => member.Name == name);

    /// <summary>The segment that has too few addresses, and how many it would need; none if all have enough.</summary>
    internal static (int Segment, string Message)? ProblemOf(LabTopology lab)
    {
        MembersOf(lab, out (int, string)? problem);
        return problem;
    }

    private static List<LabMember> MembersOf(LabTopology lab, out (int Segment, string Message)? problem)
    {
        List<LabMember> members = [];
        foreach (LabRouter router in lab.Routers)
        {
            members.Add(
                Unaddressed(lab, router.Name, LabMemberRole.Router, router.Segments, router.Addresses));
        }

        foreach (LabNode node in lab.Nodes)
        {
            members.Add(Unaddressed(lab, node.Name, LabMemberRole.Node, [node.Segment], node.Addresses));
        }

        foreach (LabHost host in lab.Hosts)
        {
            members.Add(Unaddressed(lab, host.Name, LabMemberRole.Host, [host.Segment], host.Addresses));
        }

        problem = null;
        for (int i = 0; i < lab.Segments.Count; i++)
        {
            problem ??= Address(lab.Segments[i], members) is string message ? (i, message) : null;
        }

        return members;
    }

    // Until its segment is addressed, an interface carries the addresses that are given.
    private static LabMember Unaddressed(
        LabTopology lab, string name, LabMemberRole role, ValueList<string> segments, ValueList<IpAddress> given)
    {
        List<LabInterface> links = [];
        foreach (string segmentName in segments)
        {
            LabSegment segment = lab.Segments.First(candidate => candidate.Name == segmentName);
            List<IpInterfaceAddress> addresses = [];
            foreach (IpPrefix cidr in segment.Cidrs)
            {
                addresses.AddRange(given.Where(cidr.Contains).Select(address => new IpInterfaceAddress(address, cidr.Length)));
            }

            links.Add(new LabInterface($"eth{links.Count}", segmentName, segment.Mtu, [.. addresses]));
        }

        return new LabMember { Name = name, Role = role, Interfaces = [.. links] };
    }

    /// <summary>Gives every interface on a segment its addresses; says why if there are too few.</summary>
    private static string? Address(LabSegment segment, List<LabMember> members)
    {
        if (segment.Cidrs.Count == 0)
        {
            return null;
        }

        HashSet<IpAddress> given = [];
        HashSet<UInt128> taken = Given(segment, members, given);
        UInt128 most = segment.Cidrs.Min(LabSubnet.UsableCount);
        UInt128 next = UInt128.One;
        for (int i = 0; i < members.Count; i++)
        {
            LabInterface[] links = [.. members[i].Interfaces];
            int index = Array.FindIndex(links, candidate => candidate.Segment == segment.Name);
            if (index < 0)
            {
                continue;
            }

            UInt128 number = GivenNumber(segment, links[index], given) ?? Next(taken, ref next);
            if (AddressesAt(segment, links[index], number) is not ValueList<IpInterfaceAddress> addresses)
            {
                int count = members.Count(member => member.Interfaces.Any(link => link.Segment == segment.Name));
                return $"{count} members are on it, and {string.Join(" and ", segment.Cidrs)} have room for {most} "
                    + "with the same number in each family: make the subnets larger";
            }

            links[index] = links[index] with { Addresses = addresses };
            members[i] = members[i] with { Interfaces = [.. links] };
        }

        return null;
    }

    private static UInt128 Next(HashSet<UInt128> taken, ref UInt128 next)
    {
        while (taken.Contains(next))
        {
            next++;
        }

        return next++;
    }

    private static HashSet<UInt128> Given(LabSegment segment, List<LabMember> members, HashSet<IpAddress> given)
    {
        HashSet<UInt128> taken = [];
        foreach (LabInterface link in members.SelectMany(member => member.Interfaces))
        {
            if (link.Segment == segment.Name)
            {
                foreach (IpInterfaceAddress address in link.Addresses)
                {
                    given.Add(address.Address);
                    taken.Add(LabSubnet.NumberOf(address.Prefix, address.Address));
                }
            }
        }

        return taken;
    }

    // The number of a given address serves the other family too, unless that has no such number, or another member
    // was given it there.
    private static UInt128? GivenNumber(LabSegment segment, LabInterface link, HashSet<IpAddress> given)
    {
        foreach (IpInterfaceAddress address in link.Addresses)
        {
            UInt128 number = LabSubnet.NumberOf(address.Prefix, address.Address);
            if (segment.Cidrs.All(cidr =>
                link.Addresses.Any(own => own.Prefix == cidr)
                || (number <= LabSubnet.UsableCount(cidr) && !given.Contains(LabSubnet.At(cidr, number)))))
            {
                return number;
            }
        }

        return null;
    }

    private static ValueList<IpInterfaceAddress>? AddressesAt(LabSegment segment, LabInterface link, UInt128 number)
    {
        List<IpInterfaceAddress> addresses = [];
        foreach (IpPrefix cidr in segment.Cidrs)
        {
            IpInterfaceAddress? given = link.Addresses
                .Where(address => address.Prefix == cidr)
                .Select(address => (IpInterfaceAddress?)address)
                .FirstOrDefault();
            if (given is null && number > LabSubnet.UsableCount(cidr))
            {
                return null;
            }

            addresses.Add(given ?? new IpInterfaceAddress(LabSubnet.At(cidr, number), cidr.Length));
        }

        return [.. addresses];
    }
}
