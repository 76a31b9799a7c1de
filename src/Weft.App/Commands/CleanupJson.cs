using System.Text.Json.Serialization;
using Weft.Agent.Cleaning;

namespace Weft.App.Commands;

/// <summary>The JSON of a cleanup's report, which scripts read (docs/guide.md).</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CleanupReport))]
internal sealed partial class CleanupJson : JsonSerializerContext;
