using System.Text.Json.Serialization;
using Weft.Net;

namespace Weft.Node.Detection;

/// <summary>Where a node's own underlay addresses come from, as an operator says it: for each family <c>autodetect</c>,
/// <c>none</c> or an address with its prefix length, and the method of detection.</summary>
public sealed record AddressingOptions
{
    /// <summary>The word for an address that is looked for.</summary>
    public const string Autodetect = "autodetect";

    /// <summary>The word for no address of that family.</summary>
    public const string None = "none";

    /// <summary>The IPv4 address.</summary>
    public string Ipv4 { get; init => field = value ?? Autodetect; } = Autodetect;

    /// <summary>The IPv6 address.</summary>
    public string Ipv6 { get; init => field = value ?? Autodetect; } = Autodetect;

    /// <summary>How an IPv4 address is looked for.</summary>
    public string Ipv4Method { get; init => field = value ?? DetectionMethod.Default; } = DetectionMethod.Default;

    /// <summary>How an IPv6 address is looked for.</summary>
    public string Ipv6Method { get; init => field = value ?? DetectionMethod.Default; } = DetectionMethod.Default;

    /// <summary>What is wrong with them, in one line that says the mend; none if nothing is.</summary>
    [JsonIgnore]
    public string? Fault => FaultOf(IpFamily.Ipv4) ?? FaultOf(IpFamily.Ipv6);

    internal string AddressOf(IpFamily family) => family == IpFamily.Ipv4 ? Ipv4 : Ipv6;

    internal string MethodOf(IpFamily family) => family == IpFamily.Ipv4 ? Ipv4Method : Ipv6Method;

    private string? FaultOf(IpFamily family)
    {
        string name = family == IpFamily.Ipv4 ? "IPv4" : "IPv6";
        string address = AddressOf(family);
        if (address is not (Autodetect or None)
            && !(IpInterfaceAddress.TryParse(address, out IpInterfaceAddress given) && given.Address.Family == family))
        {
            return $"'{address}' is not an {name} address with its prefix length: give ADDRESS/LEN, none or autodetect";
        }

        return DetectionMethod.TryParse(MethodOf(family), family, out _, out string error) ? null : error;
    }
}
