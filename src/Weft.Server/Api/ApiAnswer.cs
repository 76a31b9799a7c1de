using System;
using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Weft.Plan;
using Weft.Plan.Protocol;
using Weft.Server.Fleet;

namespace Weft.Server.Api;

/// <summary>Writes answers: always JSON, a refusal always a <see cref="ServerError"/>.</summary>
internal static class ApiAnswer
{
    /// <summary>The media type of one document.</summary>
    public const string Json = "application/json";

    /// <summary>The media type of a stream: one document a line.</summary>
    public const string JsonLines = "application/json;stream=watch";

    /// <summary>Answers with a value.</summary>
    public static Task WriteAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type) =>
        WriteAsync(context, status, JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>Answers with JSON that is ready.</summary>
    public static async Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = Json;
        context.Response.ContentLength = json.Length;
        await context.Response.BodyWriter.WriteAsync(json, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Answers with an error.</summary>
    public static Task RefuseAsync(HttpContext context, int status, string message) =>
        WriteAsync(context, status, new ServerError(message, []), PlanJson.Default.ServerError);

    /// <summary>Answers with a decision's refusal.</summary>
    public static Task RefuseAsync(HttpContext context, Refusal refusal) =>
        WriteAsync(context, StatusOf(refusal.Kind), refusal.Error, PlanJson.Default.ServerError);

    /// <summary>Begins a stream of lines.</summary>
    public static void BeginStream(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = JsonLines;
    }

    /// <summary>Sends one line of a stream, now.</summary>
    public static async Task SendLineAsync(HttpContext context, ReadOnlyMemory<byte> json)
    {
        context.Response.BodyWriter.Write(json.Span);
        context.Response.BodyWriter.Write("\n"u8);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Invalid => StatusCodes.Status422UnprocessableEntity,
        RefusalKind.NotFound => StatusCodes.Status404NotFound,
        RefusalKind.Conflict => StatusCodes.Status409Conflict,
        RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
        RefusalKind.StoreFailed => StatusCodes.Status507InsufficientStorage,
        _ => StatusCodes.Status503ServiceUnavailable,
    };
}
