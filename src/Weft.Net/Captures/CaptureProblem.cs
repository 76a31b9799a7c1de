namespace Weft.Net.Captures;

/// <summary>What is wrong with a capture, and where.</summary>
/// <param name="Offset">The byte of the file at which the record begins that is wrong.</param>
/// <param name="Message">What was found, and what was expected.</param>
public sealed record CaptureProblem(long Offset, string Message)
{
    /// <summary>For people.</summary>
    public override string ToString() => $"{Message} (at byte {Offset})";
}
