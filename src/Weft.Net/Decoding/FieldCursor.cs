using System;

namespace Weft.Net.Decoding;

/// <summary>A walk through the records of one layer, shapes unfolded into their fields.</summary>
internal ref struct FieldCursor
{
    private readonly Dissection _dissection;
    private readonly int _end;
    private int _entry;
    private int _part; // The next field of the shape at _entry, if that is one.
    private int _depth;

    public FieldCursor(Dissection dissection, in Layer layer, ReadOnlySpan<byte> source)
    {
        _dissection = dissection;
        _entry = layer.FirstEntry - 1;
        _end = layer.EntryEnd;
        _part = int.MaxValue;
        Source = source;
    }

    public ReadOnlySpan<byte> Source { get; }

    /// <summary>The record that the walk stands at.</summary>
    public readonly Entry Entry => _dissection.Entries[_entry];

    /// <summary>The field; null at headings and reserved bits.</summary>
    public Field? Field { get; private set; }

    /// <summary>How deep it lies.</summary>
    public int Depth { get; private set; }

    /// <summary>Its first bit, from the beginning of the source.</summary>
    public int BitOffset { get; private set; }

    /// <summary>Its bits.</summary>
    public int Width { get; private set; }

    /// <summary>Its number, if it is one.</summary>
    public ulong Number { get; private set; }

    /// <summary>Whether it is a heading.</summary>
    public readonly bool IsHeading => Entry.Kind == EntryKind.Begin;

    /// <summary>Whether its value is a text that was made for it.</summary>
    public readonly bool IsText => Entry.Kind == EntryKind.Text;

    /// <summary>Its bytes.</summary>
    public readonly ReadOnlySpan<byte> Bytes => Source.Slice(BitOffset / 8, Width / 8);

    /// <summary>The text that was made for it.</summary>
    public readonly ReadOnlySpan<byte> MadeText =>
        _dissection.Arena.Written.Slice((int)Entry.Value, Entry.TextLength);

    public bool MoveNext()
    {
        while (true)
        {
            if (_part != int.MaxValue)
            {
                if (NextOfShape(Entry))
                {
                    return true;
                }

                _part = int.MaxValue;
            }

            if (++_entry >= _end)
            {
                return false;
            }

            Entry entry = Entry;
            switch (entry.Kind)
            {
                case EntryKind.Shape:
                    _part = 0;
                    break;
                case EntryKind.End:
                    _depth--;
                    break;
                default:
                    Field = entry.Kind == EntryKind.Begin ? null : entry.Field;
                    Depth = entry.Kind == EntryKind.Begin ? _depth++ : _depth;
                    BitOffset = 8 * entry.Offset;
                    Width = 8 * entry.Length;
                    Number = entry.Value;
                    return true;
            }
        }
    }

    /// <summary>The number in a run of bits, 64 at most.</summary>
    public static ulong Read(ReadOnlySpan<byte> source, int bitOffset, int width)
    {
        int first = bitOffset / 8;
        int last = (bitOffset + width + 7) / 8;
        ulong value = 0;
        foreach (byte part in source[first..last])
        {
            value = (value << 8) | part;
        }

        value >>= (8 * last) - bitOffset - width;
        return width == 64 ? value : value & ((1UL << width) - 1);
    }

    private bool NextOfShape(in Entry shape)
    {
        ShapeField[] fields = shape.Shape.Fields;
        while (_part < fields.Length)
        {
            ShapeField part = fields[_part++];
            if (part.BitOffset + part.Width <= 8 * shape.Length)
            {
                Field = part.Field;
                Depth = _depth + part.Depth;
                BitOffset = (8 * shape.Offset) + part.BitOffset;
                Width = part.Width;
                Number = part.Width <= 64 ? Read(Source, BitOffset, part.Width) : 0;
                return true;
            }
        }

        return false;
    }
}
