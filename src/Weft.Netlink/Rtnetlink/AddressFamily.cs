using Weft.Net;

namespace Weft.Netlink.Rtnetlink;

/// <summary>The kernel's numbers of address families: <c>linux/socket.h</c>.</summary>
internal static class AddressFamily
{
    public const byte Unspecified = 0; // AF_UNSPEC
    public const byte Inet = 2; // AF_INET
    public const byte Bridge = 7; // AF_BRIDGE
    public const byte Inet6 = 10; // AF_INET6

    /// <summary>The kernel's number of a family; of none, AF_UNSPEC.</summary>
    public static byte Of(IpFamily? family) => family switch
    {
        IpFamily.Ipv4 => Inet,
        IpFamily.Ipv6 => Inet6,
        _ => Unspecified,
    };

    /// <summary>The family of a number; false if it is neither IP family.</summary>
    public static bool TryRead(byte number, out IpFamily family)
    {
        family = number == Inet6 ? IpFamily.Ipv6 : IpFamily.Ipv4;
        return number is Inet or Inet6;
    }

    /// <summary>The unspecified address of a family.</summary>
    public static IpAddress Any(IpFamily family) => IpAddress.FromNumber(family, 0);
}
