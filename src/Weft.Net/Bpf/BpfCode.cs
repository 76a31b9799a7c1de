namespace Weft.Net.Bpf;

/// <summary>The codes of classic BPF: <c>linux/bpf_common.h</c>, <c>linux/filter.h</c>. A code is a class, and what the
/// class adds to it.</summary>
internal static class BpfCode
{
    // Classes.
    public const ushort Load = 0x00;
    public const ushort LoadIndex = 0x01;
    public const ushort Store = 0x02;
    public const ushort StoreIndex = 0x03;
    public const ushort Arithmetic = 0x04;
    public const ushort Jump = 0x05;
    public const ushort Return = 0x06;
    public const ushort Transfer = 0x07;
    public const ushort ClassMask = 0x07;

    // Sizes of a load.
    public const ushort Word = 0x00;
    public const ushort Half = 0x08;
    public const ushort Byte = 0x10;

    // Where a load is from.
    public const ushort Immediate = 0x00;
    public const ushort Absolute = 0x20;
    public const ushort Indirect = 0x40;
    public const ushort Memory = 0x60;
    public const ushort Length = 0x80;
    public const ushort HeaderLength = 0xA0; // MSH: four times the lower half of a byte.

    // What is done to A.
    public const ushort Add = 0x00;
    public const ushort Subtract = 0x10;
    public const ushort Multiply = 0x20;
    public const ushort Divide = 0x30;
    public const ushort Or = 0x40;
    public const ushort And = 0x50;
    public const ushort ShiftLeft = 0x60;
    public const ushort ShiftRight = 0x70;
    public const ushort Negate = 0x80;
    public const ushort Modulo = 0x90;
    public const ushort ExclusiveOr = 0xA0;
    public const ushort OperationMask = 0xF0;

    // When to jump.
    public const ushort Always = 0x00;
    public const ushort Equal = 0x10;
    public const ushort Greater = 0x20;
    public const ushort GreaterOrEqual = 0x30;
    public const ushort AnyBit = 0x40;

    // With what.
    public const ushort Constant = 0x00;
    public const ushort Index = 0x08;
    public const ushort Accumulator = 0x10;

    // Transfers.
    public const ushort ToIndex = 0x00;
    public const ushort FromIndex = 0x80;
}
