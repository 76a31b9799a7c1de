using System;
using Weft.Net;

namespace Weft.Model.Lab;

/// <summary>The usable addresses of a subnet, numbered from 1.</summary>
internal static class LabSubnet
{
    /// <summary>How many addresses interfaces can have.</summary>
    public static UInt128 UsableCount(IpPrefix cidr) =>
        (cidr.Count - First(cidr)) - (HasBroadcast(cidr) ? UInt128.One : UInt128.Zero);

    /// <summary>The usable address of a number; the number is at most <see cref="UsableCount"/>.</summary>
    public static IpAddress At(IpPrefix cidr, UInt128 number) => cidr.At(number - 1 + First(cidr));

    /// <summary>The number of a usable address.</summary>
    public static UInt128 NumberOf(IpPrefix cidr, IpAddress address) =>
        address.Number - cidr.Address.Number + 1 - First(cidr);

    /// <summary>Whether an interface can have the address.</summary>
    public static bool IsUsable(IpPrefix cidr, IpAddress address) =>
        cidr.Contains(address)
        && (address != cidr.Address || First(cidr) == 0)
        && (address != cidr.Last || !HasBroadcast(cidr));

    // RFC 3021: both addresses of a /31 are hosts. RFC 4291, 2.6.1: the first of an IPv6 subnet is the routers'
    // anycast address, but RFC 6164 has none in a /127.
    private static UInt128 First(IpPrefix cidr) =>
        cidr.Length >= cidr.Address.BitLength - 1 ? UInt128.Zero : UInt128.One;

    private static bool HasBroadcast(IpPrefix cidr) => cidr.Family == IpFamily.Ipv4 && cidr.Length < 31;
}
