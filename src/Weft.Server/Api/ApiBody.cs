using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Weft.Model.Documents;

namespace Weft.Server.Api;

/// <summary>Reads requests' bodies; what is wrong with one is answered here.</summary>
internal static class ApiBody
{
    /// <summary>Bytes of a body; more are refused with 413.</summary>
    public const int BytesMax = 16 * 1024 * 1024;

    /// <summary>The body as documents; none, and the refusal is sent, if it is not an array of JSON values.</summary>
    public static async Task<IReadOnlyList<DocumentNode>?> ReadDocumentsAsync(HttpContext context)
    {
        if (await ReadAsync(context).ConfigureAwait(false) is not { } bytes)
        {
            return null;
        }

        List<Diagnostic> errors = [];
        DocumentNode? document = JsonText.ParseOne(bytes, null, errors);
        if (document is SequenceNode list)
        {
            return [.. list.Items];
        }

        string reason = errors.FirstOrDefault()?.ToString() ?? $"a JSON array of documents was expected, not {document?.Description}";
        await ApiAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, $"the body is not right: {reason}").ConfigureAwait(false);
        return null;
    }

    /// <summary>The body as a wire record; none, and the refusal is sent, if it is not one.</summary>
    public static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        if (await ReadAsync(context).ConfigureAwait(false) is not { } bytes)
        {
            return null;
        }

        if (TryParse(bytes, type, out T? value, out string reason))
        {
            return value;
        }

        await ApiAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, $"the body is not right: {reason}").ConfigureAwait(false);
        return null;
    }

    private static bool TryParse<T>(
        byte[] bytes, JsonTypeInfo<T> type, [NotNullWhen(true)] out T? value, out string reason)
        where T : class
    {
        value = null;
        reason = "null is not expected";
        try
        {
            value = JsonSerializer.Deserialize(bytes, type);
        }
        catch (JsonException malformed)
        {
            reason = malformed.Message;
        }

        return value is not null;
    }

    private static async Task<byte[]?> ReadAsync(HttpContext context)
    {
        PipeReader body = context.Request.BodyReader;
        while (true)
        {
            ReadResult read = await body.ReadAsync(context.RequestAborted).ConfigureAwait(false);
            if (read.Buffer.Length > BytesMax)
            {
                body.AdvanceTo(read.Buffer.End);
                break;
            }

            if (read.IsCompleted)
            {
                byte[] bytes = read.Buffer.ToArray();
                body.AdvanceTo(read.Buffer.End);
                return bytes;
            }

            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        await ApiAnswer.RefuseAsync(
            context,
            StatusCodes.Status413PayloadTooLarge,
            FormattableString.Invariant($"the body is larger than {BytesMax} bytes: send it in parts")).ConfigureAwait(false);
        return null;
    }
}
