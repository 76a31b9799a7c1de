using Weft.Net;
using Weft.Netlink.Rtnetlink;

namespace Weft.Netlink.Conntrack;

/// <summary>What may be changed of a connection that is there; null leaves as it is.</summary>
public sealed record ConntrackChange
{
    /// <summary>The new mark, in the bits of <see cref="MarkMask"/>.</summary>
    public uint? Mark { get; init; }

    /// <summary>The bits of the mark that change; the others stay.</summary>
    public uint MarkMask { get; init; } = uint.MaxValue;

    /// <summary>In how many seconds it is forgotten, if no packet comes.</summary>
    public uint? TimeoutSeconds { get; init; }

    /// <summary>The new status. Bits can be set that the kernel lets be set (<see cref="ConntrackStatus.Assured"/>,
    /// <see cref="ConntrackStatus.SeenReply"/>, <see cref="ConntrackStatus.FixedTimeout"/>); it must repeat those that
    /// are set.</summary>
    public ConntrackStatus? Status { get; init; }
}

/// <summary>Requests to connection tracking (ctnetlink).</summary>
public static class ConntrackRequests
{
    private const NetlinkFlags Change = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_ACK;
    private const NetlinkFlags List = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_DUMP;
    private const int VersionOffset = 1;

    /// <summary>Lists connections: all, or those that a filter means.</summary>
    public static NetlinkRequest Dump(ConntrackFilter? filter = null)
    {
        NetlinkWriter writer = Begin(ConntrackMessageType.Get, List, filter?.ImpliedFamily);
        filter?.Encode(ref writer);
        return writer.ToDump();
    }

    /// <summary>One connection, by either of its directions. ENOENT if there is none.</summary>
    public static NetlinkRequest Get(ConntrackTuple tuple, bool isReply = false, ushort zone = 0)
    {
        NetlinkWriter writer = Begin(ConntrackMessageType.Get, Change, tuple.Family);
        AddTuple(ref writer, tuple, isReply, zone);
        return writer.ToRequest();
    }

    /// <summary>How many connections there are.</summary>
    public static NetlinkRequest Count() => Begin(ConntrackMessageType.GetStats, Change, null).ToRequest();

    /// <summary>Forgets one connection, by either of its directions. With an <paramref name="id"/>, only if it is still
    /// that one, and not another with the same tuple. ENOENT if there is none.</summary>
    public static NetlinkRequest Delete(ConntrackTuple tuple, bool isReply = false, ushort zone = 0, uint? id = null)
    {
        NetlinkWriter writer = Begin(ConntrackMessageType.Delete, Change, tuple.Family);
        AddTuple(ref writer, tuple, isReply, zone);
        if (id is uint number)
        {
            writer.AddUInt32NetworkOrder(ConntrackAttribute.Id, number);
        }

        return writer.ToRequest();
    }

    /// <summary>Forgets every connection that a filter means, in one request. A filter that says nothing forgets all.
    /// </summary>
    public static NetlinkRequest DeleteMatching(ConntrackFilter filter)
    {
        NetlinkWriter writer = Begin(ConntrackMessageType.Delete, Change, filter.ImpliedFamily);
        if (filter.ImpliedFamily is not null)
        {
            // Version 0 means "all families, whatever the header says": how old programs asked.
            writer.Fixed[VersionOffset] = 1;
        }

        filter.Encode(ref writer);
        return writer.ToRequest();
    }

    /// <summary>Changes a connection that is there, named by its original direction. ENOENT if there is none.</summary>
    public static NetlinkRequest Update(ConntrackTuple original, ConntrackChange change, ushort zone = 0)
    {
        NetlinkWriter writer = Begin(ConntrackMessageType.New, Change, original.Family);
        AddTuple(ref writer, original, isReply: false, zone);
        if (change.Status is ConntrackStatus status)
        {
            writer.AddUInt32NetworkOrder(ConntrackAttribute.Status, (uint)status);
        }

        if (change.TimeoutSeconds is uint seconds)
        {
            writer.AddUInt32NetworkOrder(ConntrackAttribute.Timeout, seconds);
        }

        if (change.Mark is uint mark)
        {
            Invariant.Holds((mark & ~change.MarkMask) == 0);
            writer.AddUInt32NetworkOrder(ConntrackAttribute.Mark, mark);
            if (change.MarkMask != uint.MaxValue)
            {
                // The kernel: mark = (mark & ~mask) ^ value.
                writer.AddUInt32NetworkOrder(ConntrackAttribute.MarkMask, change.MarkMask);
            }
        }

        return writer.ToRequest();
    }

    /// <summary>Makes a connection, as if its packets had been seen: tuples, timeout, status, mark, and of TCP its state.
    /// EEXIST if there is one with its tuples.</summary>
    public static NetlinkRequest Create(ConntrackEntry entry)
    {
        NetlinkWriter writer = Begin(
            ConntrackMessageType.New, Change | NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_EXCL, entry.Family);
        AddTuple(ref writer, entry.Original, isReply: false, entry.Zone);
        entry.Reply.Encode(ref writer, ConntrackAttribute.TupleReply);
        if (entry.Status != ConntrackStatus.None)
        {
            writer.AddUInt32NetworkOrder(ConntrackAttribute.Status, (uint)(entry.Status | ConntrackStatus.Confirmed));
        }

        writer.AddUInt32NetworkOrder(ConntrackAttribute.Timeout, entry.TimeoutSeconds ?? 0);
        if (entry.Mark != 0)
        {
            writer.AddUInt32NetworkOrder(ConntrackAttribute.Mark, entry.Mark);
        }

        if (entry.Labels.Length != 0)
        {
            writer.Add(ConntrackAttribute.Labels, entry.Labels.Span);
        }

        entry.Tcp?.Encode(ref writer);
        return writer.ToRequest();
    }

    private static NetlinkWriter Begin(ConntrackMessageType type, NetlinkFlags flags, IpFamily? family) =>
        NetfilterHeader.Begin(NetfilterSubsystem.Conntrack, (byte)type, flags, AddressFamily.Of(family));

    private static void AddTuple(ref NetlinkWriter writer, ConntrackTuple tuple, bool isReply, ushort zone)
    {
        tuple.Encode(ref writer, isReply ? ConntrackAttribute.TupleReply : ConntrackAttribute.TupleOriginal);
        if (zone != 0)
        {
            writer.AddUInt16NetworkOrder(ConntrackAttribute.Zone, zone);
        }
    }
}
