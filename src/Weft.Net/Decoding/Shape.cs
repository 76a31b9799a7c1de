using System.Collections.Generic;

namespace Weft.Net.Decoding;

/// <summary>A run of bits within a <see cref="Shape"/>, with the runs that it is divided into.</summary>
/// <param name="Width">How many bits.</param>
/// <param name="Field">What they are; null for reserved bits that have no name.</param>
/// <param name="Parts">What they are divided into; from <paramref name="Skip"/> bits after their beginning.</param>
/// <param name="Skip">Bits before the first part.</param>
public sealed record Bits(int Width, Field? Field, Bits[] Parts, int Skip = 0)
{
    /// <summary>Bits with a meaning of their own.</summary>
    public static Bits Of(int width, Field field, params Bits[] parts) => new(width, field, parts);

    /// <summary>Reserved bits.</summary>
    public static Bits Reserved(int width) => new(width, null, []);
}

/// <summary>The fixed part of a format: fields that always lie at the same bits. It is described once, in the order of
/// the wire; a record of it in a <see cref="Dissection"/> is one entry, whatever it contains.</summary>
public sealed class Shape
{
    private Shape(string title, ShapeField[] fields, int bits)
    {
        Invariant.Holds(bits % 8 == 0);
        Title = title;
        Fields = fields;
        ByteLength = bits / 8;
    }

    /// <summary>What it is called.</summary>
    public string Title { get; }

    /// <summary>How many bytes it takes.</summary>
    public int ByteLength { get; }

    internal ShapeField[] Fields { get; }

    /// <summary>The shape that these runs of bits make, one after the other.</summary>
    public static Shape Of(string title, params Bits[] runs)
    {
        List<ShapeField> fields = [];
        int at = 0;
        foreach (Bits run in runs)
        {
            Place(run, at, 0, fields);
            at += run.Width;
        }

        return new Shape(title, [.. fields], at);
    }

    private static void Place(Bits run, int at, int depth, List<ShapeField> fields)
    {
        fields.Add(new ShapeField(run.Field, at, run.Width, depth));
        int inner = at + run.Skip;
        foreach (Bits part in run.Parts)
        {
            Place(part, inner, depth + 1, fields);
            inner += part.Width;
        }
    }
}

/// <summary>A field at its bits.</summary>
internal readonly record struct ShapeField(Field? Field, int BitOffset, int Width, int Depth);
