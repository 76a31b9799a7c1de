using System;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Weft.Net;

/// <summary>Values that are their text in JSON; text that does not parse is a <see cref="JsonException"/>.</summary>
/// <typeparam name="TValue">The value.</typeparam>
public abstract class JsonTextConverter<TValue> : JsonConverter<TValue>
    where TValue : struct
{
    /// <summary>Reads the text of a value.</summary>
    protected abstract bool TryParse(string? text, out TValue value);

    /// <inheritdoc/>
    public sealed override TValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return TryParse(text, out TValue value)
            ? value
            : throw new JsonException($"'{text}' is not a {typeof(TValue).Name}");
    }

    /// <inheritdoc/>
    public sealed override void Write(Utf8JsonWriter writer, TValue value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.ToString());
    }
}

/// <summary><see cref="IpAddress"/> as text.</summary>
public sealed class IpAddressJsonConverter : JsonTextConverter<IpAddress>
{
    /// <inheritdoc/>
    protected override bool TryParse(string? text, out IpAddress value) => IpAddress.TryParse(text, out value);
}

/// <summary><see cref="IpPrefix"/> as text.</summary>
public sealed class IpPrefixJsonConverter : JsonTextConverter<IpPrefix>
{
    /// <inheritdoc/>
    protected override bool TryParse(string? text, out IpPrefix value) => IpPrefix.TryParse(text, out value);
}

/// <summary><see cref="IpInterfaceAddress"/> as text.</summary>
public sealed class IpInterfaceAddressJsonConverter : JsonTextConverter<IpInterfaceAddress>
{
    /// <inheritdoc/>
    protected override bool TryParse(string? text, out IpInterfaceAddress value) =>
        IpInterfaceAddress.TryParse(text, out value);
}

/// <summary><see cref="MacAddress"/> as text.</summary>
public sealed class MacAddressJsonConverter : JsonTextConverter<MacAddress>
{
    /// <inheritdoc/>
    protected override bool TryParse(string? text, out MacAddress value) => MacAddress.TryParse(text, out value);
}
