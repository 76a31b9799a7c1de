using System;

namespace Weft.Net.Decoding;

/// <summary>The number spaces by which one format names the next.</summary>
public enum KeySpace
{
    /// <summary>The LINKTYPE_ numbers of captures.</summary>
    LinkType,

    /// <summary>Ethernet's types, also used by cooked captures, GRE and Geneve.</summary>
    EtherType,

    /// <summary>Protocols of IP.</summary>
    IpProtocol,

    /// <summary>Protocols of PPP.</summary>
    PppProtocol,

    /// <summary>Ports of UDP.</summary>
    UdpPort,

    /// <summary>Ports of TCP.</summary>
    TcpPort,

    /// <summary>The formats that no number names.</summary>
    Inner,
}

/// <summary>A number under which a format is found.</summary>
/// <param name="Space">Whose number.</param>
/// <param name="Number">The number.</param>
public readonly record struct FormatKey(KeySpace Space, ushort Number);

/// <summary>A protocol's format: it takes its bytes apart and says what follows.</summary>
public abstract class Format
{
    /// <summary>A format.</summary>
    /// <param name="name">Wireshark's short name.</param>
    /// <param name="title">The words of the standard.</param>
    /// <param name="keys">Under which numbers it is found.</param>
    protected Format(string name, string title, params FormatKey[] keys)
    {
        Name = name;
        Title = title;
        Keys = keys;
    }

    /// <summary>Wireshark's short name.</summary>
    public string Name { get; }

    /// <summary>The words of the standard.</summary>
    public string Title { get; }

    internal FormatKey[] Keys { get; }

    /// <summary>Whether the header begins with source and destination port, which the line of IP shows.</summary>
    public virtual bool HasPorts => false;

    /// <summary>Whether its line says how long the payload is.</summary>
    public virtual bool TellsLength => false;

    /// <summary>Whether it lies between IP and the transport: a header of IPv6 behind the first.</summary>
    public virtual bool IsExtension => false;

    /// <summary>Takes the bytes from <see cref="Walk.Offset"/> to <see cref="Walk.End"/> apart. Whatever they are, it
    /// does not throw and reads nothing outside.</summary>
    public abstract void Dissect(ref Walk walk);

    /// <summary>Writes what one line says of a layer. Nothing is allocated.</summary>
    public virtual void WriteLine(in LayerLine line)
    {
    }

    /// <summary>Whether bytes that no port names look like this format.</summary>
    public virtual bool Recognises(ReadOnlySpan<byte> bytes) => false;
}

/// <summary>What a format has for writing its part of a line.</summary>
public readonly ref struct LayerLine
{
    internal LayerLine(TextBuffer text, Dissection dissection, int index, ReadOnlySpan<byte> bytes)
    {
        Text = text;
        Dissection = dissection;
        Index = index;
        Bytes = bytes;
    }

    /// <summary>Where to.</summary>
    public TextBuffer Text { get; }

    /// <summary>All layers of the packet.</summary>
    public Dissection Dissection { get; }

    /// <summary>Which of them this is.</summary>
    public int Index { get; }

    /// <summary>The bytes of the layer and of what it carries.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The layer.</summary>
    public Layer Layer => Dissection.Layers[Index];
}
