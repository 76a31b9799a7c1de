using System;
using Weft.Net.Decoding;

namespace Weft.Bgp.Formats;

/// <summary>UPDATE (RFC 4271, 4.3).</summary>
internal static class UpdateMessage
{
    private static readonly Field WithdrawnLength =
        Field.Dec("bgp.update.withdrawn_routes.length", "length of the withdrawn routes");

    private static readonly Field AttributesLength =
        Field.Dec("bgp.update.path_attributes.length", "length of the path attributes");

    private static readonly Field Withdrawn = Field.V4("bgp.withdrawn_prefix", "withdrawn");
    private static readonly Field Announced = Field.V4("bgp.nlri_prefix", "announced");

    public static void Dissect(ref Walk walk, Part body)
    {
        int at = body.Begin;
        if (!TryLength(ref walk, body, WithdrawnLength, ref at, out int length))
        {
            return;
        }

        RouteLists.Plain(ref walk, Withdrawn, 32, at, at + length, "withdrawn routes");
        at += length;
        if (!TryLength(ref walk, body, AttributesLength, ref at, out length))
        {
            return;
        }

        PathAttributes.Dissect(ref walk, new Part(at, at + length, body.IsWhole));
        at += length;
        RouteLists.Plain(ref walk, Announced, 32, at, body.End, "announced routes");
    }

    private static bool TryLength(ref Walk walk, Part body, Field field, ref int at, out int length)
    {
        length = 0;
        if (body.End - at < 2)
        {
            body.Lacks(ref walk, at, field.Name, 2);
            return false;
        }

        length = walk.U16(at);
        walk.Number(field, at, 2, (ulong)length);
        at += 2;
        if (length <= body.End - at)
        {
            return true;
        }

        body.Lacks(ref walk, at - 2, field.Name, length);
        length = Math.Max(0, body.End - at);
        return !body.IsWhole;
    }
}
