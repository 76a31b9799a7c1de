using System;
using System.Diagnostics.CodeAnalysis;
using Weft.Net.Bpf;
using Weft.Net.Captures;

namespace Weft.Net.Filters;

/// <summary>A filter in the language of <c>pcap-filter(7)</c>, compiled for one link type.</summary>
public sealed class PacketFilter
{
    /// <summary>The longest text that is read.</summary>
    public const int TextLengthMax = 64 * 1024;

    private PacketFilter(string text, BpfProgram program)
    {
        Text = text;
        Program = program;
    }

    /// <summary>The filter as it was written.</summary>
    public string Text { get; }

    /// <summary>The program, for the kernel or to be run here.</summary>
    public BpfProgram Program { get; }

    /// <summary>Compiles a filter; the empty one lets all packets through. Whatever the text is, it never throws.</summary>
    public static bool TryCompile(
        string text,
        FilterOptions options,
        [NotNullWhen(true)] out PacketFilter? filter,
        [NotNullWhen(false)] out FilterError? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(options);
        filter = null;
        if (text.Length > TextLengthMax)
        {
            error = new FilterError(TextLengthMax, $"a filter has {TextLengthMax} characters at most");
            return false;
        }

        if (!FilterParser.TryParse(text, options.Names, out FilterExpression? expression, out error))
        {
            return false;
        }

        BpfProgram? program = FilterCompiler.Compile(expression, options, out error);
        if (program is null)
        {
            error ??= new FilterError(0, "it cannot be compiled");
            return false;
        }

        filter = new PacketFilter(text, program);
        return true;
    }

    /// <summary>Whether a packet of a capture is wanted. Allocates nothing.</summary>
    public bool Matches(in CapturedPacket packet) => Program.Run(
        packet.Bytes,
        packet.Length,
        new BpfAncillary { PacketType = packet.Direction == PacketDirection.Outbound ? BpfAncillary.Outgoing : (byte)0 }) != 0;
}
