using System;
using Weft.Net.Bytes;

namespace Weft.Net.Packets;

/// <summary>What an ARP message is (RFC 826). Open: any other number may occur.</summary>
public enum ArpOperation : ushort
{
    /// <summary>Who has the target address?</summary>
    Request = 1,

    /// <summary>The sender has the sender address.</summary>
    Reply = 2,
}

/// <summary>An ARP message for IPv4 over Ethernet, checked (RFC 826).</summary>
/// <remarks>
/// <code>
///  0          2          4      5      6          8            14          18            24          28
/// +----------+----------+------+------+----------+------------+-----------+------------+-----------+
/// | hw 1     | 0x0800   | 6    | 4    | operation| sender MAC | sender IP | target MAC | target IP |
/// +----------+----------+------+------+----------+------------+-----------+------------+-----------+
/// </code>
/// </remarks>
public readonly ref struct ArpView
{
    /// <summary>Bytes of a message.</summary>
    public const int Length = TargetIpAt + 4;

    private const int HardwareTypeAt = 0;
    private const int ProtocolTypeAt = HardwareTypeAt + 2;
    private const int HardwareLengthAt = ProtocolTypeAt + 2;
    private const int ProtocolLengthAt = HardwareLengthAt + 1;
    private const int OperationAt = ProtocolLengthAt + 1;
    private const int SenderMacAt = OperationAt + 2;
    private const int SenderIpAt = SenderMacAt + MacAddress.ByteLength;
    private const int TargetMacAt = SenderIpAt + 4;
    private const int TargetIpAt = TargetMacAt + MacAddress.ByteLength;

    private readonly ReadOnlySpan<byte> _message;

    private ArpView(ReadOnlySpan<byte> message) => _message = message;

    /// <summary>The message as a value.</summary>
    public ArpMessage Message => new(
        (ArpOperation)NetworkOrder.ReadUInt16(_message, OperationAt),
        MacAddress.ReadFrom(_message[SenderMacAt..]),
        Ipv4Address.ReadFrom(_message[SenderIpAt..]),
        MacAddress.ReadFrom(_message[TargetMacAt..]),
        Ipv4Address.ReadFrom(_message[TargetIpAt..]));

    /// <summary>Accepts a whole message for IPv4 over Ethernet; padding may follow.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out ArpView view)
    {
        bool accepted = message.Length >= Length
            && NetworkOrder.ReadUInt16(message, HardwareTypeAt) == ArpMessage.Ethernet
            && NetworkOrder.ReadUInt16(message, ProtocolTypeAt) == (ushort)EtherType.Ipv4
            && message[HardwareLengthAt] == MacAddress.ByteLength
            && message[ProtocolLengthAt] == 4;
        view = accepted ? new ArpView(message[..Length]) : default;
        return accepted;
    }
}

/// <summary>An ARP message for IPv4 over Ethernet.</summary>
/// <param name="Operation">Question or answer.</param>
/// <param name="SenderMac">The link address of who speaks.</param>
/// <param name="SenderIp">The address of who speaks; 0.0.0.0 in a probe (RFC 5227).</param>
/// <param name="TargetMac">The link address of who is meant; zero in a question.</param>
/// <param name="TargetIp">The address that is asked for.</param>
public readonly record struct ArpMessage(
    ArpOperation Operation,
    MacAddress SenderMac,
    Ipv4Address SenderIp,
    MacAddress TargetMac,
    Ipv4Address TargetIp)
{
    internal const ushort Ethernet = 1; // IANA, ARP hardware types.

    /// <summary>Writes the message; false if it does not fit.</summary>
    public bool TryWrite(ref SpanWriter writer)
    {
        if (writer.Remaining < ArpView.Length)
        {
            return false;
        }

        _ = writer.TryWriteNetworkUInt16(Ethernet);
        _ = writer.TryWriteNetworkUInt16((ushort)EtherType.Ipv4);
        _ = writer.TryWriteByte(MacAddress.ByteLength);
        _ = writer.TryWriteByte(4);
        _ = writer.TryWriteNetworkUInt16((ushort)Operation);
        WriteMac(ref writer, SenderMac);
        _ = writer.TryWriteNetworkUInt32(SenderIp.Value);
        WriteMac(ref writer, TargetMac);
        return writer.TryWriteNetworkUInt32(TargetIp.Value);
    }

    private static void WriteMac(ref SpanWriter writer, MacAddress address)
    {
        _ = writer.TryReserve(MacAddress.ByteLength, out int at);
        address.WriteTo(writer.Written[at..]);
    }
}
