using System;
using System.Collections.Generic;
using System.Linq;
using Weft.App.Lab;
using Weft.Net;
using Weft.Net.Captures;
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

    /// <summary>From whom to whom a packet goes, and the packet in it if it is VXLAN: <c>n1 > n2: web > db</c>; empty if
    /// nobody is known by name.</summary>
    public string WaysOf(ReadOnlySpan<byte> packet, LinkType link)
    {
        if (_nameOf.Count == 0)
        {
            return "";
        }

        EtherType type = EtherType.Ipv4;
        ReadOnlySpan<byte> rest = packet;
        if (link == LinkType.Ethernet)
        {
            if (!EthernetView.TryParse(packet, out EthernetView frame))
            {
                return "";
            }

            type = frame.Type;
            rest = frame.Payload;
        }
        else if (!packet.IsEmpty && packet[0] >> 4 == 6)
        {
            type = EtherType.Ipv6;
        }

        string way;
        IpProtocol protocol;
        ReadOnlySpan<byte> payload;
        if (type == EtherType.Ipv4 && Ipv4View.TryParseCut(rest, out Ipv4View v4))
        {
            way = WayOf(new IpAddress(v4.Source), new IpAddress(v4.Destination));
            protocol = v4.Protocol;
            payload = v4.Payload;
        }
        else if (type == EtherType.Ipv6 && Ipv6View.TryParseCut(rest, out Ipv6View v6))
        {
            way = WayOf(new IpAddress(v6.Source), new IpAddress(v6.Destination));
            protocol = v6.NextHeader;
            payload = v6.Payload;
        }
        else
        {
            return "";
        }

        bool isVxlan = protocol == IpProtocol.Udp && UdpView.TryParse(payload, out UdpView udp)
            && udp.DestinationPort == VxlanView.Port;
        string inner = isVxlan && UdpView.TryParse(payload, out UdpView outer)
            && VxlanView.TryParse(outer.Payload, out VxlanView vxlan)
            ? WaysOf(vxlan.Frame, LinkType.Ethernet)
            : "";
        return inner.Length == 0 ? way : way.Length == 0 ? inner : $"{way}: {inner}";
    }

    private string WayOf(IpAddress source, IpAddress destination)
    {
        bool isKnown = _nameOf.TryGetValue(source, out string? from) | _nameOf.TryGetValue(destination, out string? to);
        return isKnown ? $"{from ?? source.ToString()} > {to ?? destination.ToString()}" : "";
    }
}
