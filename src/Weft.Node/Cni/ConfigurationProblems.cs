using System;
using System.Collections.Generic;
using System.Text.Json;
using Weft.Node.Calls;

namespace Weft.Node.Cni;

/// <summary>Reads the fields of a network configuration, and collects all that is wrong with them: people mend a file once.
/// </summary>
internal sealed class ConfigurationProblems
{
    private const int ProblemsMax = 16;
    private const int ValueLengthMax = 80;

    private readonly List<string> _invalid = [];
    private readonly List<string> _unsupported = [];

    /// <summary>What to answer; none if nothing is wrong. An unsupported field comes first: its code is the specification's
    /// for that.</summary>
    public AgentFault? Fault =>
        _unsupported.Count > 0 ? new AgentFault(FaultCodes.UnsupportedField,
            $"unsupported field in the network configuration: {string.Join("; ", _unsupported)}",
            "remove it: Weft ignores no field of a network silently")
        : _invalid.Count > 0 ? new AgentFault(FaultCodes.InvalidConfiguration,
            $"invalid network configuration: {string.Join("; ", _invalid)}", "docs/guide/cni.md says what each field may be")
        : null;

    /// <summary>A field that says something that cannot be.</summary>
    public void Invalid(string field, string why)
    {
        if (_invalid.Count < ProblemsMax)
        {
            _invalid.Add($"{field} {why}");
        }
    }

    /// <summary>A field that has no meaning here. "The error message must contain the key and value."</summary>
    public void Unsupported(string field, string value, string instead = "")
    {
        if (_unsupported.Count < ProblemsMax)
        {
            _unsupported.Add($"{field}={Shorten(value)}{(instead.Length > 0 ? $" ({instead})" : "")}");
        }
    }

    /// <summary>A text; none if the field is missing or null.</summary>
    public string? Text(JsonElement parent, string name, string path = "")
    {
        if (!TryGet(parent, name, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String || !TryGetText(value, out string text))
        {
            Invalid(path + name, "is not a text");
            return null;
        }

        return text;
    }

    /// <summary>True or false, also as a text, as Calico writes it; none if the field is missing.</summary>
    public bool? Flag(JsonElement parent, string name, string path = "")
    {
        if (!TryGet(parent, name, out JsonElement value))
        {
            return null;
        }

        bool? flag = value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String when value.ValueEquals("true"u8) => true,
            JsonValueKind.String when value.ValueEquals("false"u8) => false,
            _ => null,
        };
        if (flag is null)
        {
            Invalid(path + name, "is neither true nor false");
        }

        return flag;
    }

    /// <summary>A list of texts; empty if the field is missing.</summary>
    public IReadOnlyList<string> Texts(JsonElement parent, string name, string path = "") =>
        TryGet(parent, name, out JsonElement value) ? Texts(value, path + name) : [];

    /// <summary>A value that is a list of texts.</summary>
    public IReadOnlyList<string> Texts(JsonElement value, string path)
    {
        List<string> texts = [];
        if (value.ValueKind != JsonValueKind.Array)
        {
            Invalid(path, "is not a list");
            return texts;
        }

        foreach (JsonElement item in value.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String && TryGetText(item, out string text))
            {
                texts.Add(text);
            }
            else
            {
                Invalid(path, "has something that is not a text");
            }
        }

        return texts;
    }

    /// <summary>A list of objects; empty if the field is missing.</summary>
    public IReadOnlyList<JsonElement> Objects(JsonElement parent, string name, string path = "")
    {
        List<JsonElement> objects = [];
        if (!TryGet(parent, name, out JsonElement value))
        {
            return objects;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Invalid(path + name, "is not a list");
            return objects;
        }

        foreach (JsonElement item in value.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Object)
            {
                objects.Add(item);
            }
            else
            {
                Invalid(path + name, "has something that is not an object");
            }
        }

        return objects;
    }

    /// <summary>The members of an object; none if it is missing.</summary>
    public IReadOnlyList<JsonProperty> Members(JsonElement parent, string name, string path = "")
    {
        if (!TryGet(parent, name, out JsonElement value))
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            Invalid(path + name, "is not an object");
            return [];
        }

        return [.. value.EnumerateObject()];
    }

    /// <summary>Whether a text is text: JSON can escape half a character, which is none.</summary>
    public static bool TryGetText(JsonElement value, out string text)
    {
        text = "";
        try
        {
            text = value.GetString() ?? "";
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static bool TryGet(JsonElement parent, string name, out JsonElement value) =>
        parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    private static string Shorten(string value) =>
        value.Length <= ValueLengthMax ? value : $"{value.AsSpan(0, ValueLengthMax - 3)}...";
}
