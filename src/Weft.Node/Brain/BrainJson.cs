using System;
using System.Collections.Generic;
using System.Text.Json;
using System.Text.Json.Serialization;

using Weft.Netlink;

namespace Weft.Node.Brain;

/// <summary>The JSON of recordings: one line per event or action.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BrainEvent))]
[JsonSerializable(typeof(BrainAction))]
[JsonSerializable(typeof(RecordedStep))]
public sealed partial class BrainJson : JsonSerializerContext;

/// <summary>One line of a recording: what the brain was told, when, and what it wanted done.</summary>
/// <param name="At">Nanoseconds on the agent's monotonic clock.</param>
/// <param name="Event">The event; none for <see cref="AgentBrain.OnDeadline"/>.</param>
/// <param name="Actions">What came of it, in order.</param>
public sealed record RecordedStep(long At, BrainEvent? Event, IReadOnlyList<BrainAction> Actions);

/// <summary>Requests as what they do and their bytes; recordings are read by people and compared by tests.</summary>
public sealed class NetlinkRequestsJsonConverter : JsonConverter<IReadOnlyList<NetlinkRequest>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<NetlinkRequest> Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new JsonException("requests of a recording are compared as text, not read");

    /// <inheritdoc/>
    public override void Write(
        Utf8JsonWriter writer, IReadOnlyList<NetlinkRequest> value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartArray();
        foreach (NetlinkRequest request in value)
        {
            writer.WriteStringValue($"{request} {Convert.ToHexString(request.Bytes.Span)}");
            foreach (NamespaceReference reference in request.References)
            {
                writer.WriteStringValue($"at {reference.Offset}: descriptor of {reference.Namespace}");
            }
        }

        writer.WriteEndArray();
    }
}
