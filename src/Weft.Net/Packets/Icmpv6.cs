using System;
using Weft.Net.Bytes;

namespace Weft.Net.Packets;

/// <summary>The types of ICMPv6 that Weft looks at (RFC 4443, RFC 4861). Open: any other number may occur.</summary>
public enum Icmpv6Type : byte
{
    /// <summary>A packet could not be delivered; the code says why.</summary>
    Unreachable = 1,

    /// <summary>A packet is too big for the next hop.</summary>
    TooBig = 2,

    /// <summary>A packet ran out of hops, or a fragment out of time.</summary>
    TimeExceeded = 3,

    /// <summary>A question that wants an echo reply.</summary>
    EchoRequest = 128,

    /// <summary>The answer to an echo request.</summary>
    EchoReply = 129,

    /// <summary>Who is a router here?</summary>
    RouterSolicitation = 133,

    /// <summary>A router offers itself.</summary>
    RouterAdvertisement = 134,

    /// <summary>Who has this address?</summary>
    NeighborSolicitation = 135,

    /// <summary>The sender has this address.</summary>
    NeighborAdvertisement = 136,

    /// <summary>A better first hop is known.</summary>
    Redirect = 137,
}

/// <summary>Why a packet could not be delivered (RFC 4443, 3.1). Open.</summary>
public enum Icmpv6UnreachableCode : byte
{
    /// <summary>No route.</summary>
    NoRoute = 0,

    /// <summary>Forbidden by a filter.</summary>
    AdministrativelyProhibited = 1,

    /// <summary>The destination lies beyond the scope of the source.</summary>
    BeyondScope = 2,

    /// <summary>The host does not answer on its link.</summary>
    Address = 3,

    /// <summary>Nobody listens on the port.</summary>
    Port = 4,
}

/// <summary>An ICMPv6 message, checked (RFC 4443, 2.1).</summary>
/// <remarks>
/// <code>
///  0               1               2               4               6               8
/// +---------------+---------------+---------------+---------------+---------------+------
/// |     type      |     code      |    checksum   |  identifier   |   sequence    | body
/// +---------------+---------------+---------------+---------------+---------------+------
///                                                 |              MTU              |  too big
/// </code>
/// </remarks>
public readonly ref struct Icmpv6View
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

    private Icmpv6View(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>What it is.</summary>
    public Icmpv6Type Type => (Icmpv6Type)_message[TypeAt];

    /// <summary>A finer distinction, its meaning given by the type.</summary>
    public byte Code => _message[CodeAt];

    /// <summary>The checksum as it is written.</summary>
    public ushort Checksum => NetworkOrder.ReadUInt16(_message, ChecksumAt);

    /// <summary>Of an echo: which program asks.</summary>
    public ushort Identifier => NetworkOrder.ReadUInt16(_message, IdentifierAt);

    /// <summary>Of an echo: which question of that program.</summary>
    public ushort Sequence => NetworkOrder.ReadUInt16(_message, SequenceAt);

    /// <summary>Of "too big": what would have fitted.</summary>
    public uint Mtu => NetworkOrder.ReadUInt32(_message, IdentifierAt);

    /// <summary>Data of an echo; of an error, the packet that caused it, cut short.</summary>
    public ReadOnlySpan<byte> Body => _message[BodyAt..];

    /// <summary>The header as a value.</summary>
    public Icmpv6Header Header => new(Type, Code, NetworkOrder.ReadUInt32(_message, IdentifierAt));

    /// <summary>Whether the checksum is right, given the partial sum of the packet's pseudo header.</summary>
    public bool IsChecksumRight(ulong pseudoHeader) => InternetChecksum.Verifies(_message, pseudoHeader);

    /// <summary>Accepts a message whose header is whole.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out Icmpv6View view)
    {
        bool accepted = message.Length >= HeaderLength;
        view = accepted ? new Icmpv6View(message) : default;
        return accepted;
    }
}

/// <summary>The header of an ICMPv6 message, to be written.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Code">A finer distinction.</param>
/// <param name="Rest">The four bytes whose meaning the type gives.</param>
public readonly record struct Icmpv6Header(Icmpv6Type Type, byte Code, uint Rest)
{
    /// <summary>A question that wants the same body back.</summary>
    public static Icmpv6Header EchoRequest(ushort identifier, ushort sequence) =>
        new(Icmpv6Type.EchoRequest, 0, ((uint)identifier << 16) | sequence);

    /// <summary>The answer to a question.</summary>
    public static Icmpv6Header EchoReply(ushort identifier, ushort sequence) =>
        new(Icmpv6Type.EchoReply, 0, ((uint)identifier << 16) | sequence);

    /// <summary>A packet, the body, could not be delivered.</summary>
    public static Icmpv6Header Unreachable(Icmpv6UnreachableCode code) => new(Icmpv6Type.Unreachable, (byte)code, 0);

    /// <summary>A packet, the body, is too big for the next hop (RFC 4443, 3.2).</summary>
    public static Icmpv6Header TooBig(uint mtu) => new(Icmpv6Type.TooBig, 0, mtu);

    /// <summary>Writes header, checksum and body; false if they do not fit.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="body">What follows the header.</param>
    /// <param name="pseudoHeader">The partial sum of the packet's pseudo header.</param>
    public bool TryWrite(ref SpanWriter writer, ReadOnlySpan<byte> body, ulong pseudoHeader)
    {
        if (writer.Remaining < Icmpv6View.HeaderLength + body.Length)
        {
            return false;
        }

        int start = writer.Position;
        _ = writer.TryWriteByte((byte)Type);
        _ = writer.TryWriteByte(Code);
        _ = writer.TryReserve(sizeof(ushort), out int checksumAt);
        _ = writer.TryWriteNetworkUInt32(Rest);
        _ = writer.TryWrite(body);
        ulong sum = InternetChecksum.Add(pseudoHeader, writer.Written[start..]);
        writer.PatchNetworkUInt16(checksumAt, InternetChecksum.Finish(sum));
        return true;
    }
}
