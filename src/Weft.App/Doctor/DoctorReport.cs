using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Weft.App.Doctor;

/// <summary>How a check came out.</summary>
internal enum CheckStatus
{
    /// <summary>As it should be.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>Weft runs, and something is worth knowing or mending.</summary>
    [JsonStringEnumMemberName("notice")]
    Notice,

    /// <summary>Weft cannot do its work until it is mended.</summary>
    [JsonStringEnumMemberName("missing")]
    Missing,
}

/// <summary>One check.</summary>
/// <param name="Name">What was looked at.</param>
/// <param name="Status">How it came out.</param>
/// <param name="Seen">What was seen.</param>
/// <param name="Mend">The command that mends it; null where nothing is to do.</param>
internal sealed record DoctorCheck(string Name, CheckStatus Status, string Seen, string? Mend = null);

/// <summary>What <c>weft doctor</c> found.</summary>
/// <param name="CanRun">Whether Weft can do its work here: nothing is missing.</param>
/// <param name="Checks">Each check, in a fixed order.</param>
internal sealed record DoctorReport(bool CanRun, IReadOnlyList<DoctorCheck> Checks);

/// <summary>The report's JSON, which scripts read (docs/guide.md).</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
