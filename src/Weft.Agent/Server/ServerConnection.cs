using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Weft.Node.Brain;
using Weft.Plan;
using Weft.Plan.Protocol;

namespace Weft.Agent.Server;

/// <summary>The agent's side of the server's API, over a unix socket: the plan as a stream, and the few things that
/// an agent may write. Every outcome becomes an event; nothing here is ever waited for by forwarding.</summary>
internal sealed class ServerConnection : IAsyncDisposable
{
    private static readonly TimeSpan RetryMin = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(1);

    // The server sends an empty line every 10 s; three of them missing is a dead connection.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(30);

    // A node that follows a change is not ready for a moment: that is not told unless it lasts.
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(20);

    // How a line begins that is a request and not a frame: the writer of the server's JSON keeps the order of members.
    private const string RequestStart = "{\"ask\":";

    private readonly string _node;
    private readonly ChannelWriter<BrainEvent?> _mailbox;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<NodeReport> _reports = Channel.CreateBounded<NodeReport>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    private long _revision;
    private readonly Task _streaming;
    private readonly Task _reporting;

    /// <summary>Begins to connect, and goes on until it is disposed.</summary>
    /// <param name="socketPath">The server's socket.</param>
    /// <param name="node">The node.</param>
    /// <param name="revision">The plan's revision: a server whose store is older hears of that.</param>
    /// <param name="mailbox">Takes the events.</param>
    /// <param name="time">Monotonic time.</param>
    public ServerConnection(string socketPath, string node, long revision, ChannelWriter<BrainEvent?> mailbox, TimeProvider time)
    {
        _revision = revision;
        _node = Uri.EscapeDataString(node);
        _mailbox = mailbox;
        _time = time;
        SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (_, cancellation) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellation).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },

            // One for the plan and one for all else, and that one is given back soon: descriptors are scarce where one
            // process hosts many nodes.
            MaxConnectionsPerServer = 2,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(1),
            ResponseDrainTimeout = TimeSpan.Zero,
        };
        _client = new HttpClient(handler) { BaseAddress = new Uri("http://server"), Timeout = Timeout.InfiniteTimeSpan };
        _streaming = StreamPlansAsync();
        _reporting = SendReportsAsync();
    }

    /// <summary>The revision of the plan that is in force.</summary>
    public void Follow(long revision) => Volatile.Write(ref _revision, revision);

    /// <summary>Asks for a block.</summary>
    public void Claim(BrainAction.ClaimBlock claim) => Ask(async () =>
    {
        using HttpResponseMessage response = await SendAsync(
            HttpMethod.Post, "blocks", new BlockClaim(claim.Pool, claim.Have, claim.Wanted), PlanJson.Default.BlockClaim).ConfigureAwait(false);
        BlockClaimAnswer? answer = await response.Content
            .ReadFromJsonAsync(PlanJson.Default.BlockClaimAnswer, _stop.Token).ConfigureAwait(false);
        return new BrainEvent.BlockClaimed(
            claim.Pool, answer?.Cidr, answer is { Cidr: null, NotYet: null } or null ? "the server's answer is empty" : null, false, claim.Wanted,
            answer?.NotYet);
    }, error => new BrainEvent.BlockClaimed(claim.Pool, null, Describe(error), error is not ServerRefusedException, claim.Wanted));

    /// <summary>Gives a block, or a borrowed address, back.</summary>
    public void Release(BrainAction.ReleaseBlock release) => Ask(async () =>
    {
        using HttpResponseMessage response = await SendAsync(
            HttpMethod.Post, "blocks/release", new BlockRelease(release.Cidr, release.Revision), PlanJson.Default.BlockRelease).ConfigureAwait(false);
        ApplyAnswer? answer = await response.Content.ReadFromJsonAsync(PlanJson.Default.ApplyAnswer, _stop.Token).ConfigureAwait(false);
        return new BrainEvent.BlockReleased(
            release.Cidr, answer is null ? "the server's answer is empty" : null, answer?.Revision ?? 0);
    }, error => new BrainEvent.BlockReleased(release.Cidr, Describe(error)));

    /// <summary>Asks for an address of another node.</summary>
    public void Borrow(BrainAction.RequestLoan request) => Ask(async () =>
    {
        using HttpResponseMessage _ = await SendAsync(
            HttpMethod.Post, "loans", new LoanRequest(request.Pool, request.Have, request.Wanted), PlanJson.Default.LoanRequest).ConfigureAwait(false);
        return new BrainEvent.LoanRequested(request.Pool, request.Wanted, null);
    }, error => new BrainEvent.LoanRequested(request.Pool, request.Wanted, Describe(error), error is not ServerRefusedException));

    /// <summary>Says which address another node may use.</summary>
    public void Lend(BrainAction.DecideLoan decision) => Ask(async () =>
    {
        using HttpResponseMessage _ = await SendAsync(
            HttpMethod.Post, $"loans/{Uri.EscapeDataString(decision.Loan)}", new LoanDecision(decision.Address),
            PlanJson.Default.LoanDecision).ConfigureAwait(false);
        return new BrainEvent.LoanDecided(decision.Loan, null);
    }, error => new BrainEvent.LoanDecided(decision.Loan, Describe(error)));

    /// <summary>Tells of workloads.</summary>
    public void Publish(BrainAction.Publish publication) => Ask(async () =>
    {
        using HttpResponseMessage response = await SendAsync(
            HttpMethod.Put, "workloads", publication.Workloads, PlanJson.Default.IReadOnlyListWorkloadPublication).ConfigureAwait(false);
        ApplyAnswer? answer = await response.Content
            .ReadFromJsonAsync(PlanJson.Default.ApplyAnswer, _stop.Token).ConfigureAwait(false);
        string refused = string.Join("; ", answer?.Results.Select(r => r.Outcome).Where(o => o.StartsWith("refused", StringComparison.Ordinal)) ?? []);
        return new BrainEvent.Published(publication.Sequence, answer?.Revision ?? 0, refused.Length == 0 ? null : refused);
    }, error => new BrainEvent.Published(publication.Sequence, 0, Describe(error)));

    /// <summary>Answers what the server asked. If it cannot be reached, it has given up waiting.</summary>
    public void Reply(BrainAction.Reply reply) => _ = ReplyAsync(reply);

    /// <summary>Tells how the node is; only the last word counts.</summary>
    public void Report(NodeReport report) => _reports.Writer.TryWrite(report);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_streaming, _reporting).ConfigureAwait(false);
        _client.Dispose();
        _stop.Dispose();
    }

    private void Ask(Func<Task<BrainEvent>> ask, Func<Exception, BrainEvent> failed) => _ = AskAsync(ask, failed);

    private async Task AskAsync(Func<Task<BrainEvent>> ask, Func<Exception, BrainEvent> failed)
    {
        try
        {
            BrainEvent outcome;
            try
            {
                outcome = await ask().ConfigureAwait(false);
            }
            catch (Exception error) when (IsExpected(error))
            {
                outcome = failed(error);
            }

            await _mailbox.WriteAsync(outcome, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception stopping) when (stopping is OperationCanceledException or ChannelClosedException or ObjectDisposedException)
        {
            // The agent is going; its next run asks again.
        }
    }

    private async Task ReplyAsync(BrainAction.Reply reply)
    {
        try
        {
            using HttpResponseMessage _ = await SendAsync(
                HttpMethod.Post, $"answers/{Uri.EscapeDataString(reply.Id)}", reply.Content, PlanJson.Default.AgentReply).ConfigureAwait(false);
        }
        catch (Exception error) when (IsExpected(error) || error is ObjectDisposedException)
        {
            // Nobody waits for it, or the agent is going.
        }
    }

    private async Task StreamPlansAsync()
    {
        TimeSpan retry = RetryMin;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await StreamOnceAsync(() => retry = RetryMin).ConfigureAwait(false);
            }
            catch (Exception error) when (IsExpected(error))
            {
                if (_stop.IsCancellationRequested)
                {
                    return;
                }

                _mailbox.TryWrite(new BrainEvent.ServerLost(Describe(error)));
            }

            try
            {
                await Task.Delay(retry, _time, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            retry = retry * 2 > RetryMax ? RetryMax : retry * 2;
        }
    }

    private async Task StreamOnceAsync(Action connected)
    {
        using CancellationTokenSource silence = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        silence.CancelAfter(SilenceMax);
        using HttpRequestMessage request = new(HttpMethod.Get, FormattableString.Invariant($"/v1/nodes/{_node}/plan?revision={Volatile.Read(ref _revision)}"));
        using HttpResponseMessage response = await _client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        connected();
        Stream body = await response.Content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            using StreamReader reader = new(body);
            long? revision = null;
            while (await reader.ReadLineAsync(silence.Token).ConfigureAwait(false) is { } line)
            {
                silence.CancelAfter(SilenceMax);
                if (line.Length == 0)
                {
                    continue;
                }

                if (line.StartsWith(RequestStart, StringComparison.Ordinal))
                {
                    await _mailbox.WriteAsync(AskedBy(line), _stop.Token).ConfigureAwait(false);
                    continue;
                }

                if (!PlanFrame.TryRead(System.Text.Encoding.UTF8.GetBytes(line), out PlanFrame? frame, out string error))
                {
                    throw new IOException($"the plan does not read: {error}");
                }

                if (frame.Follows is not null && frame.Follows != revision)
                {
                    throw new IOException("a delta does not follow the last frame: the whole plan is asked for");
                }

                revision = frame.Revision;
                await _mailbox.WriteAsync(new BrainEvent.PlanArrived(frame), _stop.Token).ConfigureAwait(false);
            }
        }

        throw new IOException("the server ended the stream");
    }

    private static BrainEvent.Asked AskedBy(string line)
    {
        AgentRequestLine? asked = JsonSerializer.Deserialize(line, PlanJson.Default.AgentRequestLine);
        return asked is { Ask: not null, Request: not null }
            ? new BrainEvent.Asked(asked.Ask, asked.Request)
            : throw new IOException("a request of the server does not read");
    }

    private async Task SendReportsAsync()
    {
        try
        {
            NodeReport? told = null;
            await foreach (NodeReport first in _reports.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                if (!first.Ready && told is { Ready: true } && told.AppliedRevision == first.AppliedRevision)
                {
                    using CancellationTokenSource pause = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                    await Task.WhenAny(_reports.Reader.WaitToReadAsync(pause.Token).AsTask(), Task.Delay(BusyPause, _time, pause.Token))
                        .ConfigureAwait(false);
                    await pause.CancelAsync().ConfigureAwait(false);
                }

                told = _reports.Reader.TryRead(out NodeReport? last) ? last : first;
                NodeReport report = told with { ProcessId = Environment.ProcessId };
                TimeSpan retry = RetryMin;
                while (!await TryReportAsync(report).ConfigureAwait(false))
                {
                    await Task.Delay(retry, _time, _stop.Token).ConfigureAwait(false);
                    retry = retry * 2 > RetryMax ? RetryMax : retry * 2;
                    report = _reports.Reader.TryRead(out NodeReport? newer)
                        ? newer with { ProcessId = Environment.ProcessId }
                        : report;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The agent is going.
        }
    }

    private async Task<bool> TryReportAsync(NodeReport report)
    {
        try
        {
            using HttpResponseMessage _ = await SendAsync(
                HttpMethod.Post, "report", report, PlanJson.Default.NodeReport).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (IsExpected(error))
        {
            return false; // Tried again after a pause, which ends when the agent does.
        }
    }

    private async Task<HttpResponseMessage> SendAsync<T>(HttpMethod method, string path, T body, JsonTypeInfo<T> type)
    {
        using HttpRequestMessage request = new(method, $"/v1/nodes/{_node}/{path}")
        {
            Content = JsonContent.Create(body, type),
        };
        HttpResponseMessage response = await _client.SendAsync(request, _stop.Token).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            byte[] content = await response.Content.ReadAsByteArrayAsync(_stop.Token).ConfigureAwait(false);
            string message = MessageOf(content) ?? $"the server answers {(int)response.StatusCode}";
            const int Broken = 500; // RFC 9110, 15.6: what the server itself cannot do may go better later.
            throw (int)response.StatusCode >= Broken ? new IOException(message) : new ServerRefusedException(message);
        }
    }

    private static string? MessageOf(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, PlanJson.Default.ServerError)?.Message;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // The server has heard the request and says no.
    private sealed class ServerRefusedException(string message) : IOException(message);

    private static bool IsExpected(Exception error) => error
        is HttpRequestException or IOException or OperationCanceledException or SocketException or JsonException
        or ChannelClosedException;

    private static string Describe(Exception error) =>
        error.InnerException is SocketException inner ? $"the server cannot be reached: {inner.Message}" : error.Message;
}
