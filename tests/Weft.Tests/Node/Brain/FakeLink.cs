using Weft.Net.Bytes;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>A link of a <see cref="FakeNamespace"/>, and the way its request is read and its message written.</summary>
internal sealed class FakeLink(Link link)
{
    public Link Link { get; set; } = link;

    /// <summary>The far end of a veth: where, and by which index.</summary>
    public (FakeNamespace Space, int Index)? Peer { get; set; }

    /// <summary>Gives the link a carrier, or takes it.</summary>
    public void SetRunning(bool running)
    {
        const LinkFlags carrier = LinkFlags.Running | LinkFlags.LowerUp;
        Link = Link with { Flags = running ? Link.Flags | carrier : Link.Flags & ~carrier };
    }

    /// <summary>What a request to make or change a link says beyond what <see cref="Link"/> has.</summary>
    public static bool? WantsUp(NetlinkRequest request)
    {
        uint mask = HostOrder.ReadUInt32(request.Bytes.Span[NetlinkHeader.ByteLength..], Link.ChangeOffset);
        uint flags = HostOrder.ReadUInt32(request.Bytes.Span[NetlinkHeader.ByteLength..], Link.FlagsOffset);
        return (mask & (uint)LinkFlags.Up) == 0 ? null : (flags & (uint)LinkFlags.Up) != 0;
    }

    /// <summary>The far end that a request to make a veth asks for.</summary>
    public static Link? PeerOf(NetlinkRequest request)
    {
        Assert.True(AttributeReader.TryParse(
            request.Bytes.Span[(NetlinkHeader.ByteLength + Link.FixedLength)..], out AttributeReader attributes));
        foreach (NetlinkAttribute attribute in attributes)
        {
            if (attribute.Type == LinkAttribute.LinkInfo && attribute.TryReadNested(out AttributeReader info))
            {
                foreach (NetlinkAttribute part in info)
                {
                    if (part.Type == LinkInfoAttribute.Data && part.TryReadNested(out AttributeReader data))
                    {
                        foreach (NetlinkAttribute peer in data)
                        {
                            return peer.Type == LinkInfoAttribute.VethPeer && Link.TryDecode(peer.Value, out Link? link)
                                ? link with { Kind = "veth" }
                                : null;
                        }
                    }
                }
            }
        }

        return null;
    }

    /// <summary>The link as the kernel tells it.</summary>
    public byte[] ToMessage(RtnetlinkType type = RtnetlinkType.RTM_NEWLINK)
    {
        NetlinkWriter writer = new((ushort)type, NetlinkFlags.None, Link.FixedLength);
        HostOrder.WriteInt32(writer.Fixed, Link.IndexOffset, Link.Index);
        HostOrder.WriteUInt32(writer.Fixed, Link.FlagsOffset, (uint)Link.Flags);
        writer.AddText(LinkAttribute.Name, Link.Name);
        writer.AddUInt32(LinkAttribute.Mtu, Link.Mtu);
        if (Link.Address is { } address)
        {
            writer.AddMac(LinkAttribute.Address, address);
        }

        if (Link.Alias is { Length: > 0 } alias)
        {
            writer.AddText(LinkAttribute.Alias, alias);
        }

        writer.AddUInt32(LinkAttribute.Group, Link.Group);
        if (Peer is { } peer)
        {
            writer.AddInt32(LinkAttribute.Link, peer.Index);
            writer.AddInt32(LinkAttribute.LinkNamespaceId, peer.Space.Id);
        }

        if (Link.Kind is { } kind)
        {
            int info = writer.BeginNest(LinkAttribute.LinkInfo);
            writer.AddText(LinkInfoAttribute.Kind, kind);
            if (Link.Vxlan is { } vxlan)
            {
                int data = writer.BeginNest(LinkInfoAttribute.Data);
                vxlan.WriteTo(ref writer);
                writer.EndNest(data);
            }

            else if (Link.Ipip is { } ipip)
            {
                int data = writer.BeginNest(LinkInfoAttribute.Data);
                ipip.WriteTo(ref writer);
                writer.EndNest(data);
            }

            writer.EndNest(info);
        }

        return writer.ToRequest().Bytes.ToArray();
    }
}
