using System;

namespace Weft.Net.Decoding.Output;

/// <summary>A packet as a tree: each field with its place, length, value, meaning and Wireshark's name.</summary>
public static class TreeOutput
{
    private const int PlaceWidth = 16;
    private const int LongestBytes = 64;

    /// <summary>Writes a packet.</summary>
    public static void Write(TextBuffer text, Dissection dissection, ReadOnlySpan<byte> frame, in PacketFacts facts)
    {
        WriteFirstLine(text, facts);
        for (int i = 0; i < dissection.Layers.Length; i++)
        {
            Layer layer = dissection.Layers[i];
            ReadOnlySpan<byte> source = dissection.BytesOf(layer.Source, frame);
            WriteHeading(text, layer);
            FieldCursor cursor = new(dissection, layer, source);
            while (cursor.MoveNext())
            {
                WriteField(text, cursor);
            }

            WriteProblems(text, dissection, i);
        }

        text.Add("\n"u8);
    }

    internal static void WriteFirstLine(TextBuffer text, in PacketFacts facts)
    {
        text.Add("packet "u8).AddDec((ulong)facts.Number);
        if (facts.UnixNanoseconds is { } time)
        {
            text.Add(", "u8);
            PacketTime.WriteDateAndTime(text, time);
        }

        text.Add(", "u8).AddDec((ulong)facts.Length).Add(" bytes"u8);
        if (facts.Captured < facts.Length)
        {
            text.Add(", "u8).AddDec((ulong)facts.Captured).Add(" of them captured"u8);
        }

        text.Add("\n"u8);
    }

    internal static void WriteHeading(TextBuffer text, in Layer layer)
    {
        text.Add(layer.Format.Title).Add(" ["u8).Add(layer.Format.Name).Add("], "u8);
        if (layer.Source > 0)
        {
            text.Add("joined from fragments, "u8);
        }

        text.AddDec((ulong)layer.Length).Add(" bytes at "u8).AddDec((ulong)layer.Offset).Add("\n"u8);
    }

    internal static void WriteProblems(TextBuffer text, Dissection dissection, int layer)
    {
        foreach (Problem problem in dissection.Problems)
        {
            if (problem.Layer == layer || (problem.Layer >= dissection.Layers.Length && layer == dissection.Layers.Length - 1))
            {
                int start = text.Count;
                text.Add("  "u8).AddDec((ulong)problem.Offset);
                text.AddRepeated((byte)' ', Math.Max(PlaceWidth - (text.Count - start), 1)).Add("! "u8);
                problem.WriteTo(text);
                text.Add("\n"u8);
            }
        }
    }

    internal static void WriteField(TextBuffer text, in FieldCursor cursor)
    {
        int start = text.Count;
        text.Add("  "u8).AddDec((ulong)(cursor.BitOffset / 8));
        if (cursor.BitOffset % 8 != 0)
        {
            text.AddByte((byte)'.').AddDec((ulong)(cursor.BitOffset % 8));
        }

        text.AddByte((byte)'+');
        if (cursor.Width % 8 == 0)
        {
            text.AddDec((ulong)(cursor.Width / 8));
        }
        else
        {
            text.AddDec((ulong)cursor.Width).Add(cursor.Width == 1 ? " bit"u8 : " bits"u8);
        }

        text.AddRepeated((byte)' ', Math.Max(PlaceWidth - (text.Count - start), 1)).AddRepeated((byte)' ', 2 * cursor.Depth);
        if (cursor.IsHeading)
        {
            text.Add((string)cursor.Entry.What!).Add("\n"u8);
            return;
        }

        if (cursor.Field is not { } field)
        {
            text.Add("reserved: "u8).AddDec(cursor.Number).Add("\n"u8);
            return;
        }

        text.Add(field.Title).Add(": "u8);
        int valueAt = text.Count;
        FieldText.Write(text, cursor, isJson: false);
        if (field.Type == FieldType.Bytes && text.Count - valueAt > LongestBytes)
        {
            text.CutTo(valueAt + LongestBytes);
            text.Add("..."u8);
        }

        if (field.Meaning?.Invoke(cursor.Number) is { } meaning)
        {
            text.Add(" ("u8).Add(meaning).AddByte((byte)')');
        }

        if (field.Name.Length > 0)
        {
            text.Add("  ["u8).Add(field.Name).AddByte((byte)']');
        }

        text.Add("\n"u8);
    }
}
