using System;
using System.Collections.Generic;

namespace Weft.Net.Decoding.Output;

/// <summary>Headers as the books draw them: 32 bits a row, the values in the boxes. What does not fit its box is
/// explained below it.</summary>
public static class BoxOutput
{
    private const int RowBits = 32;

    /// <summary>Writes a packet.</summary>
    public static void Write(TextBuffer text, Dissection dissection, ReadOnlySpan<byte> frame, in PacketFacts facts)
    {
        TreeOutput.WriteFirstLine(text, facts);
        for (int i = 0; i < dissection.Layers.Length; i++)
        {
            Layer layer = dissection.Layers[i];
            TreeOutput.WriteHeading(text, layer);
            ReadOnlySpan<byte> source = dissection.BytesOf(layer.Source, frame);
            FieldCursor cursor = new(dissection, layer, source);
            List<Cell> cells = [];
            int shapeAt = -1;
            while (cursor.MoveNext())
            {
                if (cursor.Entry.Kind != EntryKind.Shape || cursor.Entry.Shape.ByteLength < 4)
                {
                    Draw(text, cells);
                    TreeOutput.WriteField(text, cursor);
                    continue;
                }

                if (shapeAt != cursor.Entry.Offset)
                {
                    Draw(text, cells);
                    shapeAt = cursor.Entry.Offset;
                }

                Take(cells, cursor, (8 * shapeAt));
            }

            Draw(text, cells);
            TreeOutput.WriteProblems(text, dissection, i);
        }

        text.Add("\n"u8);
    }

    // A field that its parts cover gives its place to them.
    private static void Take(List<Cell> cells, in FieldCursor cursor, int origin)
    {
        TextBuffer value = new();
        if (cursor.Field is null)
        {
            value.AddDec(cursor.Number);
        }
        else
        {
            FieldText.Write(value, cursor, isJson: false);
        }

        Cell cell = new(
            cursor.BitOffset - origin,
            cursor.Width,
            cursor.Depth,
            cursor.Field?.Title ?? "reserved",
            value.ToString(),
            cursor.Field?.Meaning?.Invoke(cursor.Number));
        cells.Add(cell);
    }

    private static void Draw(TextBuffer text, List<Cell> all)
    {
        if (all.Count == 0)
        {
            return;
        }

        List<Cell> cells = Leaves(all);
        int end = cells[^1].At + cells[^1].Width;
        List<string> notes = [];
        text.Add("   0                   1                   2                   3\n"u8);
        text.Add("   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1\n"u8);
        for (int row = 0; row < end; row += RowBits)
        {
            int rowEnd = Math.Min(row + RowBits, end);
            text.Add("  "u8);
            for (int bit = row; bit < rowEnd; bit++)
            {
                bool isInside = row > 0 && cells.Exists(cell => cell.At < row && cell.At + cell.Width > bit);
                text.Add(isInside && bit > row ? "  "u8 : isInside ? "+ "u8 : "+-"u8);
            }

            text.Add("+\n"u8);
            DrawRow(text, cells, row, rowEnd, notes);
        }

        int last = end % RowBits == 0 ? RowBits : end % RowBits;
        text.Add("  "u8);
        for (int bit = 0; bit < last; bit++)
        {
            text.Add("+-"u8);
        }

        text.Add("+\n"u8);
        foreach (string note in notes)
        {
            text.Add("   "u8).Add(note).Add("\n"u8);
        }

        all.Clear();
    }

    private static void DrawRow(TextBuffer text, List<Cell> cells, int row, int rowEnd, List<string> notes)
    {
        text.Add("  |"u8);
        foreach (Cell cell in cells)
        {
            int from = Math.Max(cell.At, row);
            int to = Math.Min(cell.At + cell.Width, rowEnd);
            if (from >= to)
            {
                continue;
            }

            int room = (2 * (to - from)) - 1;
            string shown = "";
            if (cell.At >= row)
            {
                string full = $"{cell.Title}: {cell.Value}";
                string longest = cell.Meaning is null ? full : $"{full} ({cell.Meaning})";
                shown = longest.Length <= room ? longest : full.Length <= room ? full : cell.Value;
                if (shown != longest)
                {
                    notes.Add($"bit {cell.At}, {cell.Width} wide: {longest}");
                }

                if (shown.Length > room)
                {
                    shown = new string('*', Math.Min(room, 1));
                }
            }

            int left = (room - shown.Length) / 2;
            text.AddRepeated((byte)' ', left).Add(shown).AddRepeated((byte)' ', room - shown.Length - left)
                .AddByte((byte)'|');
        }

        text.Add("\n"u8);
    }

    private static List<Cell> Leaves(List<Cell> all)
    {
        List<Cell> leaves = [];
        for (int i = 0; i < all.Count; i++)
        {
            Cell cell = all[i];
            int covered = 0;
            for (int j = i + 1; j < all.Count && all[j].Depth > cell.Depth; j++)
            {
                covered += all[j].Depth == cell.Depth + 1 ? all[j].Width : 0;
            }

            if (covered == cell.Width)
            {
                continue;
            }

            leaves.Add(cell);
            while (i + 1 < all.Count && all[i + 1].Depth > cell.Depth)
            {
                i++;
            }
        }

        return leaves;
    }

    private sealed record Cell(int At, int Width, int Depth, string Title, string Value, string? Meaning);
}
