using System;
using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Weft.Cni;

/// <summary>What a runtime gets: JSON on standard output, or nothing, and an exit code.</summary>
internal readonly record struct PluginAnswer(int ExitCode, ReadOnlyMemory<byte> Output)
{
    // Codes of the CNI specification, "Error".
    public const int InvalidEnvironment = 4;
    public const int IoFailure = 5;
    public const int InvalidConfiguration = 7;
    public const int TryAgainLater = 11;
    public const int NotAvailable = 50;

    private const string NewestVersion = "1.1.0";

    /// <summary>The versions of the specification, as VERSION tells them.</summary>
    public static PluginAnswer Versions(ConfigurationHead head) => new(0, Json(writer =>
    {
        writer.WriteString("cniVersion"u8, head.Version.Length > 0 ? head.Version : NewestVersion);
        writer.WriteStartArray("supportedVersions"u8);
        foreach (string version in (ReadOnlySpan<string>)["0.3.1", "0.4.0", "1.0.0", NewestVersion])
        {
            writer.WriteStringValue(version);
        }

        writer.WriteEndArray();
    }));

    /// <summary>An error result, in the version that was asked with.</summary>
    public static PluginAnswer Error(string version, int code, string message, string details) => new(1, Json(writer =>
    {
        writer.WriteString("cniVersion"u8, version.Length > 0 ? version : NewestVersion);
        writer.WriteNumber("code"u8, code);
        writer.WriteString("msg"u8, message);
        writer.WriteString("details"u8, details);
    }));

    /// <summary>Reads the agent's answer (<c>AgentAnswer</c> in Weft.Node); none if it is not one.</summary>
    public static PluginAnswer? Read(ReadOnlySpan<byte> line, string version)
    {
        Utf8JsonReader reader = new(line);
        int? exitCode = null;
        int code = 0;
        string output = "", message = "", details = "";
        try
        {
            while (reader.Read())
            {
                // At depth 1 {"cni": ...} or {"fault": ...}; what they say is at depth 2.
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 2)
                {
                    continue;
                }

                if (reader.ValueTextEquals("exitCode"u8) && reader.Read())
                {
                    exitCode = reader.GetInt32();
                }
                else if (reader.ValueTextEquals("output"u8) && reader.Read())
                {
                    output = reader.GetString() ?? "";
                }
                else if (reader.ValueTextEquals("code"u8) && reader.Read())
                {
                    code = reader.GetInt32();
                }
                else if (reader.ValueTextEquals("message"u8) && reader.Read())
                {
                    message = reader.GetString() ?? "";
                }
                else if (reader.ValueTextEquals("details"u8) && reader.Read())
                {
                    details = reader.GetString() ?? "";
                }
            }
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }

        return exitCode is { } exit ? new PluginAnswer(exit, Encoding.UTF8.GetBytes(output))
            : code != 0 ? Error(version, code, message, details) : null;
    }

    private static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> content)
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter writer = new(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            content(writer);
            writer.WriteEndObject();
        }

        text.Write("\n"u8);
        return text.WrittenMemory;
    }
}
