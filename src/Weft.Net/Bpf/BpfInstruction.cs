namespace Weft.Net.Bpf;

/// <summary>One instruction of classic BPF, <c>struct sock_filter</c>.</summary>
/// <param name="Code">What it does.</param>
/// <param name="IfTrue">How many instructions are passed over if a condition holds.</param>
/// <param name="IfFalse">How many are passed over if it does not.</param>
/// <param name="Operand">A constant, an offset, a place in the scratch memory, or the way of a jump without
/// condition.</param>
public readonly record struct BpfInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand)
{
    internal BpfInstruction(int code, uint operand = 0)
        : this((ushort)code, 0, 0, operand)
    {
    }
}
