using System;

namespace Weft.Net.Bpf;

/// <summary>Refuses what the kernel refuses (<c>bpf_check_classic</c> in <c>net/core/filter.c</c>): unknown codes, jumps
/// out of the program, constants that cannot be, reads of scratch memory that may not have been written.</summary>
internal static class BpfVerifier
{
    private const uint ScratchWords = 16;

    /// <summary>Why a program is refused, or null.</summary>
    public static string? ErrorOf(ReadOnlySpan<BpfInstruction> program)
    {
        if (program.Length is 0 or > BpfProgram.InstructionsMax)
        {
            return $"a program has 1 to {BpfProgram.InstructionsMax} instructions, not {program.Length}";
        }

        for (int i = 0; i < program.Length; i++)
        {
            if (ErrorOf(program[i], program.Length - i - 1) is { } wrong)
            {
                return $"instruction {i}: {wrong}";
            }
        }

        return (program[^1].Code & BpfCode.ClassMask) != BpfCode.Return ? "the last instruction does not return"
            : ScratchError(program);
    }

    private static string? ErrorOf(BpfInstruction instruction, int behind)
    {
        uint k = instruction.Operand;
        return instruction.Code switch
        {
            BpfCode.Load | BpfCode.Absolute | BpfCode.Word or BpfCode.Load | BpfCode.Absolute | BpfCode.Half
                or BpfCode.Load | BpfCode.Absolute | BpfCode.Byte =>
                k >= BpfAncillary.Base && !BpfAncillary.IsKnown(k - BpfAncillary.Base)
                    ? $"the kernel has nothing at {k:x8}"
                    : null,
            BpfCode.Load | BpfCode.Indirect | BpfCode.Word or BpfCode.Load | BpfCode.Indirect | BpfCode.Half
                or BpfCode.Load | BpfCode.Indirect | BpfCode.Byte or BpfCode.Load | BpfCode.Immediate
                or BpfCode.Load | BpfCode.Length or BpfCode.LoadIndex | BpfCode.Immediate
                or BpfCode.LoadIndex | BpfCode.Length or BpfCode.LoadIndex | BpfCode.HeaderLength | BpfCode.Byte
                or BpfCode.Return | BpfCode.Constant or BpfCode.Return | BpfCode.Accumulator
                or BpfCode.Transfer | BpfCode.ToIndex or BpfCode.Transfer | BpfCode.FromIndex => null,
            BpfCode.Load | BpfCode.Memory or BpfCode.LoadIndex | BpfCode.Memory or BpfCode.Store or BpfCode.StoreIndex =>
                k >= ScratchWords ? $"there is no scratch word {k}" : null,
            BpfCode.Jump | BpfCode.Always => k >= behind ? "it jumps out of the program" : null,
            BpfCode.Jump | BpfCode.Equal | BpfCode.Constant or BpfCode.Jump | BpfCode.Equal | BpfCode.Index
                or BpfCode.Jump | BpfCode.Greater | BpfCode.Constant or BpfCode.Jump | BpfCode.Greater | BpfCode.Index
                or BpfCode.Jump | BpfCode.GreaterOrEqual | BpfCode.Constant
                or BpfCode.Jump | BpfCode.GreaterOrEqual | BpfCode.Index
                or BpfCode.Jump | BpfCode.AnyBit | BpfCode.Constant or BpfCode.Jump | BpfCode.AnyBit | BpfCode.Index =>
                instruction.IfTrue >= behind || instruction.IfFalse >= behind ? "it jumps out of the program" : null,
            _ => ArithmeticError(instruction),
        };
    }

    private static string? ArithmeticError(BpfInstruction instruction)
    {
        int operation = instruction.Code & BpfCode.OperationMask;
        bool isConstant = (instruction.Code & BpfCode.Index) == 0;
        bool isKnown = (instruction.Code & ~(BpfCode.OperationMask | BpfCode.Index)) == BpfCode.Arithmetic
            && operation <= BpfCode.ExclusiveOr && (operation != BpfCode.Negate || isConstant);
        return !isKnown ? $"the code {instruction.Code:x4} is not known"
            : !isConstant ? null
            : operation is BpfCode.Divide or BpfCode.Modulo && instruction.Operand == 0 ? "it divides by zero"
            : operation is BpfCode.ShiftLeft or BpfCode.ShiftRight && instruction.Operand > 31
                ? "it shifts by more than 31 bits"
            : null;
    }

    // Every way to a read of scratch memory has to write it first. Jumps go forwards, so one pass knows all ways.
    private static string? ScratchError(ReadOnlySpan<BpfInstruction> program)
    {
        Span<ushort> written = program.Length <= 512 ? stackalloc ushort[program.Length] : new ushort[program.Length];
        written.Fill(ushort.MaxValue);
        ushort now = 0;
        for (int i = 0; i < program.Length; i++)
        {
            now &= written[i];
            BpfInstruction instruction = program[i];
            switch (instruction.Code)
            {
                case BpfCode.Store or BpfCode.StoreIndex:
                    now |= (ushort)(1 << (int)instruction.Operand);
                    break;
                case BpfCode.Load | BpfCode.Memory or BpfCode.LoadIndex | BpfCode.Memory:
                    if ((now & (1 << (int)instruction.Operand)) == 0)
                    {
                        return $"instruction {i}: scratch word {instruction.Operand} may not have been written";
                    }

                    break;
                case BpfCode.Jump | BpfCode.Always:
                    written[i + 1 + (int)instruction.Operand] &= now;
                    now = ushort.MaxValue;
                    break;
                default:
                    if ((instruction.Code & BpfCode.ClassMask) == BpfCode.Jump)
                    {
                        written[i + 1 + instruction.IfTrue] &= now;
                        written[i + 1 + instruction.IfFalse] &= now;
                        now = ushort.MaxValue;
                    }

                    break;
            }
        }

        return null;
    }
}
