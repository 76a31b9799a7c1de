using System;
using Weft.Net.Bytes;

namespace Weft.Net.Packets;

/// <summary>An Ethernet II frame with up to two VLAN tags, checked.</summary>
/// <remarks>
/// <code>
///  0                 6                12         14
/// +-----------------+-----------------+----------+---------
/// |   destination   |     source      |   type   | payload        a tag (0x8100 or 0x88A8) and its
/// +-----------------+-----------------+----------+---------       two bytes may stand before the type
/// </code>
/// </remarks>
public readonly ref struct EthernetView
{
    /// <summary>Bytes of a header without tags.</summary>
    public const int HeaderLength = TypeAt + sizeof(ushort);

    /// <summary>Bytes that each tag adds.</summary>
    public const int TagLength = 4;

    private const int DestinationAt = 0;
    private const int SourceAt = DestinationAt + MacAddress.ByteLength;
    private const int TypeAt = SourceAt + MacAddress.ByteLength;
    private const int TagsMax = 2;

    private readonly ReadOnlySpan<byte> _frame;

    private EthernetView(ReadOnlySpan<byte> frame, int tagCount)
    {
        _frame = frame;
        TagCount = tagCount;
    }

    /// <summary>To whom.</summary>
    public MacAddress Destination => MacAddress.ReadFrom(_frame[DestinationAt..]);

    /// <summary>From whom.</summary>
    public MacAddress Source => MacAddress.ReadFrom(_frame[SourceAt..]);

    /// <summary>How many tags there are: 0, 1 or 2.</summary>
    public int TagCount { get; }

    /// <summary>What the frame carries, behind all tags. Below 0x0600 it is a length (IEEE 802.3).</summary>
    public EtherType Type => TypeOf(_frame, TagCount);

    /// <summary>What is behind the header; short frames carry padding at the end.</summary>
    public ReadOnlySpan<byte> Payload => _frame[(HeaderLength + (TagCount * TagLength))..];

    /// <summary>The frame's header as a value; of several tags the outer one.</summary>
    public EthernetHeader Header => new(Destination, Source, Type, TagCount > 0 ? Tag(0) : null);

    /// <summary>A tag, the outer one first; an invariant that it is there.</summary>
    public VlanTag Tag(int index)
    {
        Invariant.Holds(index >= 0 && index < TagCount);
        return new VlanTag(NetworkOrder.ReadUInt16(_frame, TypeAt + sizeof(ushort) + (index * TagLength)));
    }

    /// <summary>Accepts a frame whose header, with its tags, is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> frame, out EthernetView view)
    {
        view = default;
        int tagCount = 0;
        while (true)
        {
            if (frame.Length < HeaderLength + (tagCount * TagLength))
            {
                return false;
            }

            if (tagCount == TagsMax || TypeOf(frame, tagCount) is not (EtherType.Vlan or EtherType.ServiceVlan))
            {
                view = new EthernetView(frame, tagCount);
                return true;
            }

            tagCount++;
        }
    }

    private static EtherType TypeOf(ReadOnlySpan<byte> frame, int tagCount) =>
        (EtherType)NetworkOrder.ReadUInt16(frame, TypeAt + (tagCount * TagLength));
}

/// <summary>The header of an Ethernet frame with at most one tag, to be written.</summary>
/// <param name="Destination">To whom.</param>
/// <param name="Source">From whom.</param>
/// <param name="Type">What follows.</param>
/// <param name="Tag">A customer tag, if there is one.</param>
public readonly record struct EthernetHeader(
    MacAddress Destination, MacAddress Source, EtherType Type, VlanTag? Tag = null)
{
    /// <summary>Bytes that <see cref="TryWrite"/> writes.</summary>
    public int EncodedLength => EthernetView.HeaderLength + (Tag is null ? 0 : EthernetView.TagLength);

    /// <summary>Writes the header; false if it does not fit.</summary>
    public bool TryWrite(ref SpanWriter writer)
    {
        if (writer.Remaining < EncodedLength)
        {
            return false;
        }

        _ = writer.TryReserve(2 * MacAddress.ByteLength, out int at);
        Destination.WriteTo(writer.Written[at..]);
        Source.WriteTo(writer.Written[(at + MacAddress.ByteLength)..]);
        if (Tag is { } tag)
        {
            _ = writer.TryWriteNetworkUInt16((ushort)EtherType.Vlan) && writer.TryWriteNetworkUInt16(tag.Value);
        }

        return writer.TryWriteNetworkUInt16((ushort)Type);
    }
}
