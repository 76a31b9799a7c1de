using System;
using Weft.Net.Bytes;

namespace Weft.Net.Packets;

/// <summary>The types of ICMP that Weft looks at (RFC 792). Open: any other number may occur.</summary>
public enum Icmpv4Type : byte
{
    /// <summary>The answer to an echo request.</summary>
    EchoReply = 0,

    /// <summary>A packet could not be delivered; the code says why.</summary>
    Unreachable = 3,

    /// <summary>A better first hop is known.</summary>
    Redirect = 5,

    /// <summary>A question that wants an echo reply.</summary>
    EchoRequest = 8,

    /// <summary>A packet ran out of hops, or a fragment out of time.</summary>
    TimeExceeded = 11,
}

/// <summary>Why a packet could not be delivered (RFC 792, RFC 1812, 5.2.7.1). Open.</summary>
public enum Icmpv4UnreachableCode : byte
{
    /// <summary>No route.</summary>
    Net = 0,

    /// <summary>The host does not answer on its link.</summary>
    Host = 1,

    /// <summary>The host does not know the protocol.</summary>
    Protocol = 2,

    /// <summary>Nobody listens on the port.</summary>
    Port = 3,

    /// <summary>Too big, and it must not be fragmented; carries the MTU (RFC 1191).</summary>
    FragmentationNeeded = 4,

    /// <summary>Forbidden by a filter.</summary>
    AdministrativelyProhibited = 13,
}

/// <summary>An ICMP message, checked (RFC 792).</summary>
/// <remarks>
/// <code>
///  0               1               2               4               6               8
/// +---------------+---------------+---------------+---------------+---------------+------
/// |     type      |     code      |    checksum   |  identifier   |   sequence    | body
/// +---------------+---------------+---------------+---------------+---------------+------
///                                                 |    unused     | next-hop MTU  |  RFC 1191
/// </code>
/// </remarks>
public readonly ref struct Icmpv4View
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderLength = BodyAt;

    private const int TypeAt = 0;
    private const int CodeAt = TypeAt + 1;
    private const int ChecksumAt = CodeAt + 1;
    private const int IdentifierAt = ChecksumAt + 2;
    private const int SequenceAt = IdentifierAt + 2;
    private const int BodyAt = SequenceAt + 2;

    private readonly ReadOnlySpan<byte> _message;

    private Icmpv4View(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>What it is.</summary>
    public Icmpv4Type Type => (Icmpv4Type)_message[TypeAt];

    /// <summary>A finer distinction, its meaning given by the type.</summary>
    public byte Code => _message[CodeAt];

    /// <summary>The checksum as it is written.</summary>
    public ushort Checksum => NetworkOrder.ReadUInt16(_message, ChecksumAt);

    /// <summary>Whether the checksum is right.</summary>
    public bool IsChecksumRight => InternetChecksum.Verifies(_message);

    /// <summary>Of an echo: which program asks.</summary>
    public ushort Identifier => NetworkOrder.ReadUInt16(_message, IdentifierAt);

    /// <summary>Of an echo: which question of that program.</summary>
    public ushort Sequence => NetworkOrder.ReadUInt16(_message, SequenceAt);

    /// <summary>Of "fragmentation needed": what would have fitted; 0 from routers older than RFC 1191.</summary>
    public int NextHopMtu => NetworkOrder.ReadUInt16(_message, SequenceAt);

    /// <summary>Data of an echo; of an error, the packet that caused it, cut short.</summary>
    public ReadOnlySpan<byte> Body => _message[BodyAt..];

    /// <summary>The header as a value.</summary>
    public Icmpv4Header Header => new(Type, Code, NetworkOrder.ReadUInt32(_message, IdentifierAt));

    /// <summary>Accepts a message whose header is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out Icmpv4View view)
    {
        bool accepted = message.Length >= HeaderLength;
        view = accepted ? new Icmpv4View(message) : default;
        return accepted;
    }
}

/// <summary>The header of an ICMP message, to be written.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Code">A finer distinction.</param>
/// <param name="Rest">The four bytes whose meaning the type gives.</param>
public readonly record struct Icmpv4Header(Icmpv4Type Type, byte Code, uint Rest)
{
    /// <summary>A question that wants the same body back.</summary>
    public static Icmpv4Header EchoRequest(ushort identifier, ushort sequence) =>
        new(Icmpv4Type.EchoRequest, 0, ((uint)identifier << 16) | sequence);

    /// <summary>The answer to a question.</summary>
    public static Icmpv4Header EchoReply(ushort identifier, ushort sequence) =>
        new(Icmpv4Type.EchoReply, 0, ((uint)identifier << 16) | sequence);

    /// <summary>A packet, the body, could not be delivered.</summary>
    public static Icmpv4Header Unreachable(Icmpv4UnreachableCode code) => new(Icmpv4Type.Unreachable, (byte)code, 0);

    /// <summary>A packet, the body, is too big for the next hop (RFC 1191, 4).</summary>
    public static Icmpv4Header TooBig(ushort nextHopMtu) =>
        new(Icmpv4Type.Unreachable, (byte)Icmpv4UnreachableCode.FragmentationNeeded, nextHopMtu);

    /// <summary>Writes header, checksum and body; false if they do not fit.</summary>
    public bool TryWrite(ref SpanWriter writer, ReadOnlySpan<byte> body)
    {
        if (writer.Remaining < Icmpv4View.HeaderLength + body.Length)
        {
            return false;
        }

        int start = writer.Position;
        _ = writer.TryWriteByte((byte)Type);
        _ = writer.TryWriteByte(Code);
        _ = writer.TryReserve(sizeof(ushort), out int checksumAt);
        _ = writer.TryWriteNetworkUInt32(Rest);
        _ = writer.TryWrite(body);
        writer.PatchNetworkUInt16(checksumAt, InternetChecksum.Of(writer.Written[start..]));
        return true;
    }
}
