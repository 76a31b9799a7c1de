using System.Net.Sockets;

namespace Weft.App.Lab.Checks;

/// <summary>What the errors of a probe's socket mean.</summary>
internal static class SocketErrors
{
    private const int IpLevel = 0; // SOL_IP
    private const int Ipv6Level = 41; // SOL_IPV6
    private const int Ipv4ReceiveErrors = 11; // IP_RECVERR
    private const int Ipv6ReceiveErrors = 25; // IPV6_RECVERR

    /// <summary>Has the kernel report every ICMP error about the socket's packets, also those that may
    /// pass.</summary>
    public static void ReportAll(Socket socket)
    {
        bool ipv4 = socket.AddressFamily == AddressFamily.InterNetwork;
        socket.SetRawSocketOption(
            ipv4 ? IpLevel : Ipv6Level, ipv4 ? Ipv4ReceiveErrors : Ipv6ReceiveErrors, [1, 0, 0, 0]);
    }

    /// <summary>The outcome that an error stands for.</summary>
    public static ProbeOutcome OutcomeOf(SocketException error, bool stream) => error.SocketErrorCode switch
    {
        SocketError.ConnectionRefused when stream => new ProbeOutcome.Refused("connection refused"),
        SocketError.ConnectionReset when stream => new ProbeOutcome.Refused("connection reset"),
        SocketError.TimedOut => new ProbeOutcome.Silent(),
        _ => new ProbeOutcome.NoWay(error.Message),
    };
}
