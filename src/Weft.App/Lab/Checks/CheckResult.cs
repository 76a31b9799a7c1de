using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Weft.App.Lab.Checks;

/// <summary>What one check of a lab found.</summary>
internal sealed record CheckResult
{
    /// <summary>The member that sent.</summary>
    public required string From { get; init; }

    /// <summary>The member or address that was meant to answer.</summary>
    public required string To { get; init; }

    /// <summary><c>icmp</c>, <c>tcp</c> or <c>udp</c>.</summary>
    public required string Proto { get; init; }

    /// <summary>The port; none for ICMP.</summary>
    public int? Port { get; init; }

    /// <summary><c>reachable</c> or <c>unreachable</c>: what the file expects.</summary>
    public required string Expect { get; init; }

    /// <summary>Who the file expects the other side to see; none if it does not matter.</summary>
    public string? SeenAs { get; init; }

    /// <summary>Whether it is as expected.</summary>
    public required bool Passed { get; init; }

    /// <summary>What was found: <c>reachable</c>, <c>unreachable</c> or <c>refused</c>.</summary>
    public required string Found { get; init; }

    /// <summary>The source address that the other side saw; none if it could not be known.</summary>
    public string? SourceSeen { get; init; }

    /// <summary>More about it, in one line; empty if there is nothing to say.</summary>
    public string Detail { get; init; } = "";

    /// <summary>How long it took.</summary>
    public required double Milliseconds { get; init; }
}

/// <summary>The JSON of <c>weft lab check</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<CheckResult>))]
internal sealed partial class CheckJson : JsonSerializerContext;
