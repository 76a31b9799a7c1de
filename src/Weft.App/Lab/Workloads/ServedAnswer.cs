using System.Net;
using System.Text.Json;

namespace Weft.App.Lab.Workloads;

/// <summary>What a workload answers on its ports: who it is, and whom it sees.</summary>
/// <param name="Name">The workload's name.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Node">The node it is on.</param>
/// <param name="Protocol"><c>TCP</c>, <c>UDP</c> or <c>HTTP</c>.</param>
/// <param name="Local">The workload's own end.</param>
/// <param name="Remote">The other end, as the workload sees it: after any translation.</param>
internal sealed record ServedAnswer(
    string Name, string Namespace, string Node, string Protocol, ServedEnd Local, ServedEnd Remote)
{
    /// <summary>One line of JSON, with its newline.</summary>
    public byte[] ToLine() =>
        [.. JsonSerializer.SerializeToUtf8Bytes(this, WorkloadJson.Default.ServedAnswer), (byte)'\n'];
}

/// <summary>One end of a flow.</summary>
/// <param name="Ip">The address.</param>
/// <param name="Port">The port.</param>
internal sealed record ServedEnd(string Ip, int Port)
{
    /// <summary>The end that a socket names.</summary>
    public static ServedEnd Of(EndPoint? end) =>
        end is IPEndPoint ip ? new ServedEnd(Plain(ip.Address).ToString(), ip.Port) : new ServedEnd("", 0);

    // A socket of both families shows IPv4 as mapped; a link-local address carries a scope that only this
    // host knows.
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6
        ? address.MapToIPv4()
        : address.IsIPv6LinkLocal ? new IPAddress(address.GetAddressBytes()) : address;
}
