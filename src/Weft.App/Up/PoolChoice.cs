using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;

namespace Weft.App.Up;

/// <summary>Chooses the ranges of a first pool of each family: private ones that overlap nothing seen on the host. Same
/// ranges seen, and same number, same choice.</summary>
internal static class PoolChoice
{
    private const int LengthV4 = 16;
    private const int LengthV6 = 64;

    // RFC 4193, 3.1: fd00::/8, and 40 bits that are drawn; the subnet is ours.
    private const int UlaSiteShift = 80;
    private const ulong UlaSiteMask = 0xFF_FFFF_FFFF;

    /// <summary>The first range that is free: of 10.0.0.0/8 (RFC 1918) what few others begin with, then of 100.64.0.0/10 (RFC
    /// 6598), then what container engines and home routers like to take. Null if there is none.</summary>
    public static IpPrefix? Ipv4(IReadOnlyCollection<SeenRange> seen) => Candidates()
        .Select(number => (IpPrefix?)new IpPrefix(new IpAddress(new Ipv4Address(number)), LengthV4))
        .FirstOrDefault(candidate => !seen.Any(range => range.Range.Overlaps(candidate!.Value)));

    /// <summary>A range of a site of the host's own (RFC 4193). Null if it is taken: draw again.</summary>
    /// <param name="seen">What is seen on the host.</param>
    /// <param name="drawn">A random number; its lower 40 bits count.</param>
    public static IpPrefix? Ipv6(IReadOnlyCollection<SeenRange> seen, ulong drawn)
    {
        UInt128 number = ((UInt128)0xFD << 120) | ((UInt128)(drawn & UlaSiteMask) << UlaSiteShift);
        IpPrefix candidate = new(new IpAddress(new Ipv6Address(number)), LengthV6);
        return seen.Any(range => range.Range.Overlaps(candidate)) ? null : candidate;
    }

    private static IEnumerable<uint> Candidates() =>
    [
        .. Slices(10, 65, 127),
        .. Slices(10, 128, 255),
        .. Slices(10, 0, 64),
        .. Slices(100, 64, 127),
        .. Slices(172, 16, 31),
        .. Slices(192, 168, 168),
    ];

    private static IEnumerable<uint> Slices(uint first, int from, int to) =>
        Enumerable.Range(from, to - from + 1).Select(second => (first << 24) | ((uint)second << 16));
}

/// <summary>A range that is in use on a host.</summary>
/// <param name="Range">The range.</param>
/// <param name="By">What it was seen on, for people: <c>route of eth0</c>.</param>
internal sealed record SeenRange(IpPrefix Range, string By);
