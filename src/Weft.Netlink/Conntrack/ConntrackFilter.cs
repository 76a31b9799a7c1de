using Weft.Net;

namespace Weft.Netlink.Conntrack;

/// <summary>Which connections are listed or deleted: those for which everything that is said holds. The kernel does the
/// looking, so that a hundred thousand others are not carried over.</summary>
/// <remarks>A kernel ignores the filters that it does not know (addresses: Linux 5.8, status: 5.15, zone: 6.8): whoever
/// lists looks again with <see cref="Matches"/>; whoever deletes lists first where that matters.</remarks>
public sealed record ConntrackFilter
{
    /// <summary>The family; null for both.</summary>
    public IpFamily? Family { get; init; }

    /// <summary>What the mark must be, of the bits of <see cref="MarkMask"/>; null for any mark.</summary>
    public uint? Mark { get; init; }

    /// <summary>The bits of the mark that count.</summary>
    public uint MarkMask { get; init; } = uint.MaxValue;

    /// <summary>Status bits that must be as in <see cref="StatusMask"/>'s bits; null for any.</summary>
    public ConntrackStatus? Status { get; init; }

    /// <summary>The status bits that count; those of <see cref="Status"/> if none.</summary>
    public ConntrackStatus StatusMask { get; init; }

    /// <summary>The zone; null for all.</summary>
    public ushort? Zone { get; init; }

    /// <summary>The source of the original direction; null for any.</summary>
    public IpAddress? Source { get; init; }

    /// <summary>The destination of the original direction; null for any.</summary>
    public IpAddress? Destination { get; init; }

    /// <summary>The protocol above IP; null for any.</summary>
    public byte? Protocol { get; init; }

    /// <summary>The destination port of the original direction, of a protocol with ports; null for any.</summary>
    public ushort? DestinationPort { get; init; }

    /// <summary>The source of the answers, which is who really answers; null for any.</summary>
    public IpAddress? ReplySource { get; init; }

    /// <summary>The family that follows from what is said.</summary>
    public IpFamily? ImpliedFamily =>
        Family ?? Source?.Family ?? Destination?.Family ?? ReplySource?.Family;

    /// <summary>Whether an entry is meant.</summary>
    public bool Matches(ConntrackEntry entry) =>
        (ImpliedFamily is not IpFamily family || family == entry.Family)
        && (Mark is not uint mark || (entry.Mark & MarkMask) == mark)
        && (Status is not ConntrackStatus status || (entry.Status & StatusBits) == status)
        && (Zone is not ushort zone || zone == entry.Zone)
        && (Source is not IpAddress source || source == entry.Original.Source)
        && (Destination is not IpAddress destination || destination == entry.Original.Destination)
        && (Protocol is not byte protocol || protocol == entry.Original.Protocol)
        && (DestinationPort is not ushort port || port == entry.Original.DestinationPort)
        && (ReplySource is not IpAddress answerer || answerer == entry.Reply.Source);

    private ConntrackStatus StatusBits => StatusMask == ConntrackStatus.None ? Status ?? default : StatusMask;

    /// <summary>Adds the attributes that say so.</summary>
    internal void Encode(ref NetlinkWriter writer)
    {
        if (Mark is uint mark)
        {
            writer.AddUInt32NetworkOrder(ConntrackAttribute.Mark, mark);
            writer.AddUInt32NetworkOrder(ConntrackAttribute.MarkMask, MarkMask);
        }

        if (Status is ConntrackStatus status)
        {
            writer.AddUInt32NetworkOrder(ConntrackAttribute.Status, (uint)status);
            writer.AddUInt32NetworkOrder(ConntrackAttribute.StatusMask, (uint)StatusBits);
        }

        if (Zone is ushort zone)
        {
            writer.AddUInt16NetworkOrder(ConntrackAttribute.Zone, zone);
        }

        EncodeTuples(ref writer);
    }

    private void EncodeTuples(ref NetlinkWriter writer)
    {
        ConntrackTupleFields original = (Source is null ? 0 : ConntrackTupleFields.Source)
            | (Destination is null ? 0 : ConntrackTupleFields.Destination)
            | (Protocol is null ? 0 : ConntrackTupleFields.Protocol)
            | (DestinationPort is null ? 0 : ConntrackTupleFields.DestinationPort);
        ConntrackTupleFields reply = ReplySource is null ? 0 : ConntrackTupleFields.Source;
        if ((original | reply) == 0)
        {
            return;
        }

        IpFamily family = ImpliedFamily ?? IpFamily.Ipv4;
        IpAddress any = IpAddress.FromNumber(family, 0);
        if (original != 0)
        {
            new ConntrackTuple
            {
                Source = Source ?? any,
                Destination = Destination ?? any,
                Protocol = Protocol ?? 0,
                DestinationPort = DestinationPort,
            }.Encode(ref writer, ConntrackAttribute.TupleOriginal);
        }

        if (reply != 0)
        {
            new ConntrackTuple { Source = ReplySource ?? any, Destination = any }
                .Encode(ref writer, ConntrackAttribute.TupleReply);
        }

        // The flags are in host order, unlike everything else here.
        int filter = writer.BeginNest(ConntrackAttribute.Filter);
        writer.AddUInt32(1, (uint)original); // CTA_FILTER_ORIG_FLAGS
        writer.AddUInt32(2, (uint)reply); // CTA_FILTER_REPLY_FLAGS
        writer.EndNest(filter);
    }
}
