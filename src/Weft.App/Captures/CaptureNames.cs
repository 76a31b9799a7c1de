using System;
using System.Collections.Generic;
using System.Linq;
using Weft.App.Lab;
using Weft.Net;
using Weft.Net.Captures;
using Weft.Net.Decoding.Output;
using Weft.Net.Filters;
using Weft.Net.Packets;

namespace Weft.App.Captures;

/// <summary>Who has which address: for filters, for the file, and beside the packets that are shown.</summary>
internal sealed class CaptureNames : IFilterNames
{
    private readonly Dictionary<IpAddress, string> _nameOf = [];
    private readonly Dictionary<string, List<IpAddress>> _addressesOf = new(StringComparer.Ordinal);

    /// <summary>The members of a lab by name; none without a lab.</summary>
    public CaptureNames(LabStatus? lab)
    {
        foreach (MemberPlace member in lab?.Members ?? [])
        {
            List<IpAddress> addresses = [];
            _addressesOf[member.Name] = addresses;
            foreach (IpAddress address in member.Addresses)
            {
                addresses.Add(address);
                _nameOf.TryAdd(address, member.Name);
            }
        }
    }

    /// <summary>Names for a capture file.</summary>
    public IEnumerable<ResolvedName> All => _nameOf.OrderBy(pair => pair.Key)
        .Select(pair => new ResolvedName(pair.Key, pair.Value));

    /// <inheritdoc/>
    public IReadOnlyList<IpAddress> AddressesOf(string name) => _addressesOf.GetValueOrDefault(name) ?? [];

    /// <summary>From whom to whom a packet goes, and the packet in it if it is VXLAN; empty if nobody is known by name.</summary>
    public IReadOnlyList<PacketWay> WaysOf(ReadOnlySpan<byte> packet, LinkType link)
    {
        if (_nameOf.Count == 0)
        {
            return [];
        }

        List<PacketWay> ways = [];
        Collect(packet, link, ways);
        return ways;
    }

    /// <summary>Ways on a line: <c>n1 > n2: web > db</c>.</summary>
    public static string TextOf(IReadOnlyList<PacketWay> ways) =>
        string.Join(": ", ways.Select(way => $"{way.From} > {way.To}"));

    private void Collect(ReadOnlySpan<byte> packet, LinkType link, List<PacketWay> ways)
    {
        EtherType type = EtherType.Ipv4;
        ReadOnlySpan<byte> rest = packet;
        if (link == LinkType.Ethernet)
        {
            if (!EthernetView.TryParse(packet, out EthernetView frame))
            {
                return;
            }

            type = frame.Type;
            rest = frame.Payload;
        }
        else if (!packet.IsEmpty && packet[0] >> 4 == 6)
        {
            type = EtherType.Ipv6;
        }

        IpProtocol protocol;
        ReadOnlySpan<byte> payload;
        if (type == EtherType.Ipv4 && Ipv4View.TryParseCut(rest, out Ipv4View v4))
        {
            Add(new IpAddress(v4.Source), new IpAddress(v4.Destination), ways);
            protocol = v4.Protocol;
            payload = v4.Payload;
        }
        else if (type == EtherType.Ipv6 && Ipv6View.TryParseCut(rest, out Ipv6View v6))
        {
            Add(new IpAddress(v6.Source), new IpAddress(v6.Destination), ways);
            protocol = v6.NextHeader;
            payload = v6.Payload;
        }
        else
        {
            return;
        }

        if (protocol == IpProtocol.Udp && UdpView.TryParse(payload, out UdpView udp)
            && udp.DestinationPort == VxlanView.Port && VxlanView.TryParse(udp.Payload, out VxlanView vxlan))
        {
            Collect(vxlan.Frame, LinkType.Ethernet, ways);
        }
    }

    private void Add(IpAddress source, IpAddress destination, List<PacketWay> ways)
    {
        if (_nameOf.TryGetValue(source, out string? from) | _nameOf.TryGetValue(destination, out string? to))
        {
            ways.Add(new PacketWay(from ?? source.ToString(), to ?? destination.ToString()));
        }
    }
}
