using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Model.Watch;
using Weft.Plan.Compiling;
using Weft.Server.Fleet;
using Weft.Server.Storing;

namespace Weft.Server.Api;

/// <summary>Get, list and watch, as Kubernetes has them.</summary>
/// <param name="keeper">The state.</param>
/// <param name="store">The store, for watches that resume.</param>
/// <param name="options">Time and heartbeat.</param>
internal sealed class ResourceRequests(FleetKeeper keeper, IStore store, ServerOptions options)
{
    private static readonly JsonWriterOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Answers for one resource.</summary>
    public Task GetAsync(HttpContext context, ResourceKey key)
    {
        return keeper.State.Find(key) is { } resource
            ? ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, JsonText.Write(ResourceWriter.ToTree(resource)))
            : ApiAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, $"{key} does not exist");
    }

    /// <summary>Answers for a kind: a list, or with <c>?watch=true</c> a stream.</summary>
    /// <param name="context">The request.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="inNamespace">Only resources of this namespace; none for all.</param>
    /// <param name="stopping">Ends streams.</param>
    public Task ListAsync(HttpContext context, ResourceKind kind, string? inNamespace, CancellationToken stopping)
    {
        IQueryCollection query = context.Request.Query;
        if (query["watch"] != "true" && query["watch"] != "1")
        {
            return ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, List(keeper.State, kind, inNamespace));
        }

        string text = query["resourceVersion"].ToString();
        long after = 0;
        return text.Length == 0 || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after)
            ? WatchAsync(context, kind, inNamespace, after, stopping)
            : ApiAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, $"resourceVersion '{text}' is not a number");
    }

    private static byte[] List(FleetState state, ResourceKind kind, string? inNamespace)
    {
        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer, Compact);
        json.WriteStartObject();
        json.WriteString("apiVersion", kind.ApiVersion);
        json.WriteString("kind", $"{kind.Kind}List");
        json.WriteStartObject("metadata");
        json.WriteString("resourceVersion", state.Revision.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteStartArray("items");
        foreach (Resource resource in Of(state, kind, inNamespace))
        {
            JsonText.WriteTo(ResourceWriter.ToTree(resource), json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static IEnumerable<Resource> Of(FleetState state, ResourceKind kind, string? inNamespace) =>
        state.OfKind(kind).Where(resource => inNamespace is null || resource.Metadata.Namespace == inNamespace);

    private async Task WatchAsync(
        HttpContext context, ResourceKind kind, string? inNamespace, long after, CancellationToken stopping)
    {
        ApiAnswer.BeginStream(context);
        using CancellationTokenSource ending =
            CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        if (after == 0)
        {
            FleetState state = keeper.State;
            foreach (Resource resource in Of(state, kind, inNamespace))
            {
                await SendAsync(context, WatchFrameType.Added, resource).ConfigureAwait(false);
            }

            after = state.Revision;
        }

        // At once, so that the reader knows that the watch stands, and where.
        await BookmarkAsync(context, kind, after).ConfigureAwait(false);
        try
        {
            IAsyncEnumerator<StoreCommit> commits = store.WatchAsync(after, ending.Token).GetAsyncEnumerator(ending.Token);
            Task<bool>? next = null;
            try
            {
                while (true)
                {
                    next ??= commits.MoveNextAsync().AsTask();
                    if (await EndsWithinHeartbeatAsync(next, ending.Token).ConfigureAwait(false))
                    {
                        _ = await next.ConfigureAwait(false);
                        next = null;
                        after = commits.Current.Revision;
                        await SendAsync(context, kind, inNamespace, commits.Current).ConfigureAwait(false);
                    }
                    else
                    {
                        await BookmarkAsync(context, kind, after).ConfigureAwait(false);
                    }
                }
            }
            finally
            {
                // An enumerator may only be disposed when its step has ended.
                await ending.CancelAsync().ConfigureAwait(false);
                await (next ?? Task.FromResult(false)).ContinueWith(
                    static step => step.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default)
                    .ConfigureAwait(false);
                await commits.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (RevisionExpiredException)
        {
            await ApiAnswer.SendLineAsync(context, WatchFrame.ExpiredAt(after).ToJson()).ConfigureAwait(false);
        }
    }

    private async Task<bool> EndsWithinHeartbeatAsync(Task step, CancellationToken cancellation)
    {
        try
        {
            await ((Task)step).WaitAsync(options.Heartbeat, options.Time, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static async Task SendAsync(HttpContext context, ResourceKind kind, string? inNamespace, StoreCommit commit)
    {
        foreach (StoreChange change in commit.Changes)
        {
            if (change.Key.Kind != kind.Kind || (inNamespace is not null && change.Key.Namespace != inNamespace))
            {
                continue;
            }

            if ((change.After ?? change.Before) is { } stored)
            {
                WatchFrameType type = change.Before is null ? WatchFrameType.Added
                    : change.After is null ? WatchFrameType.Deleted
                    : WatchFrameType.Modified;

                // What is gone has the revision at which it went, so that a reader resumes behind it.
                await SendAsync(context, type, StoredResources.Read(stored with { Revision = commit.Revision })).ConfigureAwait(false);
            }
        }
    }

    private static Task SendAsync(HttpContext context, WatchFrameType type, Resource resource) =>
        ApiAnswer.SendLineAsync(context, new WatchFrame(type, ResourceWriter.ToTree(resource)).ToJson());

    private static Task BookmarkAsync(HttpContext context, ResourceKind kind, long revision) =>
        ApiAnswer.SendLineAsync(context, WatchFrame.Bookmark(kind.ApiVersion, kind.Kind, revision).ToJson());
}
