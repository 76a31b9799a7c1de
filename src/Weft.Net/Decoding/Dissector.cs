using System;

namespace Weft.Net.Decoding;

/// <summary>Takes packets apart, layer after layer, by a <see cref="FormatRegistry"/>.</summary>
/// <remarks>One packet after the other; what it found lies in <see cref="Dissection"/> until the next. Whatever the
/// bytes are, it does not throw; its work is bounded by their number.</remarks>
/// <param name="registry">The formats.</param>
/// <param name="reassembler">What joins fragments; null if they are to be shown as they are.</param>
public sealed class Dissector(FormatRegistry registry, Reassembler? reassembler = null)
{
    private readonly FlowTable _flows = new();

    /// <summary>What was found in the last packet.</summary>
    public Dissection Dissection { get; } = new();

    /// <summary>The formats.</summary>
    public FormatRegistry Registry { get; } = registry;

    /// <summary>Takes a packet apart.</summary>
    /// <param name="frame">The bytes that were kept.</param>
    /// <param name="length">How many the packet had on the wire.</param>
    /// <param name="linkType">What it begins with: a LINKTYPE_ number.</param>
    /// <param name="isDetailed">Whether the fields are wanted; a line needs them not.</param>
    public Dissection Dissect(ReadOnlySpan<byte> frame, long length, int linkType, bool isDetailed)
    {
        Dissection.Clear();
        Walk walk = new(Dissection, Registry, reassembler, isDetailed)
        {
            Flows = isDetailed ? _flows : null,
            Bytes = frame,
            Offset = 0,
            End = frame.Length,
            Missing = (int)Math.Clamp(length - frame.Length, 0, int.MaxValue / 2),
        };
        Format? format = Registry.Find(KeySpace.LinkType, linkType) ?? Registry.Unknown;
        while (format is not null && Dissection.LayerCount < Dissection.LayersMax)
        {
            int firstEntry = Dissection.EntryCount;
            walk.Enter();
            format.Dissect(ref walk);
            ref Layer layer = ref Dissection.AddLayer();
            layer.Format = format;
            layer.Source = walk.Source;
            layer.Offset = walk.Offset;
            layer.Length = walk.OwnLength;
            layer.End = walk.End;
            layer.Missing = walk.Missing;
            layer.IsWhole = !walk.IsShort;
            layer.IsQuoted = walk.IsQuoted;
            layer.FirstEntry = firstEntry;
            layer.EntryEnd = Dissection.EntryCount;
            format = walk.NextFormat;
            if (walk.JoinedNext is { } joined)
            {
                Dissection.Joined.Add(joined);
                walk.Source = Dissection.Joined.Count;
                walk.Bytes = joined;
            }

            walk.Offset = walk.NextOffset;
            walk.End = walk.NextEnd;
            walk.Missing = walk.NextMissing;
        }

        return Dissection;
    }
}
