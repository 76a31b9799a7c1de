using System;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Netlink.Conntrack;

/// <summary>A message of connection tracking as an object: an entry of a list, or a notice.</summary>
public abstract record ConntrackMessage
{
    private const ushort EntriesAttribute = 1; // CTA_STATS_GLOBAL_ENTRIES
    private const ushort EntriesMaxAttribute = 2; // CTA_STATS_GLOBAL_MAX_ENTRIES

    private ConntrackMessage()
    {
    }

    /// <summary>An entry that was asked for.</summary>
    public sealed record Listed(ConntrackEntry Entry) : ConntrackMessage;

    /// <summary>A notice: a connection has begun.</summary>
    public sealed record Began(ConntrackEntry Entry) : ConntrackMessage;

    /// <summary>A notice: something about a connection has changed. It tells what it tells, not all.</summary>
    public sealed record Changed(ConntrackEntry Entry) : ConntrackMessage;

    /// <summary>A notice: a connection is over, or was deleted.</summary>
    public sealed record Ended(ConntrackEntry Entry) : ConntrackMessage;

    /// <summary>How many connections there are, and may be.</summary>
    public sealed record Counted(uint Entries, uint? EntriesMax) : ConntrackMessage;

    /// <summary>Well-formed, and of no kind that is modelled here.</summary>
    public sealed record Other(ushort Type) : ConntrackMessage;

    /// <summary>Reads a whole message, header included. False only if the bytes are malformed.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> message, [NotNullWhen(true)] out ConntrackMessage? value)
    {
        value = null;
        if (!NetlinkHeader.TryRead(message, out NetlinkHeader header))
        {
            return false;
        }

        if (NetfilterHeader.SubsystemOf(header.Type) != NetfilterSubsystem.Conntrack)
        {
            value = new Other(header.Type);
            return true;
        }

        ReadOnlySpan<byte> payload = message[NetlinkHeader.ByteLength..header.Length];
        if (!NetfilterHeader.TryParse(payload, out NetfilterHeader netfilter, out AttributeReader attributes))
        {
            return false;
        }

        ConntrackMessageType type = (ConntrackMessageType)(header.Type & 0xFF);
        if (type == ConntrackMessageType.GetStats)
        {
            return TryDecodeCounts(attributes, out value);
        }

        // NFPROTO_IPV4 and NFPROTO_IPV6: the only families of connections today.
        if (type is not (ConntrackMessageType.New or ConntrackMessageType.Delete) || netfilter.Family is not (2 or 10))
        {
            value = new Other(header.Type);
            return true;
        }

        if (!ConntrackEntry.TryDecode(attributes, out ConntrackEntry? entry))
        {
            return false;
        }

        value = Of(type, header, entry);
        return true;
    }

    // An answer has the number of its question; a notice has none. A notice of something new says that it would
    // have been made, as a request to make it would.
    private static ConntrackMessage Of(ConntrackMessageType type, NetlinkHeader header, ConntrackEntry entry)
    {
        if (type == ConntrackMessageType.Delete)
        {
            return new Ended(entry);
        }

        if ((header.Flags & (NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_EXCL)) != 0)
        {
            return new Began(entry);
        }

        return header.Sequence != 0 || (header.Flags & NetlinkFlags.NLM_F_MULTI) != 0
            ? new Listed(entry)
            : new Changed(entry);
    }

    private static bool TryDecodeCounts(AttributeReader attributes, [NotNullWhen(true)] out ConntrackMessage? value)
    {
        value = null;
        uint entries = 0;
        uint? max = null;
        foreach (NetlinkAttribute attribute in attributes)
        {
            if (attribute.Type is not (EntriesAttribute or EntriesMaxAttribute))
            {
                continue;
            }

            if (!attribute.TryReadNetworkOrder(out uint number))
            {
                return false;
            }

            entries = attribute.Type == EntriesAttribute ? number : entries;
            max = attribute.Type == EntriesMaxAttribute ? number : max;
        }

        value = new Counted(entries, max);
        return true;
    }
}
