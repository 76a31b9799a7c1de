using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>The other end of a veth pair that is being made. It cannot be set up while it is made (ENOTCONN: the
/// kernel opens it before it knows its peer): set it up afterwards, in its own namespace.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Address">Its link-layer address; null lets the kernel choose.</param>
/// <param name="Mtu">Its MTU; null is the kernel's 1500.</param>
/// <param name="Namespace">The path of the namespace in which it is made; null is the one of the socket.</param>
public sealed record VethPeer(
    string Name, MacAddress? Address = null, uint? Mtu = null, string? Namespace = null);

/// <summary>How IPv6 link-local addresses come about (<c>enum in6_addr_gen_mode</c>).</summary>
public enum Inet6AddressGenerationMode : byte
{
    /// <summary>IN6_ADDR_GEN_MODE_EUI64: from the link-layer address.</summary>
    Eui64 = 0,

    /// <summary>IN6_ADDR_GEN_MODE_NONE: not at all.</summary>
    None = 1,

    /// <summary>IN6_ADDR_GEN_MODE_STABLE_PRIVACY.</summary>
    StablePrivacy = 2,

    /// <summary>IN6_ADDR_GEN_MODE_RANDOM.</summary>
    Random = 3,
}

/// <summary>Requests that make, change, list and remove links. The kernel ignores an alias while it makes a link:
/// set it with <see cref="SetByName"/> in the same batch.</summary>
public static class LinkRequests
{
    private const NetlinkFlags Change = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_ACK;
    private const NetlinkFlags Create = Change | NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_EXCL;

    /// <summary>Makes a veth pair; refused if the name is taken.</summary>
    public static NetlinkRequest NewVeth(
        string name, VethPeer peer, MacAddress? address = null, uint? mtu = null, bool up = false, uint? group = null)
    {
        NetlinkWriter writer = Begin(name, address, mtu, up, group);
        int info = writer.BeginNest(LinkAttribute.LinkInfo);
        writer.AddText(LinkInfoAttribute.Kind, "veth");
        int data = writer.BeginNest(LinkInfoAttribute.Data);
        int nested = writer.BeginNest(LinkInfoAttribute.VethPeer);
        writer.AddRaw(Link.FixedLength);
        AddCommon(ref writer, peer.Name, peer.Address, peer.Mtu);
        if (peer.Namespace is not null)
        {
            writer.AddNamespace(LinkAttribute.NamespaceDescriptor, peer.Namespace);
        }

        writer.EndNest(nested);
        writer.EndNest(data);
        writer.EndNest(info);
        return writer.ToRequest();
    }

    /// <summary>Makes a bridge; refused if the name is taken.</summary>
    public static NetlinkRequest NewBridge(
        string name, MacAddress? address = null, uint? mtu = null, bool up = false)
    {
        NetlinkWriter writer = Begin(name, address, mtu, up);
        int info = writer.BeginNest(LinkAttribute.LinkInfo);
        writer.AddText(LinkInfoAttribute.Kind, "bridge");
        writer.EndNest(info);
        return writer.ToRequest();
    }

    /// <summary>Makes a VXLAN device; refused if the name is taken.</summary>
    public static NetlinkRequest NewVxlan(
        string name, VxlanSettings settings, MacAddress? address = null, uint? mtu = null, bool up = false, uint? group = null)
    {
        NetlinkWriter writer = Begin(name, address, mtu, up, group);
        int info = writer.BeginNest(LinkAttribute.LinkInfo);
        writer.AddText(LinkInfoAttribute.Kind, VxlanSettings.Kind);
        int data = writer.BeginNest(LinkInfoAttribute.Data);
        settings.WriteTo(ref writer);
        writer.EndNest(data);
        writer.EndNest(info);
        return writer.ToRequest();
    }

    /// <summary>Makes a device of IPv4 in IPv4; refused if the name is taken, and with EOPNOTSUPP where the kernel has
    /// no such driver.</summary>
    public static NetlinkRequest NewIpip(string name, IpipSettings settings, uint? mtu = null, bool up = false, uint? group = null)
    {
        NetlinkWriter writer = Begin(name, null, mtu, up, group);
        int info = writer.BeginNest(LinkAttribute.LinkInfo);
        writer.AddText(LinkInfoAttribute.Kind, IpipSettings.Kind);
        int data = writer.BeginNest(LinkInfoAttribute.Data);
        settings.WriteTo(ref writer);
        writer.EndNest(data);
        writer.EndNest(info);
        return writer.ToRequest();
    }

    /// <summary>Changes what is given and leaves the rest. A <paramref name="master"/> of 0 takes the link out of its
    /// bridge; <paramref name="moveToNamespace"/> is the path of a namespace, and a moved link is down there.</summary>
    public static NetlinkRequest Set(
        int index,
        bool? up = null,
        uint? mtu = null,
        MacAddress? address = null,
        string? newName = null,
        int? master = null,
        string? alias = null,
        string? moveToNamespace = null,
        uint? group = null)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_NEWLINK, Change, Link.FixedLength);
        HostOrder.WriteInt32(writer.Fixed, Link.IndexOffset, index);
        WriteUp(ref writer, up);
        AddCommon(ref writer, newName, address, mtu);
        AddGroup(ref writer, group);
        AddChange(ref writer, master, alias, moveToNamespace);
        return writer.ToRequest();
    }

    /// <summary>As <see cref="Set"/>, of the link that has a name: for links whose index is not known yet, because
    /// they are made in the same batch.</summary>
    public static NetlinkRequest SetByName(
        string name,
        bool? up = null,
        uint? mtu = null,
        MacAddress? address = null,
        int? master = null,
        string? alias = null,
        string? moveToNamespace = null)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_NEWLINK, Change, Link.FixedLength);
        WriteUp(ref writer, up);
        AddCommon(ref writer, name, address, mtu);
        AddChange(ref writer, master, alias, moveToNamespace);
        return writer.ToRequest();
    }

    /// <summary>Sets how IPv6 link-local addresses come about. Set <see cref="Inet6AddressGenerationMode.None"/>
    /// before the link is set up.</summary>
    public static NetlinkRequest SetInet6AddrGenMode(int index, Inet6AddressGenerationMode mode)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_NEWLINK, Change, Link.FixedLength);
        HostOrder.WriteInt32(writer.Fixed, Link.IndexOffset, index);
        AddInet6AddrGenMode(ref writer, mode);
        return writer.ToRequest();
    }

    /// <summary>As <see cref="SetInet6AddrGenMode"/>, of the link that has a name.</summary>
    public static NetlinkRequest SetInet6AddrGenModeByName(string name, Inet6AddressGenerationMode mode)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_NEWLINK, Change, Link.FixedLength);
        writer.AddText(LinkAttribute.Name, name);
        AddInet6AddrGenMode(ref writer, mode);
        return writer.ToRequest();
    }

    /// <summary>Removes a link; a veth takes its other end with it.</summary>
    public static NetlinkRequest Delete(int index)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_DELLINK, Change, Link.FixedLength);
        HostOrder.WriteInt32(writer.Fixed, Link.IndexOffset, index);
        return writer.ToRequest();
    }

    /// <summary>Removes the link that has a name.</summary>
    public static NetlinkRequest DeleteByName(string name)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_DELLINK, Change, Link.FixedLength);
        writer.AddText(LinkAttribute.Name, name);
        return writer.ToRequest();
    }

    /// <summary>Removes all links of a group at once; refused (ENODEV) if there are none, and if one of them cannot be
    /// removed.</summary>
    public static NetlinkRequest DeleteGroup(uint group)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_DELLINK, Change, Link.FixedLength);
        writer.AddUInt32(LinkAttribute.Group, group);
        return writer.ToRequest();
    }

    /// <summary>Asks for one link.</summary>
    public static NetlinkRequest GetByName(string name)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_GETLINK, Change, Link.FixedLength);
        writer.AddText(LinkAttribute.Name, name);
        writer.AddUInt32(LinkAttribute.ExtensionMask, LinkAttribute.SkipStatistics);
        return writer.ToRequest();
    }

    /// <summary>Asks for one link.</summary>
    public static NetlinkRequest Get(int index)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_GETLINK, Change, Link.FixedLength);
        HostOrder.WriteInt32(writer.Fixed, Link.IndexOffset, index);
        writer.AddUInt32(LinkAttribute.ExtensionMask, LinkAttribute.SkipStatistics);
        return writer.ToRequest();
    }

    /// <summary>Lists all links of the namespace, without their counters.</summary>
    public static NetlinkRequest Dump()
    {
        NetlinkWriter writer = new(
            (ushort)RtnetlinkType.RTM_GETLINK,
            NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_DUMP,
            Link.FixedLength);
        writer.AddUInt32(LinkAttribute.ExtensionMask, LinkAttribute.SkipStatistics);
        return writer.ToDump();
    }

    private static NetlinkWriter Begin(string name, MacAddress? address, uint? mtu, bool up, uint? group = null)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_NEWLINK, Create, Link.FixedLength);
        WriteUp(ref writer, up ? true : null);
        AddCommon(ref writer, name, address, mtu);
        AddGroup(ref writer, group);
        return writer;
    }

    private static void WriteUp(ref NetlinkWriter writer, bool? up)
    {
        if (up is bool value)
        {
            HostOrder.WriteUInt32(writer.Fixed, Link.FlagsOffset, value ? (uint)LinkFlags.Up : 0);
            HostOrder.WriteUInt32(writer.Fixed, Link.ChangeOffset, (uint)LinkFlags.Up);
        }
    }

    private static void AddCommon(ref NetlinkWriter writer, string? name, MacAddress? address, uint? mtu)
    {
        if (name is not null)
        {
            writer.AddText(LinkAttribute.Name, name);
        }

        if (address is MacAddress mac)
        {
            writer.AddMac(LinkAttribute.Address, mac);
        }

        if (mtu is uint value)
        {
            writer.AddUInt32(LinkAttribute.Mtu, value);
        }
    }

    private static void AddGroup(ref NetlinkWriter writer, uint? group)
    {
        if (group is uint value)
        {
            writer.AddUInt32(LinkAttribute.Group, value);
        }
    }

    private static void AddChange(ref NetlinkWriter writer, int? master, string? alias, string? moveToNamespace)
    {
        if (master is int index)
        {
            writer.AddInt32(LinkAttribute.Master, index);
        }

        if (alias is not null)
        {
            writer.AddText(LinkAttribute.Alias, alias);
        }

        if (moveToNamespace is not null)
        {
            writer.AddNamespace(LinkAttribute.NamespaceDescriptor, moveToNamespace);
        }
    }

    private static void AddInet6AddrGenMode(ref NetlinkWriter writer, Inet6AddressGenerationMode mode)
    {
        int families = writer.BeginNest(LinkAttribute.AddressFamilies);
        int inet6 = writer.BeginNest(AddressFamily.Inet6);
        writer.AddByte(Inet6Attribute.AddressGenerationMode, (byte)mode);
        writer.EndNest(inet6);
        writer.EndNest(families);
    }
}
