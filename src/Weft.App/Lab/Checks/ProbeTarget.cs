using System.Net;
using Weft.Net;

namespace Weft.App.Lab.Checks;

/// <summary>What a probe is aimed at, and from where.</summary>
/// <param name="FromNamespace">The path of the sender's network namespace.</param>
/// <param name="ToNamespace">The path of the receiver's network namespace; none if the target is only an
/// address.</param>
/// <param name="Address">The address.</param>
/// <param name="Port">The port; 0 for ICMP.</param>
internal sealed record ProbeTarget(string FromNamespace, string? ToNamespace, IpAddress Address, int Port)
{
    /// <summary>The address and port as .NET's sockets take them.</summary>
    public IPEndPoint EndPoint => new(IPAddress.Parse(Address.ToString()), Port);
}
