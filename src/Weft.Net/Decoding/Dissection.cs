using System;
using System.Collections.Generic;

namespace Weft.Net.Decoding;

/// <summary>A layer of a packet: a format and where its bytes lie.</summary>
public struct Layer
{
    /// <summary>What it is.</summary>
    public Format Format { get; internal set; }

    /// <summary>Its first byte, in its <see cref="Source"/>.</summary>
    public int Offset { get; internal set; }

    /// <summary>How many bytes are its own: without what it carries.</summary>
    public int Length { get; internal set; }

    /// <summary>Where its bytes and those of what it carries end.</summary>
    public int End { get; internal set; }

    /// <summary>0: the frame; else the bytes joined from fragments.</summary>
    public int Source { get; internal set; }

    /// <summary>How many bytes are missing that the packet had on the wire.</summary>
    public int Missing { get; internal set; }

    /// <summary>Whether its fixed part is there and right.</summary>
    public bool IsWhole { get; internal set; }

    /// <summary>Whether it is quoted by an ICMP error.</summary>
    public bool IsQuoted { get; internal set; }

    internal int FirstEntry { get; set; }

    internal int EntryEnd { get; set; }
}

/// <summary>A packet taken apart: its layers, their fields and what is not right. Made to be used again for the next
/// packet, so that nothing is allocated; it refers to the packet's bytes, which the caller keeps.</summary>
public sealed class Dissection
{
    /// <summary>Layers of one packet at most.</summary>
    public const int LayersMax = 64;

    internal const int EntriesMax = 1 << 17;
    internal const int ProblemsMax = 64;

    private readonly Layer[] _layers = new Layer[LayersMax];
    private readonly Problem[] _problems = new Problem[ProblemsMax];
    private Entry[] _entries = new Entry[256];
    private int _entryCount;
    private int _layerCount;
    private int _problemCount;

    /// <summary>The layers, outermost first.</summary>
    public ReadOnlySpan<Layer> Layers => _layers.AsSpan(0, _layerCount);

    /// <summary>What is not right.</summary>
    public ReadOnlySpan<Problem> Problems => _problems.AsSpan(0, _problemCount);

    /// <summary>Whether bytes of the packet cannot be what they should be.</summary>
    public bool IsMalformed { get; private set; }

    internal ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, _entryCount);

    internal TextBuffer Arena { get; } = new();

    /// <summary>The bytes of a source: the frame, or what was joined.</summary>
    internal List<byte[]> Joined { get; } = [];

    internal int EntryCount => _entryCount;

    internal int LayerCount => _layerCount;

    /// <summary>The bytes that a layer's offsets refer to.</summary>
    public ReadOnlySpan<byte> BytesOf(int source, ReadOnlySpan<byte> frame) =>
        source == 0 ? frame : Joined[source - 1];

    internal void Clear()
    {
        _entryCount = 0;
        _layerCount = 0;
        _problemCount = 0;
        IsMalformed = false;
        Arena.Clear();
        if (Joined.Count > 0)
        {
            Joined.Clear();
        }
    }

    internal void Add(in Entry entry)
    {
        if (_entryCount == _entries.Length)
        {
            if (_entryCount >= EntriesMax)
            {
                return; // A packet of 64 KiB has fewer, unless it was made to have more.
            }

            Array.Resize(ref _entries, 2 * _entries.Length);
        }

        _entries[_entryCount++] = entry;
    }

    /// <summary>A place for one more layer, in which all is to be set.</summary>
    internal ref Layer AddLayer() => ref _layers[_layerCount++];

    internal void Add(in Problem problem)
    {
        IsMalformed |= problem.Kind == ProblemKind.Malformed;
        if (_problemCount < ProblemsMax)
        {
            _problems[_problemCount++] = problem;
        }
    }
}
