using System;
using Weft.Net.Bytes;
using Weft.Net.Decoding;

namespace Weft.Bgp.Formats;

/// <summary>A message of BGP-4 (RFC 4271, 4.1). A segment of TCP may carry several: each is a layer.</summary>
internal sealed class BgpFormat() : Format("bgp", "Border Gateway Protocol", new FormatKey(KeySpace.TcpPort, 179))
{
    private const int MarkerLength = 16;
    private const int LengthMin = 19;
    private const int LengthAt = 16;
    private const int TypeAt = 18;

    // Said to the next layer: what follows a message must be one.
    private const uint Following = uint.MaxValue;

    private static readonly Shape Head = Shape.Of(
        "BGP header",
        Bits.Of(128, Field.Bytes("bgp.marker", "marker")),
        Bits.Of(16, Field.Dec("bgp.length", "length")),
        Bits.Of(8, Field.Dec("bgp.type", "type", BgpWords.Message)));

    private static readonly Field Continued = Field.Bytes("bgp.continuation", "rest of a message of an earlier segment");
    private static readonly Field Body = Field.Bytes("bgp.unknown", "body");

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        int marked = Math.Min(MarkerLength, walk.Length);
        bool isMarked = walk.Bytes.Slice(start, marked).IndexOfAnyExcept((byte)0xFF) < 0;
        if (!isMarked && walk.Hint == Following)
        {
            walk.Report(ProblemKind.Malformed, start, "bgp.marker is not all ones");
        }
        else if (!isMarked)
        {
            // Not the beginning of a message: the segment goes on with an earlier one.
            int next = walk.Body.IndexOf(Marker);
            int end = next > 0 ? start + next : walk.End;
            walk.Bytewise(Continued, start, end - start);
            walk.Spoil();
            walk.Hint = Following;
            if (end < walk.End)
            {
                walk.Next(this, end, walk.End);
            }

            return;
        }

        if (!walk.Head(Head))
        {
            return;
        }

        int length = walk.U16(start + LengthAt);
        if (length < LengthMin)
        {
            walk.Report(ProblemKind.Malformed, start + LengthAt, "bgp.length", length, LengthMin);
            walk.Spoil();
            return;
        }

        if (length > walk.Length)
        {
            walk.Report(
                walk.Missing > 0 ? ProblemKind.Cut : ProblemKind.Length, start + LengthAt,
                walk.Missing > 0 ? "a BGP message" : "bgp.length: the message goes on in the next segment",
                walk.Missing > 0 ? walk.Length : length, walk.Missing > 0 ? length : walk.Length);
        }

        int messageEnd = Math.Min(walk.End, start + length);
        walk.Hint = Following;
        if (messageEnd < walk.End)
        {
            walk.Next(this, messageEnd, walk.End);
        }
        else
        {
            walk.Ends(messageEnd);
        }

        Part part = new(start + LengthMin, messageEnd, isWhole: length <= walk.Length);
        switch (walk.Bytes[start + TypeAt])
        {
            case BgpWords.Open:
                OpenMessage.Dissect(ref walk, part);
                break;
            case BgpWords.Update:
                UpdateMessage.Dissect(ref walk, part);
                break;
            case BgpWords.Notification:
                RareMessages.Notification(ref walk, part);
                break;
            case BgpWords.RouteRefresh or BgpWords.CiscoRouteRefresh:
                RareMessages.RouteRefresh(ref walk, part);
                break;
            default:
                if (part.Begin < part.End)
                {
                    walk.Bytewise(Body, part.Begin, part.End - part.Begin);
                }

                break;
        }
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        TextBuffer text = line.Text;
        byte type = bytes[TypeAt];
        text.Add("BGP "u8);
        if (BgpWords.Message(type) is { } word)
        {
            text.Add(word);
        }
        else
        {
            text.Add("message of type "u8).AddDec(type);
        }

        switch (type)
        {
            case BgpWords.Open when bytes.Length >= 29:
                text.Add(", AS "u8).AddDec(NetworkOrder.ReadUInt16(bytes, 20)).Add(", hold time "u8)
                    .AddDec(NetworkOrder.ReadUInt16(bytes, 22)).Add(" s, id "u8).AddIpv4(bytes[24..]);
                break;
            case BgpWords.Notification when bytes.Length >= 21:
                text.Add(": "u8).Add(BgpWords.Error(bytes[19]) ?? "unknown error");
                if (BgpWords.Suberror(bytes[19], bytes[20]) is { } reason)
                {
                    text.Add(", "u8).Add(reason);
                }

                break;
            default:
                break;
        }

        text.Add(", length "u8).AddDec(NetworkOrder.ReadUInt16(bytes, LengthAt));
        if (line.Layer.Offset + line.Layer.Length < line.Layer.End)
        {
            text.AddByte((byte)';');
        }
    }

    private static ReadOnlySpan<byte> Marker =>
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
}

/// <summary>A part of a message: where it begins and ends, as far as it is here.</summary>
internal readonly ref struct Part(int begin, int end, bool isWhole)
{
    public int Begin { get; } = begin;

    public int End { get; } = end;

    /// <summary>Whether all of it is here: what is missing then is an error of who sent it.</summary>
    public bool IsWhole { get; } = isWhole;

    public int Length => End - Begin;

    /// <summary>Says that something needs more bytes than there are.</summary>
    public void Lacks(ref Walk walk, int at, string what, int needed) => walk.Report(
        IsWhole ? ProblemKind.Malformed : ProblemKind.Length, at, what, Math.Max(0, End - at), needed);
}
