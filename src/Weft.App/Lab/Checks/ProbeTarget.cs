using System.Net;
using Weft.Net;

namespace Weft.App.Lab.Checks;

/// <summary>What a probe is aimed at, and from where.</summary>
/// <param name="FromNamespace">The path of the sender's network namespace.</param>
/// <param name="ToNamespace">The path of the receiver's network namespace; none if the target is only an
/// address.</param>
/// <param name="Address">The address.</param>
/// <param name="Port">The port; 0 for ICMP.</param>
/// <param name="Size">The bytes of the IP packet of an echo request, which nobody may fragment then; none for a small
/// one.</param>
internal sealed record ProbeTarget(
    string FromNamespace, string? ToNamespace, IpAddress Address, int Port, int? Size = null)
{
    /// <summary>The address and port as .NET's sockets take them.</summary>
    public IPEndPoint EndPoint => new(IPAddress.Parse(Address.ToString()), Port);
}
