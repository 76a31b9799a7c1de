using System.Globalization;
using Weft.Net;

namespace Weft.Netlink.Conntrack;

/// <summary>One direction of a connection: what its packets carry. Of ports and ICMP's numbers it has those that its
/// protocol has.</summary>
public sealed record ConntrackTuple
{
    private const ushort IpAttribute = 1; // CTA_TUPLE_IP
    private const ushort ProtocolAttribute = 2; // CTA_TUPLE_PROTO
    private const ushort ZoneAttribute = 3; // CTA_TUPLE_ZONE
    private const byte IcmpV6 = 58;

    /// <summary>Where its packets come from.</summary>
    public required IpAddress Source { get; init; }

    /// <summary>Where they go.</summary>
    public required IpAddress Destination { get; init; }

    /// <summary>The protocol above IP.</summary>
    public byte Protocol { get; init; }

    /// <summary>The source port of TCP, UDP, SCTP, DCCP; the key of GRE.</summary>
    public ushort? SourcePort { get; init; }

    /// <summary>The destination port.</summary>
    public ushort? DestinationPort { get; init; }

    /// <summary>The identifier of an ICMP or ICMPv6 query.</summary>
    public ushort? IcmpId { get; init; }

    /// <summary>The type of the ICMP or ICMPv6 query.</summary>
    public byte? IcmpType { get; init; }

    /// <summary>Its code.</summary>
    public byte? IcmpCode { get; init; }

    /// <summary>The zone of this direction alone; null if both have the entry's.</summary>
    public ushort? Zone { get; init; }

    /// <summary>The family of the addresses.</summary>
    public IpFamily Family => Source.Family;

    /// <summary><c>tcp 10.0.0.1:40000 > 10.0.0.2:80</c>.</summary>
    public override string ToString()
    {
        string protocol = Protocol switch
        {
            1 => "icmp",
            6 => "tcp",
            17 => "udp",
            IcmpV6 => "icmpv6",
            _ => Protocol.ToString(CultureInfo.InvariantCulture),
        };
        string id = IcmpId is ushort number ? string.Create(CultureInfo.InvariantCulture, $" id {number}") : "";
        return $"{protocol} {End(Source, SourcePort)} > {End(Destination, DestinationPort)}{id}";
    }

    /// <summary>Reads what is inside CTA_TUPLE_ORIG, CTA_TUPLE_REPLY or CTA_TUPLE_MASTER.</summary>
    internal static ConntrackTuple? Decode(NetlinkAttribute attribute)
    {
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return null;
        }

        IpAddress? source = null;
        IpAddress? destination = null;
        ConntrackTuple tuple = new() { Source = default, Destination = default };
        bool valid = true;
        foreach (NetlinkAttribute inner in attributes)
        {
            switch (inner.Type)
            {
                case IpAttribute:
                    valid &= TryDecodeAddresses(inner, out source, out destination);
                    break;
                case ProtocolAttribute:
                    tuple = DecodeProtocol(inner, tuple, ref valid);
                    break;
                case ZoneAttribute:
                    valid &= inner.TryReadNetworkOrder(out ushort zone);
                    tuple = tuple with { Zone = zone };
                    break;
            }
        }

        return valid && source is IpAddress from && destination is IpAddress to && from.Family == to.Family
            ? tuple with { Source = from, Destination = to }
            : null;
    }

    /// <summary>Adds it as an attribute, of <paramref name="type"/>. Of a filter only the fields that count matter; the
    /// others are there because the kernel wants them.</summary>
    internal void Encode(ref NetlinkWriter writer, ushort type)
    {
        int tuple = writer.BeginNest(type);
        int addresses = writer.BeginNest(IpAttribute);
        bool isIpv4 = Family == IpFamily.Ipv4;
        writer.AddAddress(isIpv4 ? (ushort)1 : (ushort)3, Source); // CTA_IP_V4_SRC, CTA_IP_V6_SRC
        writer.AddAddress(isIpv4 ? (ushort)2 : (ushort)4, Destination); // CTA_IP_V4_DST, CTA_IP_V6_DST
        writer.EndNest(addresses);
        int protocol = writer.BeginNest(ProtocolAttribute);
        writer.AddByte(ProtocolFormat.Number, Protocol);
        AddUInt16(ref writer, ProtocolFormat.SourcePort, SourcePort);
        AddUInt16(ref writer, ProtocolFormat.DestinationPort, DestinationPort);
        int shift = Protocol == IcmpV6 ? ProtocolFormat.IcmpV6Id - ProtocolFormat.IcmpId : 0;
        AddUInt16(ref writer, (ushort)(ProtocolFormat.IcmpId + shift), IcmpId);
        AddByte(ref writer, (ushort)(ProtocolFormat.IcmpType + shift), IcmpType);
        AddByte(ref writer, (ushort)(ProtocolFormat.IcmpCode + shift), IcmpCode);
        writer.EndNest(protocol);
        AddUInt16(ref writer, ZoneAttribute, Zone);
        writer.EndNest(tuple);
    }

    private static string End(IpAddress address, ushort? port)
    {
        if (port is not ushort number)
        {
            return address.ToString();
        }

        return address.Family == IpFamily.Ipv4
            ? string.Create(CultureInfo.InvariantCulture, $"{address}:{number}")
            : string.Create(CultureInfo.InvariantCulture, $"[{address}]:{number}");
    }

    private static bool TryDecodeAddresses(NetlinkAttribute attribute, out IpAddress? source, out IpAddress? destination)
    {
        source = null;
        destination = null;
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        foreach (NetlinkAttribute inner in attributes)
        {
            if (!inner.TryRead(out IpAddress address)
                || address.Family != (inner.Type > 2 ? IpFamily.Ipv6 : IpFamily.Ipv4))
            {
                return false;
            }

            if (inner.Type is 1 or 3)
            {
                source = address;
            }
            else if (inner.Type is 2 or 4)
            {
                destination = address;
            }
        }

        return true;
    }

    private static ConntrackTuple DecodeProtocol(NetlinkAttribute attribute, ConntrackTuple tuple, ref bool valid)
    {
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            valid = false;
            return tuple;
        }

        foreach (NetlinkAttribute inner in attributes)
        {
            ushort number = 0;
            byte small = 0;
            bool isSmall = inner.Type is ProtocolFormat.Number
                or ProtocolFormat.IcmpType or ProtocolFormat.IcmpCode
                or ProtocolFormat.IcmpV6Type or ProtocolFormat.IcmpV6Code;
            valid &= inner.Type > ProtocolFormat.Last
                || (isSmall ? inner.TryRead(out small) : inner.TryReadNetworkOrder(out number));
            tuple = inner.Type switch
            {
                ProtocolFormat.Number => tuple with { Protocol = small },
                ProtocolFormat.SourcePort => tuple with { SourcePort = number },
                ProtocolFormat.DestinationPort => tuple with { DestinationPort = number },
                ProtocolFormat.IcmpId or ProtocolFormat.IcmpV6Id => tuple with { IcmpId = number },
                ProtocolFormat.IcmpType or ProtocolFormat.IcmpV6Type => tuple with { IcmpType = small },
                ProtocolFormat.IcmpCode or ProtocolFormat.IcmpV6Code => tuple with { IcmpCode = small },
                _ => tuple,
            };
        }

        return tuple;
    }

    private static void AddUInt16(ref NetlinkWriter writer, ushort type, ushort? value)
    {
        if (value is ushort number)
        {
            writer.AddUInt16NetworkOrder(type, number);
        }
    }

    private static void AddByte(ref NetlinkWriter writer, ushort type, byte? value)
    {
        if (value is byte number)
        {
            writer.AddByte(type, number);
        }
    }

    // enum ctattr_l4proto.
    private static class ProtocolFormat
    {
        public const ushort Number = 1;
        public const ushort SourcePort = 2;
        public const ushort DestinationPort = 3;
        public const ushort IcmpId = 4;
        public const ushort IcmpType = 5;
        public const ushort IcmpCode = 6;
        public const ushort IcmpV6Id = 7;
        public const ushort IcmpV6Type = 8;
        public const ushort IcmpV6Code = 9;
        public const ushort Last = IcmpV6Code;
    }
}
