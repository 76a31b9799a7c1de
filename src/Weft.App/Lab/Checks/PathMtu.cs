using System.Net.Sockets;

namespace Weft.App.Lab.Checks;

/// <summary>Has a socket send packets that nobody may fragment, this host's kernel among them.</summary>
internal static class PathMtu
{
    private const int IpLevel = 0; // SOL_IP
    private const int Ipv6Level = 41; // SOL_IPV6
    private const int Ipv4Discover = 10; // IP_MTU_DISCOVER
    private const int Ipv6Discover = 23; // IPV6_MTU_DISCOVER
    private const int Ipv6DontFragment = 62; // IPV6_DONTFRAG
    private const byte Do = 2; // IP_PMTUDISC_DO: what is larger than the path is known to carry is an error at once.

    /// <summary>Sets DF in IPv4; in IPv6, where only the sender fragments, keeps it from doing so.</summary>
    public static void ForbidFragments(Socket socket)
    {
        if (socket.AddressFamily == AddressFamily.InterNetwork)
        {
            socket.SetRawSocketOption(IpLevel, Ipv4Discover, [Do, 0, 0, 0]);
            return;
        }

        socket.SetRawSocketOption(Ipv6Level, Ipv6Discover, [Do, 0, 0, 0]);
        socket.SetRawSocketOption(Ipv6Level, Ipv6DontFragment, [1, 0, 0, 0]);
    }
}
