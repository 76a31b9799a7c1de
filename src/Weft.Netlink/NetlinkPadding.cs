namespace Weft.Netlink;

/// <summary>Messages and attributes begin at multiples of 4 bytes (NLMSG_ALIGNTO, NLA_ALIGNTO).</summary>
internal static class NetlinkPadding
{
    /// <summary>The next multiple of 4.</summary>
    public static int Padded(int length) => (length + 3) & ~3;
}
