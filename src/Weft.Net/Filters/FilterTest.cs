using System.Collections.Immutable;
using Weft.Net.Bpf;

namespace Weft.Net.Filters;

/// <summary>Instructions that load a value into A, from the packet alone or also from scratch memory.</summary>
/// <param name="Id">Equal instructions have equal numbers.</param>
/// <param name="Instructions">What is done, in order, without jumps.</param>
/// <param name="IsPure">Whether the value depends on the packet alone: then what was learnt of it stays true.</param>
internal sealed record ValueLoad(int Id, ImmutableArray<BpfInstruction> Instructions, bool IsPure);

/// <summary>A filter in terms of the machine: comparisons of loaded values, joined in the order in which they are made.</summary>
internal abstract record FilterTest
{
    /// <summary>Nothing to compare.</summary>
    public sealed record Always(bool Holds) : FilterTest;

    /// <summary>A comparison of what is loaded: a jump's condition, and the constant; or X, which the load has set.</summary>
    public sealed record Check(ValueLoad Load, ushort Condition, uint Operand) : FilterTest;

    public sealed record Both(FilterTest First, FilterTest Second) : FilterTest;

    public sealed record Either(FilterTest First, FilterTest Second) : FilterTest;

    public sealed record Not(FilterTest Operand) : FilterTest;

    /// <summary>Holds, and writes scratch memory on the way.</summary>
    public sealed record Effect(ImmutableArray<BpfInstruction> Instructions) : FilterTest;

    public static FilterTest True { get; } = new Always(true);

    public static FilterTest False { get; } = new Always(false);

    public FilterTest And(FilterTest next) => new Both(this, next);

    public FilterTest Or(FilterTest next) => new Either(this, next);

    public FilterTest Reversed() => new Not(this);
}
