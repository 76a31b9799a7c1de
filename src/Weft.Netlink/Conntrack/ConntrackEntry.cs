using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Weft.Net;

namespace Weft.Netlink.Conntrack;

/// <summary>A connection as the kernel tracks it: both directions, and what is kept with it.</summary>
public sealed record ConntrackEntry
{
    private const ushort HelperName = 1; // CTA_HELP_NAME

    /// <summary>The direction of its first packet, as that came.</summary>
    public required ConntrackTuple Original { get; init; }

    /// <summary>What its answers carry when they come: of a translated connection, not the original's reverse.</summary>
    public required ConntrackTuple Reply { get; init; }

    /// <summary>The kernel's number of it, the same in notices as in lists; 0 in a request.</summary>
    public uint Id { get; init; }

    /// <summary>What has happened to it.</summary>
    public ConntrackStatus Status { get; init; }

    /// <summary>Seconds until it is forgotten if no packet comes; null if the kernel does not say.</summary>
    public uint? TimeoutSeconds { get; init; }

    /// <summary>The mark that rules keep with it.</summary>
    public uint Mark { get; init; }

    /// <summary>128 labels, as bits; empty if it has none.</summary>
    public NftBytes Labels { get; init; }

    /// <summary>The zone, within which its tuples are unique.</summary>
    public ushort Zone { get; init; }

    /// <summary>What is known of a TCP connection; null of others, and of one that has ended.</summary>
    public ConntrackTcp? Tcp { get; init; }

    /// <summary>What went the first way; null if the kernel does not count.</summary>
    public ConntrackCounters? OriginalCounters { get; init; }

    /// <summary>What came back; null if the kernel does not count.</summary>
    public ConntrackCounters? ReplyCounters { get; init; }

    /// <summary>When it began and ended; null if the kernel does not write that down.</summary>
    public ConntrackTimes? Times { get; init; }

    /// <summary>The helper that reads along; null for none.</summary>
    public string? Helper { get; init; }

    /// <summary>The connection that announced it; null for none.</summary>
    public ConntrackTuple? Master { get; init; }

    /// <summary>The family of its addresses.</summary>
    public IpFamily Family => Original.Family;

    /// <summary>The source that the other end sees, if it is not the sender's own: source translation.</summary>
    public IpAddress? TranslatedSource =>
        (Status & ConntrackStatus.SourceNat) != 0 ? Reply.Destination : null;

    /// <summary>Who really answers, if it is not whom the sender addressed: destination translation.</summary>
    public IpAddress? TranslatedDestination =>
        (Status & ConntrackStatus.DestinationNat) != 0 ? Reply.Source : null;

    /// <summary>Its original direction, and where an answer comes from and goes to if it is translated.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Original}, answers {Reply}, mark {Mark:x}, {Status}");

    /// <summary>Reads what follows the header of netfilter.</summary>
    internal static bool TryDecode(AttributeReader attributes, [NotNullWhen(true)] out ConntrackEntry? value)
    {
        value = null;
        ConntrackTuple? original = null;
        ConntrackTuple? reply = null;
        ConntrackTuple? master = null;
        ConntrackTcp? tcp = null;
        ConntrackCounters? originalCounters = null;
        ConntrackCounters? replyCounters = null;
        ConntrackTimes? times = null;
        string? helper = null;
        NftBytes labels = default;
        uint status = 0;
        uint mark = 0;
        uint id = 0;
        uint? timeout = null;
        ushort zone = 0;
        bool valid = true;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case ConntrackAttribute.TupleOriginal:
                    original = ConntrackTuple.Decode(attribute);
                    break;
                case ConntrackAttribute.TupleReply:
                    reply = ConntrackTuple.Decode(attribute);
                    break;
                case ConntrackAttribute.TupleMaster:
                    master = ConntrackTuple.Decode(attribute);
                    valid &= master is not null;
                    break;
                case ConntrackAttribute.Status:
                    valid &= attribute.TryReadNetworkOrder(out status);
                    break;
                case ConntrackAttribute.Timeout:
                    valid &= attribute.TryReadNetworkOrder(out uint seconds);
                    timeout = seconds;
                    break;
                case ConntrackAttribute.Mark:
                    valid &= attribute.TryReadNetworkOrder(out mark);
                    break;
                case ConntrackAttribute.Id:
                    valid &= attribute.TryReadNetworkOrder(out id);
                    break;
                case ConntrackAttribute.Zone:
                    valid &= attribute.TryReadNetworkOrder(out zone);
                    break;
                case ConntrackAttribute.Labels:
                    labels = new NftBytes(attribute.Value);
                    break;
                case ConntrackAttribute.ProtocolInfo:
                    valid &= ConntrackTcp.TryDecode(attribute, out tcp);
                    break;
                case ConntrackAttribute.CountersOriginal:
                    valid &= ConntrackCounters.TryDecode(attribute, out originalCounters);
                    break;
                case ConntrackAttribute.CountersReply:
                    valid &= ConntrackCounters.TryDecode(attribute, out replyCounters);
                    break;
                case ConntrackAttribute.Timestamp:
                    valid &= ConntrackTimes.TryDecode(attribute, out times);
                    break;
                case ConntrackAttribute.Help:
                    valid &= TryDecodeHelper(attribute, out helper);
                    break;
            }
        }

        if (!valid || original is null || reply is null || original.Family != reply.Family)
        {
            return false;
        }

        value = new ConntrackEntry
        {
            Original = original,
            Reply = reply,
            Id = id,
            Status = (ConntrackStatus)status,
            TimeoutSeconds = timeout,
            Mark = mark,
            Labels = labels,
            Zone = zone,
            Tcp = tcp,
            OriginalCounters = originalCounters,
            ReplyCounters = replyCounters,
            Times = times,
            Helper = helper,
            Master = master,
        };
        return true;
    }

    private static bool TryDecodeHelper(NetlinkAttribute attribute, out string? helper)
    {
        helper = null;
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        foreach (NetlinkAttribute inner in attributes)
        {
            if (inner.Type == HelperName)
            {
                helper = inner.ReadText();
            }
        }

        return true;
    }
}
