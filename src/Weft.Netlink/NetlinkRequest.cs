using System;
using System.Collections.Generic;
using System.Globalization;
using Weft.Net;
using Weft.Netlink.Nftables;
using Weft.Netlink.Rtnetlink;

namespace Weft.Netlink;

/// <summary>Four bytes of a request in which the sender writes the descriptor of a network namespace, opened just
/// before sending. So a pure project never holds a descriptor, and a request can be recorded and replayed.</summary>
/// <param name="Offset">Where in the message the four bytes stand.</param>
/// <param name="Namespace">The path of the namespace: <c>/run/netns/blue</c>, <c>/proc/42/ns/net</c>.</param>
public readonly record struct NamespaceReference(int Offset, string Namespace);

/// <summary>A whole message, ready to send. Its sequence number is 0; the socket stamps its own.</summary>
public sealed class NetlinkRequest
{
    private readonly byte[] _bytes;
    private readonly NamespaceReference[] _references;

    internal NetlinkRequest(byte[] bytes, bool isDump, NamespaceReference[] references)
    {
        Invariant.Holds(NetlinkHeader.TryRead(bytes, out NetlinkHeader header));
        Header = header;
        IsDump = isDump;
        _bytes = bytes;
        _references = references;
    }

    /// <summary>The header.</summary>
    public NetlinkHeader Header { get; }

    /// <summary>The message, header included.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Whether it asks for a list, which ends with NLMSG_DONE instead of an acknowledgement.</summary>
    public bool IsDump { get; }

    /// <summary>The places that wait for a descriptor.</summary>
    public IReadOnlyList<NamespaceReference> References => _references;

    /// <summary>The type by name and the size, for people: <c>RTM_NEWROUTE (52 bytes)</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{TypeName} ({Header.Length} bytes)");

    // The types of rtnetlink are below those of netfilter, whose subsystems begin at 256.
    private string TypeName => NetfilterHeader.SubsystemOf(Header.Type) switch
    {
        NetfilterSubsystem.None => ((RtnetlinkType)Header.Type).ToString(),
        NetfilterSubsystem.Nftables => ((NftMessageType)(Header.Type & 0xFF)).ToString(),
        NetfilterSubsystem other => string.Create(CultureInfo.InvariantCulture, $"{other} {Header.Type & 0xFF}"),
    };
}
