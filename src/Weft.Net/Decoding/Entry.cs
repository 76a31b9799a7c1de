namespace Weft.Net.Decoding;

/// <summary>What an <see cref="Entry"/> records.</summary>
internal enum EntryKind : byte
{
    /// <summary>A <see cref="Shape"/>: all its fields, as far as its bytes are there.</summary>
    Shape,

    /// <summary>A field whose number is said.</summary>
    Number,

    /// <summary>A field whose value is its bytes.</summary>
    Bytes,

    /// <summary>A field whose value is text in the arena.</summary>
    Text,

    /// <summary>The heading of what follows, one level deeper.</summary>
    Begin,

    /// <summary>Back to the level above.</summary>
    End,
}

/// <summary>One record of a <see cref="Dissection"/>.</summary>
internal readonly record struct Entry(EntryKind Kind, object? What, int Offset, int Length, ulong Value, int TextLength)
{
    public Field Field => (Field)What!;

    public Shape Shape => (Shape)What!;
}
