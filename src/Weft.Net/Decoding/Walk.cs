using System;
using Weft.Net.Bytes;

namespace Weft.Net.Decoding;

/// <summary>What a format has in hand while it takes its bytes apart: the bytes, what is known from the layers outside,
/// and where to record what it finds and what follows.</summary>
public ref struct Walk
{
    private readonly Dissection _to;
    private readonly FormatRegistry _registry;

    internal Walk(Dissection to, FormatRegistry registry, Reassembler? reassembler, bool isDetailed)
    {
        _to = to;
        _registry = registry;
        Reassembler = reassembler;
        IsDetailed = isDetailed;
    }

    /// <summary>All bytes of the source; offsets count from its beginning.</summary>
    public ReadOnlySpan<byte> Bytes { get; internal set; }

    /// <summary>Where the layer begins.</summary>
    public int Offset { get; internal set; }

    /// <summary>Where its bytes end, with what it carries.</summary>
    public int End { get; internal set; }

    /// <summary>How many bytes the packet had on the wire behind <see cref="End"/> that were not kept.</summary>
    public int Missing { get; internal set; }

    /// <summary>Whether fields are wanted; for a line, layers and problems suffice.</summary>
    public bool IsDetailed { get; }

    /// <summary>Whether the packet is quoted by an ICMP error, which may end it anywhere.</summary>
    public bool IsQuoted { get; internal set; }

    /// <summary>Whether the payload is a piece of a larger one: its checksum covers what is not here.</summary>
    public bool IsFragment { get; set; }

    /// <summary>The sum of the addresses of the IP packet, for the pseudo header; null outside of IP.</summary>
    public ulong? AddressSum { get; set; }

    /// <summary>The protocol number in the pseudo header.</summary>
    public byte Protocol { get; set; }

    /// <summary>The ports of the transport, or what names the next format: said by one layer, read by the next.</summary>
    public uint Hint { get; set; }

    /// <summary>What joins fragments; null if they are not to be joined.</summary>
    internal Reassembler? Reassembler { get; }

    /// <summary>The conversations of the capture; null where nobody asks for them.</summary>
    internal FlowTable? Flows { get; init; }

    /// <summary>From whom the IP packet is that the layers are in, if <see cref="IsDetailed"/>.</summary>
    internal UInt128 SourceAddress { get; set; }

    /// <summary>To whom it is.</summary>
    internal UInt128 DestinationAddress { get; set; }

    /// <summary>Where the destination of the IPv6 packet lies that the layers are in; negative if in none.</summary>
    internal int DestinationAt { get; set; } = -1;

    /// <summary>How many bytes are here.</summary>
    public readonly int Length => End - Offset;

    /// <summary>The layer's bytes, with what it carries.</summary>
    public readonly ReadOnlySpan<byte> Body => Bytes[Offset..End];

    /// <summary>Bytes of the source which the layer that follows reads; 0 is the frame.</summary>
    internal int Source { get; set; }

    internal Format? NextFormat { get; private set; }

    internal int NextOffset { get; private set; }

    internal int NextEnd { get; private set; }

    internal int NextMissing { get; private set; }

    internal int OwnLength { get; private set; }

    internal bool IsShort { get; private set; }

    internal byte[]? JoinedNext { get; private set; }

    /// <summary>Reads two bytes in network order, that are known to be here.</summary>
    public readonly ushort U16(int at) => NetworkOrder.ReadUInt16(Bytes, at);

    /// <summary>Reads three bytes in network order, that are known to be here.</summary>
    public readonly uint U24(int at) => NetworkOrder.ReadUInt24(Bytes, at);

    /// <summary>Reads four bytes in network order, that are known to be here.</summary>
    public readonly uint U32(int at) => NetworkOrder.ReadUInt32(Bytes, at);

    /// <summary>Whether <paramref name="length"/> bytes at <paramref name="at"/> belong to the layer.</summary>
    public readonly bool Has(int at, int length) => length >= 0 && at >= Offset && at <= End - length;

    /// <summary>Records the fixed part of the layer; if bytes are missing: as many as there are, and a problem.</summary>
    public bool Head(Shape shape)
    {
        if (Fixed(shape, Offset))
        {
            return true;
        }

        IsShort = true;
        return false;
    }

    /// <summary>Records a part of known shape; if bytes are missing: as many as there are, and a problem.</summary>
    public bool Fixed(Shape shape, int at)
    {
        int here = Math.Clamp(End - at, 0, shape.ByteLength);
        if (IsDetailed)
        {
            _to.Add(new Entry(EntryKind.Shape, shape, at, here, 0, 0));
        }

        if (here == shape.ByteLength)
        {
            return true;
        }

        Short(shape.Title, at, here, shape.ByteLength);
        return false;
    }

    /// <summary>Reports that fewer bytes are here than are needed: cut by the capture, by a quotation, or wrong.</summary>
    public void Short(string what, int at, int here, int needed)
    {
        if (Missing > 0 || IsQuoted)
        {
            Report(ProblemKind.Cut, at, what, here, needed);
        }
        else
        {
            Report(ProblemKind.Malformed, at, string.Concat(what, " is too short"), here, needed);
        }
    }

    /// <summary>Records a number.</summary>
    public readonly void Number(Field field, int at, int length, ulong value)
    {
        if (IsDetailed)
        {
            _to.Add(new Entry(EntryKind.Number, field, at, length, value, 0));
        }
    }

    /// <summary>Records a field whose value is its bytes, which must be here.</summary>
    public readonly void Bytewise(Field field, int at, int length)
    {
        if (IsDetailed)
        {
            _to.Add(new Entry(EntryKind.Bytes, field, at, length, 0, 0));
        }
    }

    /// <summary>Records a field with a text that was made for it.</summary>
    public readonly void Text(Field field, int at, int length, scoped ReadOnlySpan<byte> utf8)
    {
        if (IsDetailed)
        {
            int start = _to.Arena.Count;
            _to.Arena.Add(utf8);
            _to.Add(new Entry(EntryKind.Text, field, at, length, (ulong)start, utf8.Length));
        }
    }

    /// <summary>Begins a text that <see cref="EndText"/> records: written into the buffer that is returned.</summary>
    public readonly TextBuffer BeginText(out int start)
    {
        start = _to.Arena.Count;
        return _to.Arena;
    }

    /// <summary>Records what was written since <see cref="BeginText"/>.</summary>
    public readonly void EndText(Field field, int at, int length, int start)
    {
        if (IsDetailed)
        {
            _to.Add(new Entry(EntryKind.Text, field, at, length, (ulong)start, _to.Arena.Count - start));
        }
    }

    /// <summary>Begins a group under a heading.</summary>
    public readonly void Begin(string heading, int at, int length)
    {
        if (IsDetailed)
        {
            _to.Add(new Entry(EntryKind.Begin, heading, at, length, 0, 0));
        }
    }

    /// <summary>Ends the group.</summary>
    public readonly void Close()
    {
        if (IsDetailed)
        {
            _to.Add(new Entry(EntryKind.End, null, 0, 0, 0, 0));
        }
    }

    /// <summary>Reports something that is not right.</summary>
    public readonly void Report(
        ProblemKind kind, int at, string text, long found = Problem.None, long expected = Problem.None) =>
        _to.Add(new Problem(KindOf(kind), _to.LayerCount, at, text, found, expected));

    /// <summary>Says that the layer ends here, without anything after it.</summary>
    public void Ends(int at) => OwnLength = Math.Max(0, at - Offset);

    /// <summary>Says what follows.</summary>
    public void Next(Format? format, int at, int end)
    {
        at = Math.Clamp(at, Offset, End);
        end = Math.Clamp(end, at, End);
        OwnLength = at - Offset;
        NextFormat = at < end ? format ?? _registry.Unknown : null;
        NextOffset = at;
        NextEnd = end;
        NextMissing = end == End ? Missing : 0;
    }

    /// <summary>Says by its number what follows.</summary>
    public void Next(KeySpace space, int number, int at, int end) => Next(_registry.Find(space, number), at, end);

    /// <summary>Says how many bytes of what follows were not kept.</summary>
    public void NextLacks(int missing) => NextMissing = missing;

    /// <summary>Says that what follows lies in bytes that were joined from fragments.</summary>
    internal void NextIn(byte[] joined, Format? format)
    {
        IsFragment = false;
        DestinationAt = -1;
        JoinedNext = joined;
        NextFormat = format ?? _registry.Unknown;
        NextOffset = 0;
        NextEnd = joined.Length;
        NextMissing = 0;
    }

    /// <summary>The format of a number.</summary>
    public readonly Format? Find(KeySpace space, int number) => _registry.Find(space, number);

    /// <summary>The format of what a port carries, or that its bytes look like.</summary>
    public readonly Format? FindByPorts(KeySpace space, ushort source, ushort destination) =>
        _registry.FindByPorts(space, source, destination);

    /// <summary>The format that a stream's bytes look like.</summary>
    public readonly Format? Guess(int at) => _registry.Guess(Bytes[at..End]);

    /// <summary>Marks the layer's fixed part as not usable.</summary>
    public void Spoil() => IsShort = true;

    /// <summary>The sum of the pseudo header for what is carried by IP; null where it is not known.</summary>
    public readonly ulong? PseudoHeader(int length) =>
        AddressSum is { } sum && !IsFragment ? sum + Protocol + (uint)length : null;

    // A packet that is quoted was cut wherever it was convenient: nobody sent it so.
    private readonly ProblemKind KindOf(ProblemKind kind) =>
        IsQuoted && kind == ProblemKind.Malformed ? ProblemKind.Length : kind;

    internal void Enter()
    {
        NextFormat = null;
        OwnLength = End - Offset;
        IsShort = false;
        JoinedNext = null;
    }
}
