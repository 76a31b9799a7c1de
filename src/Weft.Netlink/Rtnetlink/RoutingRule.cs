using System;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>What a rule does (FR_ACT_... in <c>linux/fib_rules.h</c>).</summary>
public enum RuleAction : byte
{
    /// <summary>FR_ACT_TO_TBL: look into the table.</summary>
    ToTable = 1,

    /// <summary>FR_ACT_GOTO: go on at another rule.</summary>
    Goto = 2,

    /// <summary>FR_ACT_NOP.</summary>
    Nop = 3,

    /// <summary>FR_ACT_BLACKHOLE.</summary>
    Blackhole = 6,

    /// <summary>FR_ACT_UNREACHABLE.</summary>
    Unreachable = 7,

    /// <summary>FR_ACT_PROHIBIT.</summary>
    Prohibit = 8,
}

/// <summary>A rule of policy routing (RTM_NEWRULE): which table answers for which packets.</summary>
/// <remarks><code>
///  0       1       2       3       4
/// | family| dst   | src   | tos   |   lengths of the prefixes
/// | table | reserved      | action|
/// | flags                         | attributes (FRA_...) ...
/// </code></remarks>
public sealed record RoutingRule
{
    internal const int FixedLength = FlagsOffset + 4;
    internal const int DestinationLengthOffset = 1;
    internal const int SourceLengthOffset = DestinationLengthOffset + 1;
    internal const int TableOffset = SourceLengthOffset + 2;
    internal const int ActionOffset = TableOffset + 3;
    internal const int FlagsOffset = ActionOffset + 1;

    internal const ushort DestinationAttribute = 1; // FRA_DST
    internal const ushort SourceAttribute = 2; // FRA_SRC
    internal const ushort InputAttribute = 3; // FRA_IIFNAME
    internal const ushort PriorityAttribute = 6; // FRA_PRIORITY
    internal const ushort MarkAttribute = 10; // FRA_FWMARK
    internal const ushort TableAttribute = 15; // FRA_TABLE
    internal const ushort MaskAttribute = 16; // FRA_FWMASK
    internal const ushort OutputAttribute = 17; // FRA_OIFNAME
    internal const ushort ProtocolAttribute = 21; // FRA_PROTOCOL

    /// <summary>FIB_RULE_INVERT.</summary>
    internal const uint InvertFlag = 0x2;

    /// <summary>The family whose packets it looks at.</summary>
    public required IpFamily Family { get; init; }

    /// <summary>Rules are asked in the order of this number.</summary>
    public uint Priority { get; init; }

    /// <summary>The table that answers.</summary>
    public uint Table { get; init; }

    /// <summary>What it does.</summary>
    public RuleAction Action { get; init; } = RuleAction.ToTable;

    /// <summary>The mark that packets must have.</summary>
    public uint? Mark { get; init; }

    /// <summary>The bits of the mark that count. The kernel dumps all ones if only a mark was given.</summary>
    public uint? MarkMask { get; init; }

    /// <summary>Where packets must come from; null for anywhere.</summary>
    public IpPrefix? Source { get; init; }

    /// <summary>Where packets must go; null for anywhere.</summary>
    public IpPrefix? Destination { get; init; }

    /// <summary>The interface that packets must come in by; <c>lo</c> for this host's own.</summary>
    public string? InputInterface { get; init; }

    /// <summary>The interface that this host's packets are bound to.</summary>
    public string? OutputInterface { get; init; }

    /// <summary>Whether it is for packets that do not match.</summary>
    public bool Invert { get; init; }

    /// <summary>Who put it there, as for routes.</summary>
    public byte Protocol { get; init; }

    /// <summary>Reads what follows the header of RTM_NEWRULE or RTM_DELRULE.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out RoutingRule? value)
    {
        value = null;
        if (payload.Length < FixedLength
            || !AddressFamily.TryRead(payload[0], out IpFamily family)
            || !AttributeReader.TryParse(payload[FixedLength..], out AttributeReader attributes))
        {
            return false;
        }

        RoutingRule rule = new()
        {
            Family = family,
            Table = payload[TableOffset],
            Action = (RuleAction)payload[ActionOffset],
            Invert = (HostOrder.ReadUInt32(payload, FlagsOffset) & InvertFlag) != 0,
        };
        foreach (NetlinkAttribute attribute in attributes)
        {
            if (!rule.TryWith(
                attribute, payload[SourceLengthOffset], payload[DestinationLengthOffset], out rule))
            {
                return false;
            }
        }

        value = rule;
        return true;
    }

    private bool TryWith(
        NetlinkAttribute attribute, int sourceLength, int destinationLength, out RoutingRule rule)
    {
        rule = this;
        switch (attribute.Type)
        {
            case SourceAttribute when TryReadPrefix(attribute, sourceLength, out IpPrefix source):
                rule = this with { Source = source };
                return true;
            case DestinationAttribute when TryReadPrefix(attribute, destinationLength, out IpPrefix destination):
                rule = this with { Destination = destination };
                return true;
            case PriorityAttribute when attribute.TryRead(out uint priority):
                rule = this with { Priority = priority };
                return true;
            case TableAttribute when attribute.TryRead(out uint table):
                rule = this with { Table = table };
                return true;
            case MarkAttribute when attribute.TryRead(out uint mark):
                rule = this with { Mark = mark };
                return true;
            case MaskAttribute when attribute.TryRead(out uint mask):
                rule = this with { MarkMask = mask };
                return true;
            case ProtocolAttribute when attribute.TryRead(out byte protocol):
                rule = this with { Protocol = protocol };
                return true;
            case InputAttribute:
                rule = this with { InputInterface = attribute.ReadText() };
                return true;
            case OutputAttribute:
                rule = this with { OutputInterface = attribute.ReadText() };
                return true;
            case SourceAttribute or DestinationAttribute or PriorityAttribute or TableAttribute or MarkAttribute
                or MaskAttribute or ProtocolAttribute:
                return false;
            default:
                return true;
        }
    }

    private bool TryReadPrefix(NetlinkAttribute attribute, int length, out IpPrefix prefix)
    {
        prefix = default;
        if (!attribute.TryRead(out IpAddress address) || address.Family != Family || length > address.BitLength)
        {
            return false;
        }

        prefix = new IpPrefix(address, length);
        return true;
    }
}
