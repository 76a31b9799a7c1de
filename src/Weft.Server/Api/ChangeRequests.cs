using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Weft.Model.Documents;
using Weft.Plan;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Agents;
using Weft.Server.Changes;
using Weft.Server.Fleet;

namespace Weft.Server.Api;

/// <summary>Apply and delete: what administrators change.</summary>
/// <param name="keeper">The state.</param>
/// <param name="agents">The reports.</param>
/// <param name="facts">Who is connected.</param>
/// <param name="time">Wall time.</param>
internal sealed class ChangeRequests(FleetKeeper keeper, AgentRegistry agents, IAgentFacts facts, TimeProvider time)
{
    private delegate Decision Deciding(FleetState state, IReadOnlyList<DocumentNode> documents, Stamp stamp);

    /// <summary><c>POST /v1/apply</c>.</summary>
    public Task ApplyAsync(HttpContext context) => ChangeAsync(
        context, (state, documents, stamp) => ApplyDecision.Decide(state, documents, stamp, agents.Find));

    /// <summary><c>POST /v1/delete</c>.</summary>
    public Task DeleteAsync(HttpContext context) => ChangeAsync(
        context, (state, documents, stamp) => DeleteDecision.Decide(state, documents, stamp, facts.IsConnected));

    private async Task ChangeAsync(HttpContext context, Deciding deciding)
    {
        if (await ApiBody.ReadDocumentsAsync(context).ConfigureAwait(false) is not { } documents)
        {
            return;
        }

        Stamp stamp = Stamp.Of(time);
        bool dryRun = context.Request.Query["dryRun"] == "true";

        // Begun is begun: a client that goes away must not leave it open whether its change was made.
        (Decision decision, long revision) = dryRun
            ? (deciding(keeper.State, documents, stamp), keeper.State.Revision)
            : await keeper.ChangeAsync(state => deciding(state, documents, stamp), CancellationToken.None).ConfigureAwait(false);
        if (decision.Refusal is { } refusal)
        {
            await ApiAnswer.RefuseAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        ApplyAnswer answer = new(revision, decision.Results);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, answer, PlanJson.Default.ApplyAnswer).ConfigureAwait(false);
    }
}
