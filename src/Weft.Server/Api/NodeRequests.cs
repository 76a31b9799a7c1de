using System;
using System.Globalization;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Weft.Net;
using Weft.Plan;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Agents;
using Weft.Server.Changes;
using Weft.Server.Fleet;
using Weft.Server.Plans;

namespace Weft.Server.Api;

/// <summary>What agents ask and say.</summary>
/// <param name="keeper">The state.</param>
/// <param name="hub">The plans.</param>
/// <param name="agents">The reports.</param>
/// <param name="requests">What agents are asked.</param>
/// <param name="facts">What is known of agents.</param>
/// <param name="age">Hears what agents have seen.</param>
/// <param name="options">Time and heartbeat.</param>
internal sealed class NodeRequests(
    FleetKeeper keeper, PlanHub hub, AgentRegistry agents, AgentRequests requests, AgentFacts facts, StoreAge age, ServerOptions options)
{
    /// <summary><c>GET /v1/nodes/{node}/plan</c>: the whole plan, then what changes in it; between them what the
    /// agent is asked (<see cref="AgentRequestLine"/>), and an empty line now and then. <c>?revision=</c> is that of the plan that the
    /// agent has. For as long as it is open, the node counts as connected.</summary>
    public async Task StreamPlanAsync(HttpContext context, string node, CancellationToken stopping)
    {
        using CancellationTokenSource ending =
            CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        ApiAnswer.BeginStream(context);
        agents.Begin(node);
        if (long.TryParse(context.Request.Query["revision"], CultureInfo.InvariantCulture, out long seen))
        {
            age.Meet(node, seen, keeper.State.Revision);
        }

        using PlanStream stream = hub.Open(node);
        agents.Pulse();
        try
        {
            while (true)
            {
                PlanFrame? frame = await stream.NextAsync(options.Heartbeat, options.Time, ending.Token).ConfigureAwait(false);
                ReadOnlyMemory<byte> line = 0 switch
                {
                    _ when frame is not null => JsonSerializer.SerializeToUtf8Bytes(frame, PlanJson.Default.PlanFrame),
                    _ when stream.TakeRequest() is { } request =>
                        JsonSerializer.SerializeToUtf8Bytes(request, PlanJson.Default.AgentRequestLine),
                    _ => ReadOnlyMemory<byte>.Empty,
                };
                await ApiAnswer.SendLineAsync(context, line).ConfigureAwait(false);
            }
        }
        finally
        {
            stream.Dispose();
            requests.Drop(stream);
            agents.Pulse();
        }
    }

    /// <summary><c>POST /v1/nodes/{node}/blocks</c>.</summary>
    public async Task ClaimBlockAsync(HttpContext context, string node)
    {
        if (await ApiBody.ReadAsync(context, PlanJson.Default.BlockClaim).ConfigureAwait(false) is not { } claim)
        {
            return;
        }

        IpPrefix? block = null;
        (Decision decision, long revision) = await ChangeAsync(
            (state, stamp) => BlockDecisions.Claim(state, node, claim, facts, stamp, out block)).ConfigureAwait(false);
        if (decision.Refusal is { Kind: not RefusalKind.NotYet } refusal)
        {
            await ApiAnswer.RefuseAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        Invariant.Holds(block is not null || decision.Refusal is not null);
        BlockClaimAnswer answer = new(block, revision, decision.Refusal?.Error.Message);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, answer, PlanJson.Default.BlockClaimAnswer).ConfigureAwait(false);
    }

    /// <summary><c>POST /v1/nodes/{node}/blocks/release</c>.</summary>
    public async Task ReleaseBlockAsync(HttpContext context, string node)
    {
        if (await ApiBody.ReadAsync(context, PlanJson.Default.BlockRelease).ConfigureAwait(false) is { } release)
        {
            await ChangeAndAnswerAsync(
                context,
                (state, _) => BlockDecisions.Release(state, node, release),
                () => BlockDecisions.HasAnewSince(keeper.State, node, release)).ConfigureAwait(false);
        }
    }

    /// <summary><c>POST /v1/nodes/{node}/loans</c>.</summary>
    public async Task RequestLoanAsync(HttpContext context, string node)
    {
        if (await ApiBody.ReadAsync(context, PlanJson.Default.LoanRequest).ConfigureAwait(false) is not { } request)
        {
            return;
        }

        string name = "";
        (Decision decision, long revision) = await ChangeAsync(
            (state, stamp) => LoanDecisions.Request(state, node, request, facts, stamp, out name)).ConfigureAwait(false);
        await (decision.Refusal is { } refusal
            ? ApiAnswer.RefuseAsync(context, refusal)
            : ApiAnswer.WriteAsync(
                context, StatusCodes.Status200OK, new LoanRequestAnswer(name, revision), PlanJson.Default.LoanRequestAnswer))
            .ConfigureAwait(false);
    }

    /// <summary><c>POST /v1/nodes/{node}/loans/{name}</c>.</summary>
    public async Task DecideLoanAsync(HttpContext context, string node, string name)
    {
        if (await ApiBody.ReadAsync(context, PlanJson.Default.LoanDecision).ConfigureAwait(false) is { } answer)
        {
            if (answer.Address is null && keeper.State.FindLoan(name) is { Address: null } loan && loan.Lender == node)
            {
                facts.Decline(loan.Block, loan.Wanted);
            }

            await ChangeAndAnswerAsync(
                context, (state, stamp) => LoanDecisions.Answer(state, node, name, answer, facts, stamp)).ConfigureAwait(false);
        }
    }

    /// <summary><c>PUT /v1/nodes/{node}/workloads</c>.</summary>
    public async Task PublishAsync(HttpContext context, string node)
    {
        if (await ApiBody.ReadAsync(context, PlanJson.Default.IReadOnlyListWorkloadPublication).ConfigureAwait(false)
            is { } publications)
        {
            await ChangeAndAnswerAsync(
                context, (state, stamp) => PublicationDecision.Decide(state, node, publications, stamp)).ConfigureAwait(false);
        }
    }

    /// <summary><c>POST /v1/nodes/{node}/answers/{id}</c>.</summary>
    public async Task AnswerAsync(HttpContext context, string node, string id)
    {
        if (await ApiBody.ReadAsync(context, PlanJson.Default.AgentReply).ConfigureAwait(false) is not { } reply)
        {
            return;
        }

        if (requests.TryAnswer(node, id, reply))
        {
            await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, "{}"u8.ToArray()).ConfigureAwait(false);
        }
        else
        {
            await ApiAnswer.RefuseAsync(
                context, StatusCodes.Status404NotFound, $"nobody waits for the answer {id} of {node}").ConfigureAwait(false);
        }
    }

    /// <summary><c>POST /v1/nodes/{node}/report</c>.</summary>
    public async Task ReportAsync(HttpContext context, string node)
    {
        if (await ApiBody.ReadAsync(context, PlanJson.Default.NodeReport).ConfigureAwait(false) is { } report)
        {
            agents.Remember(node, report, keeper.State.FindNode(node) is not null);
            await ChangeAndAnswerAsync(context, (state, _) => ReportDecision.Decide(state, node, report, agents.Find)).ConfigureAwait(false);
        }
    }

    private async Task ChangeAndAnswerAsync(
        HttpContext context, Func<FleetState, Stamp, Decision> decide, Func<long?>? revisionOf = null)
    {
        (Decision decision, long revision) = await ChangeAsync(decide).ConfigureAwait(false);
        if (decision.Refusal is { } refusal)
        {
            await ApiAnswer.RefuseAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        ApplyAnswer answer = new(revisionOf?.Invoke() ?? revision, decision.Results);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, answer, PlanJson.Default.ApplyAnswer).ConfigureAwait(false);
    }

    private Task<(Decision Decision, long Revision)> ChangeAsync(Func<FleetState, Stamp, Decision> decide)
    {
        Stamp stamp = Stamp.Of(options.Time);
        return keeper.ChangeAsync(state => decide(state, stamp), CancellationToken.None);
    }
}
