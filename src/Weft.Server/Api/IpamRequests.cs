using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Weft.Net;
using Weft.Plan;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Agents;
using Weft.Server.Fleet;
using Weft.Server.Ipam;
using Weft.Server.Plans;

namespace Weft.Server.Api;

/// <summary>Questions about addresses.</summary>
/// <param name="keeper">The state.</param>
/// <param name="hub">Who is connected.</param>
/// <param name="agents">The reports.</param>
/// <param name="audit">Asks the agents.</param>
internal sealed class IpamRequests(FleetKeeper keeper, PlanHub hub, AgentRegistry agents, IpamAudit audit)
{
    // Counting costs what there is; asked often, and the same until something changes.
    private IpamUsage _counted = new(FleetState.Empty);

    /// <summary><c>GET /v1/ipam</c>.</summary>
    public Task DescribeAsync(HttpContext context) =>
        ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, Describe(), PlanJson.Default.IpamStatus);

    /// <summary><c>GET /v1/ipam/addresses/{address}</c>.</summary>
    public async Task FindAsync(HttpContext context, string text, CancellationToken stopping)
    {
        if (!IpAddress.TryParse(text, out IpAddress address))
        {
            await ApiAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, $"'{text}' is no address").ConfigureAwait(false);
            return;
        }

        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        AddressInfo info = await audit.FindAsync(address, ending.Token).ConfigureAwait(false);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, info, PlanJson.Default.AddressInfo).ConfigureAwait(false);
    }

    /// <summary><c>GET /v1/ipam/check</c>.</summary>
    public async Task CheckAsync(HttpContext context, CancellationToken stopping)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        IpamCheck check = await audit.CheckAsync(ending.Token).ConfigureAwait(false);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, check, PlanJson.Default.IpamCheck).ConfigureAwait(false);
    }

    /// <summary><c>POST /v1/ipam/release</c>; with <c>?wait=true</c> it answers when the store has the address free, too.</summary>
    public async Task ReleaseAsync(HttpContext context, CancellationToken stopping)
    {
        if (await ApiBody.ReadAsync(context, PlanJson.Default.ReleaseRequest).ConfigureAwait(false) is not { } request)
        {
            return;
        }

        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        bool wait = context.Request.Query["wait"] == "true";
        (ReleaseAnswer? answer, Refusal? refusal) = await audit.ReleaseAsync(request.Address, wait, ending.Token).ConfigureAwait(false);
        await (answer is not null
            ? ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, answer, PlanJson.Default.ReleaseAnswer)
            : ApiAnswer.RefuseAsync(context, refusal!)).ConfigureAwait(false);
    }

    /// <summary><c>GET /metrics</c>.</summary>
    public async Task WriteMetricsAsync(HttpContext context)
    {
        byte[] text = FleetMetrics.Write(keeper.State, Describe(), hub.Connected);
        context.Response.ContentType = FleetMetrics.MediaType;
        context.Response.ContentLength = text.Length;
        await context.Response.BodyWriter.WriteAsync(text, context.RequestAborted).ConfigureAwait(false);
    }

    private IpamStatus Describe()
    {
        FleetState state = keeper.State;
        IpamUsage counted = Volatile.Read(ref _counted);
        if (!ReferenceEquals(counted.State, state))
        {
            counted = new IpamUsage(state);
            Volatile.Write(ref _counted, counted);
        }

        HashSet<string> connected = [.. hub.Connected];
        return counted.Describe(node => connected.Contains(node) ? agents.Find(node) : null);
    }
}
