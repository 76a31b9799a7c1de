using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Serialization;

namespace Weft.App.Lab.Checks;

/// <summary>What one check of a lab found: once for each family that it was proven in. What it says itself is what the
/// first family that is not as expected says, else the first.</summary>
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

    /// <summary>The bytes of the packet, where the file says how many.</summary>
    public int? Size { get; init; }

    /// <summary><c>reachable</c> or <c>unreachable</c>: what the file expects.</summary>
    public required string Expect { get; init; }

    /// <summary>Who the file expects the other side to see; none if it does not matter.</summary>
    public string? SeenAs { get; init; }

    /// <summary>Whether it is as expected, in every family.</summary>
    public bool Passed => Families.Count > 0 && Families.All(family => family.Passed);

    /// <summary>What was found: <c>reachable</c>, <c>unreachable</c> or <c>refused</c>.</summary>
    public string Found => Telling?.Found ?? FamilyResult.Refused;

    /// <summary>The source address that the other side saw; none if it could not be known.</summary>
    public string? SourceSeen => Telling?.SourceSeen;

    /// <summary>More about it, in one line; empty if there is nothing to say.</summary>
    public string Detail => Telling is not { } telling ? Problem
        : telling.Detail.Length > 0 && Families.Count > 1 ? $"{telling.Family}: {telling.Detail}"
        : telling.Detail;

    /// <summary>How long it took.</summary>
    public double Milliseconds => Families.Select(family => family.Milliseconds).DefaultIfEmpty(0).Max();

    /// <summary>The same for each family, IPv4 first; empty if nothing could be sent.</summary>
    public required IReadOnlyList<FamilyResult> Families { get; init; }

    /// <summary>Why nothing could be sent.</summary>
    [JsonIgnore]
    public string Problem { get; init; } = "";

    private FamilyResult? Telling =>
        Families.FirstOrDefault(family => !family.Passed) ?? (Families.Count > 0 ? Families[0] : null);
}

/// <summary>What a check found in one family.</summary>
internal sealed record FamilyResult
{
    /// <summary>The packet arrived, and nobody listens.</summary>
    public const string Refused = "refused";

    /// <summary><c>IPv4</c> or <c>IPv6</c>.</summary>
    public required string Family { get; init; }

    /// <summary>The address that was meant to answer.</summary>
    public required string Address { get; init; }

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
