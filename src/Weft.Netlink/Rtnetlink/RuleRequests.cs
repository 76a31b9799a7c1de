using System;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>Requests that add, remove and list rules of policy routing.</summary>
public static class RuleRequests
{
    private const NetlinkFlags Change = NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_ACK;

    /// <summary>Adds a rule; refused if there is the same.</summary>
    public static NetlinkRequest New(RoutingRule rule) => Write(
        RtnetlinkType.RTM_NEWRULE, Change | NetlinkFlags.NLM_F_CREATE | NetlinkFlags.NLM_F_EXCL, rule);

    /// <summary>Removes the first rule that has all of this.</summary>
    public static NetlinkRequest Delete(RoutingRule rule) => Write(RtnetlinkType.RTM_DELRULE, Change, rule);

    /// <summary>Lists the rules of a family.</summary>
    public static NetlinkRequest Dump(IpFamily family)
    {
        NetlinkWriter writer = new(
            (ushort)RtnetlinkType.RTM_GETRULE,
            NetlinkFlags.NLM_F_REQUEST | NetlinkFlags.NLM_F_DUMP,
            RoutingRule.FixedLength);
        writer.Fixed[0] = AddressFamily.Of(family);
        return writer.ToDump();
    }

    private static NetlinkRequest Write(RtnetlinkType type, NetlinkFlags flags, RoutingRule rule)
    {
        NetlinkWriter writer = new((ushort)type, flags, RoutingRule.FixedLength);
        Span<byte> header = writer.Fixed;
        header[0] = AddressFamily.Of(rule.Family);
        header[RoutingRule.SourceLengthOffset] = (byte)(rule.Source?.Length ?? 0);
        header[RoutingRule.DestinationLengthOffset] = (byte)(rule.Destination?.Length ?? 0);
        header[RoutingRule.TableOffset] = (byte)(rule.Table <= byte.MaxValue ? rule.Table : RouteTable.Unspecified);
        header[RoutingRule.ActionOffset] = (byte)rule.Action;
        HostOrder.WriteUInt32(header, RoutingRule.FlagsOffset, rule.Invert ? RoutingRule.InvertFlag : 0);
        writer.AddUInt32(RoutingRule.PriorityAttribute, rule.Priority);
        writer.AddUInt32(RoutingRule.TableAttribute, rule.Table);
        AddPrefix(ref writer, RoutingRule.SourceAttribute, rule.Source);
        AddPrefix(ref writer, RoutingRule.DestinationAttribute, rule.Destination);
        if (rule.Mark is uint mark)
        {
            writer.AddUInt32(RoutingRule.MarkAttribute, mark);
        }

        if (rule.MarkMask is uint mask)
        {
            writer.AddUInt32(RoutingRule.MaskAttribute, mask);
        }

        if (rule.InputInterface is not null)
        {
            writer.AddText(RoutingRule.InputAttribute, rule.InputInterface);
        }

        if (rule.OutputInterface is not null)
        {
            writer.AddText(RoutingRule.OutputAttribute, rule.OutputInterface);
        }

        if (rule.Protocol != 0)
        {
            writer.AddByte(RoutingRule.ProtocolAttribute, rule.Protocol);
        }

        return writer.ToRequest();
    }

    private static void AddPrefix(ref NetlinkWriter writer, ushort type, IpPrefix? prefix)
    {
        if (prefix is IpPrefix value && value.Length > 0)
        {
            writer.AddAddress(type, value.Address);
        }
    }
}
