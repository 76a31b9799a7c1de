using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Weft.Model.Resources;

namespace Weft.Server.Api;

/// <summary>Brings each request to what answers it: every path of the API, in one place.</summary>
/// <param name="resources">Get, list, watch.</param>
/// <param name="changes">Apply and delete.</param>
/// <param name="nodes">Agents.</param>
/// <param name="fleet">Status and waiting.</param>
/// <param name="ipam">Addresses, and metrics.</param>
/// <param name="log">Takes a line for the operator.</param>
/// <param name="stopping">Ends streams when the server stops.</param>
internal sealed class ApiRouter(
    ResourceRequests resources,
    ChangeRequests changes,
    NodeRequests nodes,
    FleetRequests fleet,
    IpamRequests ipam,
    Action<string> log,
    CancellationToken stopping)
{
    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        try
        {
            await RouteAsync(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || stopping.IsCancellationRequested)
        {
            // The client has gone, or the server goes: there is nobody to answer.
        }
        catch (Exception defect) when (!context.Response.HasStarted)
        {
            log($"{context.Request.Method} {context.Request.Path}: {defect.GetType().Name}: {defect.Message}");
            await ApiAnswer.RefuseAsync(
                context, StatusCodes.Status500InternalServerError, $"the server could not answer: {defect.Message}").ConfigureAwait(false);
        }
    }

    private Task RouteAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "/";
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return (context.Request.Method, parts) switch
        {
            ("GET", ["v1", "healthz"]) => ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, "{\"healthy\":true}"u8.ToArray()),
            ("GET", ["v1", "status"]) => fleet.DescribeAsync(context),
            ("GET", ["v1", "wait"]) => fleet.WaitAsync(context, stopping),
            ("GET", ["v1", "ipam"]) => ipam.DescribeAsync(context),
            ("GET", ["v1", "ipam", "check"]) => ipam.CheckAsync(context, stopping),
            ("GET", ["v1", "ipam", "addresses", string address]) => ipam.FindAsync(context, address, stopping),
            ("POST", ["v1", "ipam", "release"]) => ipam.ReleaseAsync(context, stopping),
            ("GET", ["metrics"]) => ipam.WriteMetricsAsync(context),
            ("POST", ["v1", "apply"]) => changes.ApplyAsync(context),
            ("POST", ["v1", "delete"]) => changes.DeleteAsync(context),
            ("GET", ["v1", "nodes", string node, "plan"]) => nodes.StreamPlanAsync(context, node, stopping),
            ("POST", ["v1", "nodes", string node, "blocks"]) => nodes.ClaimBlockAsync(context, node),
            ("POST", ["v1", "nodes", string node, "blocks", "release"]) => nodes.ReleaseBlockAsync(context, node),
            ("POST", ["v1", "nodes", string node, "loans"]) => nodes.RequestLoanAsync(context, node),
            ("POST", ["v1", "nodes", string node, "loans", string name]) => nodes.DecideLoanAsync(context, node, name),
            ("PUT", ["v1", "nodes", string node, "workloads"]) => nodes.PublishAsync(context, node),
            ("POST", ["v1", "nodes", string node, "answers", string id]) => nodes.AnswerAsync(context, node, id),
            ("POST", ["v1", "nodes", string node, "report"]) => nodes.ReportAsync(context, node),
            ("GET", ["api", string version, .. string[] rest]) => ReadAsync(context, "", version, rest),
            ("GET", ["apis", string group, string version, .. string[] rest]) => ReadAsync(context, group, version, rest),
            _ => UnknownAsync(context, path),
        };
    }

    private Task ReadAsync(HttpContext context, string group, string version, string[] rest) => rest switch
    {
        [string plural] when Find(group, version, plural) is { } kind => resources.ListAsync(context, kind, null, stopping),
        [string plural, string name] when Find(group, version, plural) is { Namespaced: false } kind =>
            resources.GetAsync(context, new ResourceKey(kind.Kind, "", name)),
        ["namespaces", string space, string plural] when Find(group, version, plural) is { Namespaced: true } kind =>
            resources.ListAsync(context, kind, space, stopping),
        ["namespaces", string space, string plural, string name] when Find(group, version, plural) is { Namespaced: true } kind =>
            resources.GetAsync(context, new ResourceKey(kind.Kind, space, name)),
        _ => UnknownAsync(context, context.Request.Path.Value ?? "/"),
    };

    private static ResourceKind? Find(string group, string version, string plural) =>
        ResourceKinds.FindByPath(group, version, plural);

    private static Task UnknownAsync(HttpContext context, string path) => ApiAnswer.RefuseAsync(
        context,
        StatusCodes.Status404NotFound,
        $"{context.Request.Method} {path} is not part of this API: see GET /v1/status, POST /v1/apply, GET /apis/projectcalico.org/v3/nodes");
}
