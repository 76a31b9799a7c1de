namespace Weft.App.Lab.Checks;

/// <summary>What one try of a probe found. Closed.</summary>
internal abstract record ProbeOutcome
{
    private ProbeOutcome()
    {
    }

    /// <summary>The other side answered.</summary>
    /// <param name="SourceSeen">The source address that it saw; none if it could not be known.</param>
    public sealed record Answered(string? SourceSeen) : ProbeOutcome;

    /// <summary>Nothing came back.</summary>
    public sealed record Silent : ProbeOutcome;

    /// <summary>A host or router, or this one's own routes, said that there is no way (ICMP, or an error of
    /// the socket).</summary>
    /// <param name="Detail">What it said.</param>
    public sealed record NoWay(string Detail) : ProbeOutcome;

    /// <summary>The packet arrived, and nobody listens there (TCP reset).</summary>
    /// <param name="Detail">What was said.</param>
    public sealed record Refused(string Detail) : ProbeOutcome;
}
