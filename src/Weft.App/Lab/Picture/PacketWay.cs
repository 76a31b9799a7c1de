using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.App.Lab.Checks;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;
using Weft.Model.Lab;
using Weft.Net;
using Weft.Net.Packets;

namespace Weft.App.Lab.Picture;

/// <summary>Sends an echo request from a member to another and captures it on every interface of the lab: where it went,
/// and how it was wrapped, as seen by the kernel.</summary>
internal static class PacketWay
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    // The kernel begins to stamp packets a little after the first socket asks for it; those before get the time
    // at which they are read, and their order is lost.
    private static readonly TimeSpan StampDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>The request's way, a line for each interface that it passed, in the order of time; one request, and one
    /// line about the answer, for each family that both members have.</summary>
    public static async Task<IReadOnlyList<string>> CaptureAsync(
        LabStatus status, string from, string to, CancellationToken cancelled)
    {
        MemberPlace sender = Demand(status, from);
        MemberPlace receiver = Demand(status, to);
        LabCheck asked = new() { From = from, To = to, Protocol = LabProtocol.Icmp, ExpectReachable = true };
        IReadOnlyList<IpAddress> addresses = CheckAim.AddressesOf(asked, sender.Addresses, receiver.Addresses, []);
        List<Watch> watches = [];
        try
        {
            watches.AddRange(status.Members.Select(member => new Watch(member)));
            await Task.Delay(StampDelay, cancelled);
            List<string> lines = [];
            foreach (IpAddress address in addresses)
            {
                ProbeTarget target = new(
                    NetworkNamespace.PathOf(sender.Namespace), NetworkNamespace.PathOf(receiver.Namespace), address, 0);
                string family = addresses.Count > 1 ? $" in {CheckAim.WordOf(address.Family)}" : "";
                (bool answered, IReadOnlyList<string> seen) = await FollowAsync(watches, target, cancelled);
                lines.AddRange([.. seen, $"{to} {(answered ? "answered" : "did not answer")}{family}"]);
            }

            return lines;
        }
        finally
        {
            foreach (Watch watch in watches)
            {
                watch.Dispose();
            }
        }
    }

    /// <summary>What a frame is, if it carries the request: its own addresses, and those of the packet that
    /// wraps it. On a device of IPIP a frame is a packet without link layer.</summary>
    internal static string? Describe(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> token) =>
        (EthernetView.TryParse(frame, out EthernetView ethernet) ? DescribePacket(ethernet.Payload, token) : null)
        ?? DescribePacket(frame, token);

    private static string? DescribePacket(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> token)
    {
        if (Ipv4View.TryParse(packet, out Ipv4View ip))
        {
            bool ours = ip.Protocol == IpProtocol.Icmpv4 && Icmpv4View.TryParse(ip.Payload, out Icmpv4View icmp)
                && icmp.Type == Icmpv4Type.EchoRequest && icmp.Body.SequenceEqual(token);
            return ours
                ? $"{ip.Source} > {ip.Destination} ICMP echo request, TTL {ip.TimeToLive}"
                : Wrapping($"{ip.Source} > {ip.Destination}", ip.Protocol, ip.Payload, token);
        }

        if (Ipv6View.TryParse(packet, out Ipv6View six))
        {
            bool ours = six.NextHeader == IpProtocol.Icmpv6 && Icmpv6View.TryParse(six.Payload, out Icmpv6View icmp)
                && icmp.Type == Icmpv6Type.EchoRequest && icmp.Body.SequenceEqual(token);
            return ours
                ? $"{six.Source} > {six.Destination} ICMPv6 echo request, hop limit {six.HopLimit}"
                : Wrapping($"{six.Source} > {six.Destination}", six.NextHeader, six.Payload, token);
        }

        return null;
    }

    private static string? Wrapping(
        string ends, IpProtocol protocol, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> token)
    {
        if (protocol == IpProtocol.Ipv4)
        {
            return DescribePacket(payload, token) is { } packet ? $"{ends} IPIP [ {packet} ]" : null;
        }

        return protocol == IpProtocol.Udp
            && UdpView.TryParse(payload, out UdpView udp) && udp.DestinationPort == VxlanView.Port
            && VxlanView.TryParse(udp.Payload, out VxlanView vxlan)
            && Describe(vxlan.Frame, token) is { } inner
                ? $"{ends} VXLAN {vxlan.Vni.Value} [ {inner} ]"
                : null;
    }

    private static async Task<(bool Answered, IReadOnlyList<string> Lines)> FollowAsync(
        List<Watch> watches, ProbeTarget target, CancellationToken cancelled)
    {
        byte[] token = EchoProbe.NewToken();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        limit.CancelAfter(AnswerLimit);
        ProbeOutcome outcome = await EchoProbe.TryAsync(target, token, limit.Token);
        return (outcome is ProbeOutcome.Answered,
            [.. watches.SelectMany(watch => watch.Sightings(token)).OrderBy(seen => seen.At).Select(seen => seen.Line)]);
    }

    private static MemberPlace Demand(LabStatus status, string name) =>
        status.FindMember(name) is { Addresses.Count: > 0 } member
        ? member
        : throw new CommandFailure($"'{name}' is not a member of lab '{status.Name}' that has an address");

    private sealed class Watch : IDisposable
    {
        private readonly MemberPlace _member;
        private readonly PacketSocket _capture;
        private readonly Dictionary<int, string> _links;

        public Watch(MemberPlace member)
        {
            string path = NetworkNamespace.PathOf(member.Namespace);
            using NetlinkSocket socket = NetlinkSocket.Open(path);
            (_member, _links, _capture) = (member, KernelLinks.NamesIn(socket), PacketSocket.Open(path));
        }

        public IEnumerable<(long At, string Line)> Sightings(byte[] token) => _capture.ReceiveNow()
            .Select(frame => (Frame: frame, What: Describe(frame.Bytes, token)))
            .Where(seen => seen.What is not null)
            .Select(seen => (seen.Frame.UnixNanoseconds, Line(seen.Frame, seen.What!)));

        private string Line(CapturedFrame frame, string what)
        {
            string link = _links.GetValueOrDefault(frame.Index, "?");
            return $"{_member.Name,-10} {link,-15} {(frame.IsOutgoing ? "out" : "in"),-3}  {what}";
        }

        public void Dispose() => _capture.Dispose();
    }
}
