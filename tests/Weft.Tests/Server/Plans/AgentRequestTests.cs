using System;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Plans;
using Xunit;

namespace Weft.Tests.Server.Plans;

public sealed class AgentRequestTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly AgentRequest.Audit Question = new();

    private readonly PlanHub _hub = new();
    private readonly AgentRequests _requests;

    public AgentRequestTests()
    {
        NodeResource node = new() { Metadata = new Metadata { Name = "n1" } };
        ResourceChange[] changes = [new ResourceChange(null, node)];
        _hub.Advance(FleetState.Empty.With(1, changes), changes);
        _requests = new AgentRequests(_hub, TimeProvider.System);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_is_asked_through_its_plans_connection_and_answers()
    {
        using PlanStream stream = _hub.Open("n1");
        Task<AgentOutcome> asking = _requests.AskAsync("n1", Question, Limit, Cancellation);
        Assert.NotNull(await stream.NextAsync(Limit, TimeProvider.System, Cancellation)); // The plan comes first.
        Assert.Null(await stream.NextAsync(Limit, TimeProvider.System, Cancellation));
        AgentRequestLine line = stream.TakeRequest()!;
        Assert.Equal(Question, line.Request);
        Assert.False(_requests.TryAnswer("n1", "another", new AgentReply.Refused("")));
        Assert.False(_requests.TryAnswer("n2", line.Ask, new AgentReply.Refused(""))); // An agent answers for its own node.
        Assert.True(_requests.TryAnswer("n1", line.Ask, new AgentReply.Refused("no")));
        Assert.Equal(new AgentOutcome.Replied(new AgentReply.Refused("no")), await asking);
        Assert.False(_requests.TryAnswer("n1", line.Ask, new AgentReply.Refused("")));
    }

    [Fact]
    public async Task An_agent_that_is_away_or_goes_away_is_said_so_at_once()
    {
        Assert.IsType<AgentOutcome.Away>(await _requests.AskAsync("n1", Question, Limit, Cancellation));
        PlanStream stream = _hub.Open("n1");
        Task<AgentOutcome> asking = _requests.AskAsync("n1", Question, Limit, Cancellation);
        Assert.False(asking.IsCompleted);
        stream.Dispose();
        _requests.Drop(stream);
        Assert.IsType<AgentOutcome.Away>(await asking);
    }

    [Fact]
    public async Task The_newest_connection_of_a_node_is_asked()
    {
        using PlanStream old = _hub.Open("n1");
        using PlanStream young = _hub.Open("n1");
        Task<AgentOutcome> asking = _requests.AskAsync("n1", Question, Limit, Cancellation);
        Assert.Null(old.TakeRequest());
        Assert.True(_requests.TryAnswer("n1", young.TakeRequest()!.Ask, new AgentReply.Released("x")));
        await asking;
    }

    [Fact]
    public async Task At_the_bound_of_waiting_requests_one_more_is_said_to_come_later()
    {
        using PlanStream stream = _hub.Open("n1");
        Task<AgentOutcome>[] waiting = new Task<AgentOutcome>[PlanStream.RequestsMax];
        for (int i = 0; i < waiting.Length; i++)
        {
            waiting[i] = _requests.AskAsync("n1", Question, Limit, Cancellation);
        }

        AgentOutcome.Silent full = Assert.IsType<AgentOutcome.Silent>(await _requests.AskAsync("n1", Question, Limit, Cancellation));
        Assert.Contains("64 requests waiting", full.Why, StringComparison.Ordinal);
        _requests.Drop(stream);
        Assert.All(await Task.WhenAll(waiting), outcome => Assert.IsType<AgentOutcome.Away>(outcome));
    }

    [Fact]
    public async Task An_agent_that_says_nothing_is_waited_for_no_longer_than_the_limit()
    {
        using PlanStream stream = _hub.Open("n1");
        AgentOutcome outcome = await _requests.AskAsync("n1", Question, TimeSpan.FromMilliseconds(50), Cancellation);
        Assert.Contains("did not answer within", Assert.IsType<AgentOutcome.Silent>(outcome).Why, StringComparison.Ordinal);
        Assert.False(_requests.TryAnswer("n1", stream.TakeRequest()!.Ask, new AgentReply.Refused("too late")));
    }

    [Theory]
    [InlineData("""{"ask":"a-1","request":{"request":"audit"}}""")]
    [InlineData("""{"ask":"a-2","request":{"request":"releaseAddress","address":"10.65.0.1"}}""")]
    public void A_line_of_the_stream_is_this_JSON(string text)
    {
        AgentRequestLine line = JsonSerializer.Deserialize(text, Weft.Plan.PlanJson.Default.AgentRequestLine)!;
        Assert.Equal(text, JsonSerializer.Serialize(line, Weft.Plan.PlanJson.Default.AgentRequestLine));
    }

    [Fact]
    public async Task An_answer_that_nobody_waits_for_is_refused()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        (HttpStatusCode status, JsonNode body) = await server.SendAsync(
            "POST", "/v1/nodes/n1/answers/x-1", """{"reply":"released","owner":"shop/web/eth0"}""");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("nobody waits for the answer x-1 of n1", (string?)body["message"]);
        (status, _) = await server.SendAsync("POST", "/v1/nodes/n1/answers/x-1", """{"reply":"frob"}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
    }

    [Fact]
    public void An_audit_reads_as_it_was_written()
    {
        AgentReply.Audited audited = new(new NodeAudit
        {
            PlanRevision = 7,
            Blocks = [IpPrefix.Parse("10.65.0.0/26")],
            Addresses = [new AuditedAddress { Address = IpAddress.Parse("10.65.0.1"), Use = AddressUse.Workload, Owner = "shop/web/eth0", State = AddressState.Leaked, FreedInSeconds = 3 }],
            Resting = [new RestingAddress(IpAddress.Parse("10.65.0.2"), 5)],
        });
        string text = JsonSerializer.Serialize(audited, Weft.Plan.PlanJson.Default.AgentReply);
        NodeAudit read = Assert.IsType<AgentReply.Audited>(JsonSerializer.Deserialize(text, Weft.Plan.PlanJson.Default.AgentReply)).Audit;
        Assert.Equal(audited.Audit.Addresses[0], read.Addresses[0]);
        Assert.Equal(audited.Audit.Resting, read.Resting);
        Assert.Empty(read.Unknown);
    }
}
