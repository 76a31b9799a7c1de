using System;

namespace Weft.Netlink;

/// <summary>One message inside a datagram.</summary>
public readonly ref struct NetlinkMessageView
{
    internal NetlinkMessageView(NetlinkHeader header, ReadOnlySpan<byte> bytes)
    {
        Header = header;
        Bytes = bytes;
    }

    /// <summary>The header.</summary>
    public NetlinkHeader Header { get; }

    /// <summary>The whole message, header included, padding not.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>What follows the header.</summary>
    public ReadOnlySpan<byte> Payload => Bytes[NetlinkHeader.ByteLength..];
}

/// <summary>Splits a datagram of netlink into its messages. Never throws: it stops where the bytes stop making
/// sense and then says so (<see cref="IsMalformed"/>).</summary>
public ref struct NetlinkMessageReader
{
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts at the first message of a datagram.</summary>
    public NetlinkMessageReader(ReadOnlySpan<byte> datagram)
    {
        _rest = datagram;
    }

    /// <summary>Whether reading ended before the bytes did.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The next message; false at the end.</summary>
    public bool TryRead(out NetlinkMessageView message)
    {
        message = default;
        if (_rest.IsEmpty || IsMalformed)
        {
            return false;
        }

        if (!NetlinkHeader.TryRead(_rest, out NetlinkHeader header))
        {
            IsMalformed = true;
            return false;
        }

        message = new NetlinkMessageView(header, _rest[..header.Length]);
        _rest = _rest[Math.Min(NetlinkPadding.Padded(header.Length), _rest.Length)..];
        return true;
    }
}
