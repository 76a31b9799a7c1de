using System;
using System.Collections.Generic;

namespace Weft.Net.Decoding;

/// <summary>Which format a number names: the chain from the link to the application. Made once, never changed.</summary>
public sealed class FormatRegistry
{
    // For each space, formats by the upper and the lower byte of their number: most upper bytes have none.
    private readonly Format?[]?[][] _spaces;
    private readonly List<Format> _streamGuesses = [];

    /// <summary>A registry of formats; where two claim a number, the first has it.</summary>
    /// <param name="formats">The formats.</param>
    public FormatRegistry(params ReadOnlySpan<Format[]> formats)
    {
        _spaces = new Format?[]?[(int)KeySpace.Inner][];
        for (int i = 0; i < _spaces.Length; i++)
        {
            _spaces[i] = new Format?[]?[256];
        }

        foreach (Format[] group in formats)
        {
            foreach (Format format in group)
            {
                foreach (FormatKey key in format.Keys)
                {
                    if (key.Space == KeySpace.Inner)
                    {
                        _streamGuesses.Add(format);
                    }
                    else
                    {
                        Format?[] page = _spaces[(int)key.Space][key.Number >> 8] ??= new Format?[256];
                        page[key.Number & 0xFF] ??= format;
                    }
                }
            }
        }
    }

    /// <summary>What shows bytes that nobody knows.</summary>
    public Format Unknown { get; } = new UnknownBytes();

    /// <summary>The format of a number; null if nobody claims it.</summary>
    public Format? Find(KeySpace space, int number) =>
        number is >= 0 and <= ushort.MaxValue ? _spaces[(int)space][number >> 8]?[number & 0xFF] : null;

    /// <summary>The format of what a port carries: the lower port is asked first, as Wireshark does.</summary>
    public Format? FindByPorts(KeySpace space, ushort source, ushort destination) =>
        Find(space, Math.Min(source, destination)) ?? Find(space, Math.Max(source, destination));

    /// <summary>The format that a stream's bytes look like, if one does.</summary>
    public Format? Guess(ReadOnlySpan<byte> bytes)
    {
        foreach (Format format in _streamGuesses)
        {
            if (format.Recognises(bytes))
            {
                return format;
            }
        }

        return null;
    }
}
