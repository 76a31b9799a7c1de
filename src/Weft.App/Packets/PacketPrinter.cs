using System;
using System.IO;
using Weft.Net.Decoding;
using Weft.Net.Decoding.Output;

namespace Weft.App.Packets;

/// <summary>Takes packets apart and writes them in a style. It keeps text until there is enough to be worth a write, or
/// until <see cref="Flush"/>.</summary>
/// <param name="output">Where to.</param>
/// <param name="style">How.</param>
/// <param name="joinsFragments">Whether fragments of IP packets are joined.</param>
internal sealed class PacketPrinter(Stream output, PacketStyle style, bool joinsFragments = false)
{
    private const int WriteAtOnce = 1 << 16;

    private readonly Dissector _dissector = new(PacketFormats.CreateRegistry(), joinsFragments ? new Reassembler() : null);
    private readonly TextBuffer _text = new();
    private readonly TextBuffer _problem = new();
    private readonly JsonOutput _json = new();

    /// <summary>Shows a packet; says what is malformed about it, or nothing.</summary>
    /// <param name="frame">Its bytes.</param>
    /// <param name="linkType">What it begins with.</param>
    /// <param name="facts">What else is known of it.</param>
    /// <param name="label">What stands before it on its line.</param>
    public string? Print(ReadOnlySpan<byte> frame, int linkType, in PacketFacts facts, string label = "")
    {
        Dissection dissection = _dissector.Dissect(frame, facts.Length, linkType, style != PacketStyle.Line);
        switch (style)
        {
            case PacketStyle.Tree:
                TreeOutput.Write(_text, dissection, frame, facts);
                break;
            case PacketStyle.Boxes:
                BoxOutput.Write(_text, dissection, frame, facts);
                break;
            case PacketStyle.Json:
                _json.Write(_text, dissection, frame, facts);
                break;
            default:
                LineOutput.Write(_text, dissection, frame, facts, label);
                break;
        }

        if (_text.Count >= WriteAtOnce)
        {
            Flush();
        }

        return dissection.IsMalformed ? FirstProblem(dissection) : null;
    }

    /// <summary>Writes what is kept.</summary>
    public void Flush()
    {
        output.Write(_text.Written);
        _text.Clear();
        output.Flush();
    }

    private string FirstProblem(Dissection dissection)
    {
        foreach (Problem problem in dissection.Problems)
        {
            if (problem.Kind == ProblemKind.Malformed)
            {
                _problem.Clear();
                problem.WriteTo(_problem);
                return _problem.ToString();
            }
        }

        return "malformed";
    }
}
