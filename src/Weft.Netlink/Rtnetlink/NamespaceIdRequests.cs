namespace Weft.Netlink.Rtnetlink;

/// <summary>Requests about the numbers by which one namespace knows another: they stand in IFLA_LINK_NETNSID and in
/// what a socket hears from all namespaces.</summary>
public static class NamespaceIdRequests
{
    private const NetlinkFlags Change = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_ACK;

    /// <summary>Asks for the number of the namespace at a path.</summary>
    public static NetlinkRequest Get(string path)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_GETNSID, Change, NamespaceId.FixedLength);
        writer.AddNamespace(NamespaceId.DescriptorAttribute, path);
        return writer.ToRequest();
    }

    /// <summary>Gives the namespace at a path a number, or lets the kernel choose; refused if it has one.</summary>
    public static NetlinkRequest New(string path, int? id = null)
    {
        NetlinkWriter writer = new((ushort)RtnetlinkType.RTM_NEWNSID, Change, NamespaceId.FixedLength);
        writer.AddInt32(NamespaceId.IdAttribute, id ?? NamespaceId.NotAssigned);
        writer.AddNamespace(NamespaceId.DescriptorAttribute, path);
        return writer.ToRequest();
    }
}
