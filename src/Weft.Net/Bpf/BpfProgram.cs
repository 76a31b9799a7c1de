using System;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Weft.Net.Bpf;

/// <summary>A program of classic BPF that has been verified as the kernel verifies it: it runs on any bytes, and ends.</summary>
public sealed partial class BpfProgram
{
    /// <summary>The most instructions that the kernel takes (<c>BPF_MAXINSNS</c>).</summary>
    public const int InstructionsMax = 4096;

    private readonly BpfInstruction[] _instructions;

    private BpfProgram(ImmutableArray<BpfInstruction> instructions)
    {
        Instructions = instructions;
        _instructions = [.. instructions];
    }

    /// <summary>The instructions, as they are given to the kernel.</summary>
    public ImmutableArray<BpfInstruction> Instructions { get; }

    /// <summary>Accepts instructions that the kernel would accept.</summary>
    public static bool TryCreate(
        ImmutableArray<BpfInstruction> instructions,
        [NotNullWhen(true)] out BpfProgram? program,
        [NotNullWhen(false)] out string? error)
    {
        error = BpfVerifier.ErrorOf(instructions.AsSpan());
        program = error is null ? new BpfProgram(instructions) : null;
        return error is null;
    }

    /// <summary>Reads what <c>tcpdump -ddd</c> prints: a count, and four numbers a line.</summary>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out BpfProgram? program, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        program = null;
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        ImmutableArray<BpfInstruction>.Builder instructions = ImmutableArray.CreateBuilder<BpfInstruction>();
        for (int i = 1; i < lines.Length; i++)
        {
            string[] words = lines[i].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 4
                || !ushort.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort code)
                || !byte.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out byte ifTrue)
                || !byte.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out byte ifFalse)
                || !uint.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out uint operand))
            {
                error = $"line {i + 1} is no instruction: four numbers are expected, not '{lines[i]}'";
                return false;
            }

            instructions.Add(new BpfInstruction(code, ifTrue, ifFalse, operand));
        }

        if (lines.Length == 0 || lines[0] != instructions.Count.ToString(CultureInfo.InvariantCulture))
        {
            error = "the first line is to be the count of the lines that follow";
            return false;
        }

        return TryCreate(instructions.ToImmutable(), out program, out error);
    }

    /// <summary>As <c>tcpdump -ddd</c> prints it.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        _ = text.Append(_instructions.Length).Append('\n');
        foreach (BpfInstruction instruction in _instructions)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $"{instruction.Code} {instruction.IfTrue} ")
                .Append(CultureInfo.InvariantCulture, $"{instruction.IfFalse} {instruction.Operand}\n");
        }

        return text.ToString();
    }
}
