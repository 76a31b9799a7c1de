namespace Weft.Netlink.Conntrack;

/// <summary>Packets and bytes of one direction (CTA_COUNTERS_...). The kernel counts only with
/// <c>net.netfilter.nf_conntrack_acct</c>.</summary>
public readonly record struct ConntrackCounters(ulong Packets, ulong Bytes)
{
    private const ushort PacketsAttribute = 1; // CTA_COUNTERS_PACKETS
    private const ushort BytesAttribute = 2; // CTA_COUNTERS_BYTES

    internal static bool TryDecode(NetlinkAttribute attribute, out ConntrackCounters? counters)
    {
        counters = null;
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        ulong packets = 0;
        ulong bytes = 0;
        foreach (NetlinkAttribute inner in attributes)
        {
            if ((inner.Type == PacketsAttribute && !inner.TryReadNetworkOrder(out packets))
                || (inner.Type == BytesAttribute && !inner.TryReadNetworkOrder(out bytes)))
            {
                return false;
            }
        }

        counters = new ConntrackCounters(packets, bytes);
        return true;
    }
}

/// <summary>When a connection began and ended, in nanoseconds since 1970 (CTA_TIMESTAMP). The kernel writes it down only
/// with <c>net.netfilter.nf_conntrack_timestamp</c>.</summary>
/// <param name="StartNs">When it began.</param>
/// <param name="StopNs">When it ended; 0 while it has not.</param>
public readonly record struct ConntrackTimes(ulong StartNs, ulong StopNs)
{
    private const ushort StartAttribute = 1; // CTA_TIMESTAMP_START
    private const ushort StopAttribute = 2; // CTA_TIMESTAMP_STOP

    internal static bool TryDecode(NetlinkAttribute attribute, out ConntrackTimes? times)
    {
        times = null;
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        ulong start = 0;
        ulong stop = 0;
        foreach (NetlinkAttribute inner in attributes)
        {
            if ((inner.Type == StartAttribute && !inner.TryReadNetworkOrder(out start))
                || (inner.Type == StopAttribute && !inner.TryReadNetworkOrder(out stop)))
            {
                return false;
            }
        }

        times = new ConntrackTimes(start, stop);
        return true;
    }
}

/// <summary>What is known of a TCP connection beyond its tuples (CTA_PROTOINFO_TCP).</summary>
/// <param name="State">Where it stands.</param>
/// <param name="ScaleOriginal">The window scale that its first side announced.</param>
/// <param name="ScaleReply">The window scale of the other side.</param>
/// <param name="FlagsOriginal">IP_CT_TCP_FLAG_... of its first side.</param>
/// <param name="FlagsReply">IP_CT_TCP_FLAG_... of the other side.</param>
public sealed record ConntrackTcp(
    ConntrackTcpState State,
    byte? ScaleOriginal = null,
    byte? ScaleReply = null,
    byte? FlagsOriginal = null,
    byte? FlagsReply = null)
{
    private const ushort TcpAttribute = 1; // CTA_PROTOINFO_TCP
    private const ushort StateAttribute = 1; // CTA_PROTOINFO_TCP_STATE
    private const ushort ScaleOriginalAttribute = 2; // CTA_PROTOINFO_TCP_WSCALE_ORIGINAL
    private const ushort ScaleReplyAttribute = 3; // CTA_PROTOINFO_TCP_WSCALE_REPLY
    private const ushort FlagsOriginalAttribute = 4; // CTA_PROTOINFO_TCP_FLAGS_ORIGINAL
    private const ushort FlagsReplyAttribute = 5; // CTA_PROTOINFO_TCP_FLAGS_REPLY
    private const int FlagsLength = 2; // struct nf_ct_tcp_flags: flags, mask

    /// <summary>Reads what is inside CTA_PROTOINFO; null of another protocol.</summary>
    internal static bool TryDecode(NetlinkAttribute attribute, out ConntrackTcp? tcp)
    {
        tcp = null;
        if (!attribute.TryReadNested(out AttributeReader protocols))
        {
            return false;
        }

        foreach (NetlinkAttribute protocol in protocols)
        {
            if (protocol.Type == TcpAttribute)
            {
                return TryDecodeTcp(protocol, out tcp);
            }
        }

        return true;
    }

    internal void Encode(ref NetlinkWriter writer)
    {
        int info = writer.BeginNest(ConntrackAttribute.ProtocolInfo);
        int tcp = writer.BeginNest(TcpAttribute);
        writer.AddByte(StateAttribute, (byte)State);
        Add(ref writer, ScaleOriginalAttribute, ScaleOriginal);
        Add(ref writer, ScaleReplyAttribute, ScaleReply);
        AddFlags(ref writer, FlagsOriginalAttribute, FlagsOriginal);
        AddFlags(ref writer, FlagsReplyAttribute, FlagsReply);
        writer.EndNest(tcp);
        writer.EndNest(info);
    }

    private static bool TryDecodeTcp(NetlinkAttribute attribute, out ConntrackTcp? tcp)
    {
        tcp = null;
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        ConntrackTcp read = new(ConntrackTcpState.None);
        foreach (NetlinkAttribute inner in attributes)
        {
            bool isFlags = inner.Type is FlagsOriginalAttribute or FlagsReplyAttribute;
            if (inner.Type > FlagsReplyAttribute)
            {
                continue;
            }

            if (inner.Value.Length != (isFlags ? FlagsLength : 1))
            {
                return false;
            }

            byte value = inner.Value[0];
            read = inner.Type switch
            {
                StateAttribute => read with { State = (ConntrackTcpState)value },
                ScaleOriginalAttribute => read with { ScaleOriginal = value },
                ScaleReplyAttribute => read with { ScaleReply = value },
                FlagsOriginalAttribute => read with { FlagsOriginal = value },
                FlagsReplyAttribute => read with { FlagsReply = value },
                _ => read,
            };
        }

        tcp = read;
        return true;
    }

    private static void Add(ref NetlinkWriter writer, ushort type, byte? value)
    {
        if (value is byte number)
        {
            writer.AddByte(type, number);
        }
    }

    private static void AddFlags(ref NetlinkWriter writer, ushort type, byte? flags)
    {
        if (flags is byte value)
        {
            writer.Add(type, [value, value]);
        }
    }
}
