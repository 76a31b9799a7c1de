using System;
using Weft.Net.Decoding;

namespace Weft.Bgp.Formats;

/// <summary>The path attributes of an UPDATE (RFC 4271, 4.3 and 5, and those that came later).</summary>
internal static class PathAttributes
{
    private const int NestingMax = 4;
    private const byte ExtendedLength = 0x10;

    private static readonly Shape Head = Shape.Of(
        "attribute",
        Bits.Of(
            8, Field.Hex("bgp.update.path_attribute.flags", "flags"),
            Bits.Of(1, Field.Flag("bgp.update.path_attribute.flags.optional", "optional")),
            Bits.Of(1, Field.Flag("bgp.update.path_attribute.flags.transitive", "transitive")),
            Bits.Of(1, Field.Flag("bgp.update.path_attribute.flags.partial", "partial")),
            Bits.Of(1, Field.Flag("bgp.update.path_attribute.flags.extended_length", "two bytes of length")),
            Bits.Of(4, Field.Hex("bgp.update.path_attribute.flags.unused", "unused"))),
        Bits.Of(8, Field.Dec("bgp.update.path_attribute.type_code", "type", BgpWords.Attribute)));

    private static readonly Field Length = Field.Dec("bgp.update.path_attribute.length", "length");
    private static readonly Field Origin = Field.Dec("bgp.update.path_attribute.origin", "origin", BgpWords.Origin);
    private static readonly Field SegmentType =
        Field.Dec("bgp.update.path_attribute.as_path_segment.type", "segment", BgpWords.Segment);

    private static readonly Field SegmentLength =
        Field.Dec("bgp.update.path_attribute.as_path_segment.length", "AS numbers");

    private static readonly Field As2 = Field.Dec("bgp.update.path_attribute.as_path_segment.as2", "AS");
    private static readonly Field As4 = Field.Dec("bgp.update.path_attribute.as_path_segment.as4", "AS");
    private static readonly Field NextHop = Field.V4("bgp.update.path_attribute.next_hop", "next hop");
    private static readonly Field Discriminator = Field.Dec("bgp.update.path_attribute.multi_exit_disc", "discriminator");
    private static readonly Field LocalPreference = Field.Dec("bgp.update.path_attribute.local_pref", "preference");
    private static readonly Field AggregatorAs = Field.Dec("bgp.update.path_attribute.aggregator_as", "AS");
    private static readonly Field Aggregator = Field.V4("bgp.update.path_attribute.aggregator_origin", "aggregator");
    private static readonly Field WellKnown =
        Field.Hex("bgp.update.path_attribute.community_wellknown", "community", BgpWords.Community);

    private static readonly Field CommunityAs = Field.Dec("bgp.update.path_attribute.community_as", "community of AS");
    private static readonly Field CommunityValue = Field.Dec("bgp.update.path_attribute.community_value", "value");
    private static readonly Field Originator = Field.V4("bgp.update.path_attribute.originator_id", "originator");
    private static readonly Field Cluster = Field.V4("bgp.path_attribute.cluster_id", "cluster");
    private static readonly Field MetricType = Field.Dec("bgp.update.attribute.aigp.type", "type");
    private static readonly Field MetricLength = Field.Dec("bgp.update.attribute.aigp.length", "length");
    private static readonly Field Metric = Field.Dec("bgp.update.attribute.aigp.accu_igp_metric", "metric");
    private static readonly Field LargeAs = Field.Dec("bgp.large_communities.ga", "community of AS");
    private static readonly Field LargeFirst = Field.Dec("bgp.large_communities.ldp1", "first value");
    private static readonly Field LargeSecond = Field.Dec("bgp.large_communities.ldp2", "second value");
    private static readonly Field Customer = Field.Dec("bgp.update.path_attribute.otc", "only to customers, said by AS");
    private static readonly Field SetOrigin = Field.Dec("bgp.update.path_attribute.attr_set.origin_as", "AS");
    private static readonly Field Unknown = Field.Bytes("bgp.update.path_attribute.unknown", "data");

    public static void Dissect(ref Walk walk, Part part) => List(ref walk, part, depth: 0);

    private static void List(ref Walk walk, Part part, int depth)
    {
        int at = part.Begin;
        while (at < part.End)
        {
            bool isExtended = (walk.Bytes[at] & ExtendedLength) != 0;
            int head = isExtended ? 4 : 3;
            if (part.End - at < head)
            {
                part.Lacks(ref walk, at, "a path attribute", head);
                return;
            }

            int length = isExtended ? walk.U16(at + 2) : walk.Bytes[at + 2];
            byte type = walk.Bytes[at + 1];
            walk.Begin(BgpWords.Attribute(type) ?? "attribute", at, Math.Min(length + head, part.End - at));
            walk.Fixed(Head, at);
            walk.Number(Length, at + 2, head - 2, (ulong)length);
            if (length > part.End - at - head)
            {
                part.Lacks(ref walk, at + 2, "bgp.update.path_attribute.length", length);
                walk.Close();
                return;
            }

            if (walk.IsDetailed)
            {
                One(ref walk, type, new Part(at + head, at + head + length, part.IsWhole), depth);
            }

            walk.Close();
            at += head + length;
        }
    }

    private static void One(ref Walk walk, byte type, Part part, int depth)
    {
        int at = part.Begin;
        switch (type, part.Length)
        {
            case (1, 1):
                walk.Number(Origin, at, 1, walk.Bytes[at]);
                break;
            case (2, _):
                Path(ref walk, part, SessionGuess.AsLength(walk.Bytes[at..part.End]));
                break;
            case (17, _):
                Path(ref walk, part, asLength: 4);
                break;
            case (3, 4):
                walk.Bytewise(NextHop, at, 4);
                break;
            case (4 or 5, 4):
                walk.Number(type == 4 ? Discriminator : LocalPreference, at, 4, walk.U32(at));
                break;
            case (7 or 18, 6):
                walk.Number(AggregatorAs, at, 2, walk.U16(at));
                walk.Bytewise(Aggregator, at + 2, 4);
                break;
            case (7 or 18, 8):
                walk.Number(AggregatorAs, at, 4, walk.U32(at));
                walk.Bytewise(Aggregator, at + 4, 4);
                break;
            case (8, _) when part.Length % 4 == 0:
                Communities(ref walk, part);
                break;
            case (9, 4):
                walk.Bytewise(Originator, at, 4);
                break;
            case (10, _) when part.Length % 4 == 0:
                for (; at < part.End; at += 4)
                {
                    walk.Bytewise(Cluster, at, 4);
                }

                break;
            case (14, _):
                FamilyAttributes.Reach(ref walk, part);
                break;
            case (15, _):
                FamilyAttributes.Unreach(ref walk, part);
                break;
            case (16, _) when part.Length % 8 == 0:
                ExtendedCommunities.Dissect(ref walk, at, part.End);
                break;
            case (26, _):
                Metrics(ref walk, part);
                break;
            case (32, _) when part.Length % 12 == 0:
                for (; at < part.End; at += 12)
                {
                    walk.Number(LargeAs, at, 4, walk.U32(at));
                    walk.Number(LargeFirst, at + 4, 4, walk.U32(at + 4));
                    walk.Number(LargeSecond, at + 8, 4, walk.U32(at + 8));
                }

                break;
            case (35, 4):
                walk.Number(Customer, at, 4, walk.U32(at));
                break;
            case (128, >= 4) when depth < NestingMax:
                walk.Number(SetOrigin, at, 4, walk.U32(at));
                List(ref walk, new Part(at + 4, part.End, part.IsWhole), depth + 1);
                break;
            default:
                Other(ref walk, type, part);
                break;
        }
    }

    private static void Other(ref Walk walk, byte type, Part part)
    {
        // RFC 7606, 7: each of these has one length, or a multiple of one.
        int? expected = type switch
        {
            1 => 1,
            3 or 4 or 5 or 9 or 35 => 4,
            7 or 18 => 8,
            8 or 10 => 4 * (1 + (part.Length / 4)),
            16 => 8 * (1 + (part.Length / 8)),
            32 => 12 * (1 + (part.Length / 12)),
            _ => null,
        };
        if (expected is { } length)
        {
            walk.Report(ProblemKind.Malformed, part.Begin, "bgp.update.path_attribute.length", part.Length, length);
        }

        if (part.Length > 0)
        {
            walk.Bytewise(Unknown, part.Begin, part.Length);
        }
    }

    private static void Path(ref Walk walk, Part part, int asLength)
    {
        int at = part.Begin;
        while (at < part.End)
        {
            int count = part.End - at >= 2 ? walk.Bytes[at + 1] : int.MaxValue / 8;
            if (count * asLength > part.End - at - 2)
            {
                part.Lacks(ref walk, at, "a segment of the AS path", count == int.MaxValue / 8 ? 2 : 2 + (count * asLength));
                return;
            }

            walk.Number(SegmentType, at, 1, walk.Bytes[at]);
            walk.Number(SegmentLength, at + 1, 1, (ulong)count);
            at += 2;
            for (int i = 0; i < count; i++, at += asLength)
            {
                walk.Number(asLength == 4 ? As4 : As2, at, asLength, asLength == 4 ? walk.U32(at) : walk.U16(at));
            }
        }
    }

    private static void Communities(ref Walk walk, Part part)
    {
        for (int at = part.Begin; at < part.End; at += 4)
        {
            if (BgpWords.Community(walk.U32(at)) is not null)
            {
                walk.Number(WellKnown, at, 4, walk.U32(at));
            }
            else
            {
                walk.Number(CommunityAs, at, 2, walk.U16(at));
                walk.Number(CommunityValue, at + 2, 2, walk.U16(at + 2));
            }
        }
    }

    // RFC 7311, 3.
    private static void Metrics(ref Walk walk, Part part)
    {
        int at = part.Begin;
        while (at < part.End)
        {
            int length = part.End - at >= 3 ? walk.U16(at + 1) : 0;
            if (length < 3 || length > part.End - at)
            {
                part.Lacks(ref walk, at, "bgp.update.attribute.aigp.length", Math.Max(3, length));
                return;
            }

            walk.Number(MetricType, at, 1, walk.Bytes[at]);
            walk.Number(MetricLength, at + 1, 2, (ulong)length);
            if (length == 11)
            {
                walk.Number(Metric, at + 3, 8, ((ulong)walk.U32(at + 3) << 32) | walk.U32(at + 7));
            }
            else if (length > 3)
            {
                walk.Bytewise(Unknown, at + 3, length - 3);
            }

            at += length;
        }
    }
}
