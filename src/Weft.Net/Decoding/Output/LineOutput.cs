using System;

namespace Weft.Net.Decoding.Output;

/// <summary>One line a packet, as readers of tcpdump know it, with words where that has numbers.</summary>
public static class LineOutput
{
    /// <summary>Writes a packet and the end of the line. Nothing is allocated, once the buffer is large enough.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="dissection">What was found in the packet.</param>
    /// <param name="frame">Its bytes.</param>
    /// <param name="facts">What else is known of it.</param>
    /// <param name="label">What is to stand before the packet.</param>
    public static void Write(
        TextBuffer text, Dissection dissection, ReadOnlySpan<byte> frame, in PacketFacts facts, string label = "")
    {
        if (facts.UnixNanoseconds is { } time)
        {
            PacketTime.WriteTimeOfDay(text, time);
            text.AddByte((byte)' ');
        }

        text.Add(label);
        WriteSummary(text, dissection, frame);
        text.AddByte((byte)'\n');
    }

    /// <summary>Writes what the layers say, without time and end of line.</summary>
    public static void WriteSummary(TextBuffer text, Dissection dissection, ReadOnlySpan<byte> frame)
    {
        int start = text.Count;
        ReadOnlySpan<Layer> layers = dissection.Layers;
        for (int i = 0; i < layers.Length; i++)
        {
            ref readonly Layer layer = ref layers[i];
            ReadOnlySpan<byte> source = layer.Source == 0 ? frame : dissection.BytesOf(layer.Source, frame);
            int before = text.Count;
            if (layer.IsWhole)
            {
                layer.Format.WriteLine(new LayerLine(text, dissection, i, source[layer.Offset..layer.End]));
            }
            else
            {
                text.Add(layer.Format.Title).Add(" (cut short)"u8);
            }

            if (text.Count > before && i + 1 < layers.Length)
            {
                text.AddByte((byte)' ');
            }
        }

        while (text.Count > start && text.Written[^1] is (byte)' ' or (byte)':' or (byte)',')
        {
            text.CutTo(text.Count - 1);
        }

        foreach (Problem problem in dissection.Problems)
        {
            text.Add(" ["u8);
            problem.WriteTo(text);
            text.AddByte((byte)']');
        }
    }
}
