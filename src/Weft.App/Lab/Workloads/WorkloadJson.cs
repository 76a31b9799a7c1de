using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Weft.App.Lab.Workloads;

/// <summary>The JSON of this room's records.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<ServeEntry>))]
[JsonSerializable(typeof(ServedAnswer))]
[JsonSerializable(typeof(ConnectedWorkload))]
internal sealed partial class WorkloadJson : JsonSerializerContext;
