using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Weft.Net;

/// <summary>Programmer errors: always checked, also in release. Nothing that a peer can cause is an invariant.</summary>
public static class Invariant
{
    /// <summary>Throws <see cref="InvariantViolatedException"/>, naming the condition, unless it holds.</summary>
    public static void Holds(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        if (!condition)
        {
            Violated(text);
        }
    }

    [DoesNotReturn]
    private static void Violated(string text) => throw new InvariantViolatedException(text);
}

/// <summary>An invariant of this program does not hold: a defect in Weft, never in its input.</summary>
/// <param name="condition">The condition that failed, as written in the source.</param>
public sealed class InvariantViolatedException(string condition)
    : Exception($"invariant violated: {condition}");
