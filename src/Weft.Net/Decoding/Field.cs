using System;

namespace Weft.Net.Decoding;

/// <summary>How the value of a field is written: as tshark's <c>-T fields</c> does.</summary>
public enum FieldType
{
    /// <summary>A number, decimal.</summary>
    Decimal,

    /// <summary>A number with a sign, decimal.</summary>
    Signed,

    /// <summary>A number, <c>0x</c> and as many digits as its container has.</summary>
    Hexadecimal,

    /// <summary>One bit: 1 or 0.</summary>
    Flag,

    /// <summary>4 bytes, dotted decimal.</summary>
    Ipv4,

    /// <summary>16 bytes, RFC 5952.</summary>
    Ipv6,

    /// <summary>6 bytes, with colons.</summary>
    Mac,

    /// <summary>Bytes, pairs of digits without separators.</summary>
    Bytes,

    /// <summary>Bytes that are text.</summary>
    Text,
}

/// <summary>The description of a field: what it is called, here and in Wireshark, how its value is written and what the
/// value means. One description serves the tree, the boxes, JSON and the one-line output.</summary>
public sealed class Field
{
    private Field(string name, string title, FieldType type)
    {
        Name = name;
        Title = title;
        Type = type;
    }

    /// <summary>Wireshark's display-filter name where it has one.</summary>
    public string Name { get; }

    /// <summary>The words of the standard.</summary>
    public string Title { get; }

    /// <summary>How the value is written.</summary>
    public FieldType Type { get; }

    /// <summary>Another name under which the value is found too: <c>ip.addr</c> beside <c>ip.src</c>.</summary>
    public string? Alias { get; init; }

    /// <summary>What the number on the wire is multiplied with: lengths in words.</summary>
    public int Scale { get; init; } = 1;

    /// <summary>Digits of a hexadecimal value; 0: as its bits need, in whole bytes.</summary>
    public int Digits { get; init; }

    /// <summary>What a value means, in words; null if nothing is to be said.</summary>
    public Func<ulong, string?>? Meaning { get; init; }

    /// <summary>A decimal number.</summary>
    public static Field Dec(
        string name, string title, Func<ulong, string?>? meaning = null, int scale = 1, string? alias = null) =>
        new(name, title, FieldType.Decimal) { Meaning = meaning, Scale = scale, Alias = alias };

    /// <summary>A decimal number with a sign.</summary>
    public static Field Signed(string name, string title) => new(name, title, FieldType.Signed);

    /// <summary>A hexadecimal number.</summary>
    public static Field Hex(string name, string title, Func<ulong, string?>? meaning = null, int digits = 0) =>
        new(name, title, FieldType.Hexadecimal) { Meaning = meaning, Digits = digits };

    /// <summary>One bit.</summary>
    public static Field Flag(string name, string title, Func<ulong, string?>? meaning = null) =>
        new(name, title, FieldType.Flag) { Meaning = meaning };

    /// <summary>An IPv4 address.</summary>
    public static Field V4(string name, string title, string? alias = null) =>
        new(name, title, FieldType.Ipv4) { Alias = alias };

    /// <summary>An IPv6 address.</summary>
    public static Field V6(string name, string title, string? alias = null) =>
        new(name, title, FieldType.Ipv6) { Alias = alias };

    /// <summary>A link-layer address.</summary>
    public static Field Mac(string name, string title, string? alias = null) =>
        new(name, title, FieldType.Mac) { Alias = alias };

    /// <summary>Bytes.</summary>
    public static Field Bytes(string name, string title) => new(name, title, FieldType.Bytes);

    /// <summary>Text.</summary>
    public static Field Text(string name, string title) => new(name, title, FieldType.Text);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
