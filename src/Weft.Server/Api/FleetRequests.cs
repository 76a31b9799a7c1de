using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Weft.Plan;
using Weft.Server.Agents;

namespace Weft.Server.Api;

/// <summary>Questions about the whole fleet.</summary>
/// <param name="overview">Answers them.</param>
/// <param name="options">Time.</param>
internal sealed class FleetRequests(FleetOverview overview, ServerOptions options)
{
    /// <summary>The longest that <c>/v1/wait</c> waits.</summary>
    public const int WaitSecondsMax = 600;

    private const int WaitSecondsDefault = 60;
    private const int NodesInMessage = 10;

    /// <summary><c>GET /v1/status</c>.</summary>
    public Task DescribeAsync(HttpContext context) => ApiAnswer.WriteAsync(
        context, StatusCodes.Status200OK, overview.Describe(), PlanJson.Default.FleetStatus);

    /// <summary><c>GET /v1/wait?revision=R&amp;timeoutSeconds=N</c>.</summary>
    public async Task WaitAsync(HttpContext context, CancellationToken stopping)
    {
        if (!TryRead(context, "revision", 0, out long revision)
            || !TryRead(context, "timeoutSeconds", WaitSecondsDefault, out long seconds))
        {
            await ApiAnswer.RefuseAsync(
                context, StatusCodes.Status400BadRequest, "revision and timeoutSeconds are whole numbers").ConfigureAwait(false);
            return;
        }

        using CancellationTokenSource ending =
            CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        TimeSpan patience = TimeSpan.FromSeconds(Math.Min(seconds, WaitSecondsMax));
        IReadOnlyList<string> lagging =
            await overview.WaitAsync(revision, patience, options.Time, ending.Token).ConfigureAwait(false);
        if (lagging.Count == 0)
        {
            await DescribeAsync(context).ConfigureAwait(false);
            return;
        }

        string names = string.Join(", ", lagging.Take(NodesInMessage));
        string rest = lagging.Count > NodesInMessage
            ? FormattableString.Invariant($" and {lagging.Count - NodesInMessage} more")
            : "";
        await ApiAnswer.RefuseAsync(
            context,
            StatusCodes.Status504GatewayTimeout,
            FormattableString.Invariant($"revision {revision} is not applied yet by: {names}{rest}; see 'weft status'"))
            .ConfigureAwait(false);
    }

    private static bool TryRead(HttpContext context, string name, long otherwise, out long value)
    {
        string text = context.Request.Query[name].ToString();
        value = otherwise;
        return text.Length == 0 || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
