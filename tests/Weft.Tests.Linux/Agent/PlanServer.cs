using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Weft.Plan;
using Weft.Plan.Entries;

namespace Weft.Tests.Linux.Agent;

/// <summary>A server that gives one agent the plans of a test, as frames on a unix socket, and agrees to all that the
/// agent says. It gives out no block.</summary>
internal sealed class PlanServer : IAsyncDisposable
{
    private const string Ok = "HTTP/1.1 200 OK\r\nConnection: close\r\n";

    private readonly Lock _gate = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<Socket> _streams = [];
    private readonly NodePlan _plan = new();
    private readonly Task _accepting;

    public PlanServer(string path)
    {
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public long Revision => _plan.Revision;

    /// <summary>The plan as it is now.</summary>
    public IReadOnlyCollection<PlanEntry> Entries => _plan.Entries;

    /// <summary>Changes the plan, and tells the agent.</summary>
    /// <param name="upserts">New and changed entries.</param>
    /// <param name="removals">Keys of those that go.</param>
    /// <param name="whole">Whether the agent is told the whole plan, not the difference.</param>
    public void Change(IEnumerable<PlanEntry> upserts, IEnumerable<string> removals, bool whole)
    {
        lock (_gate)
        {
            PlanFrame delta = new()
            {
                Revision = _plan.Revision + 1,
                Follows = _plan.Revision,
                Upserts = [.. upserts.OrderBy(entry => entry.Key, StringComparer.Ordinal)],
                Removals = [.. removals.Order(StringComparer.Ordinal)],
            };
            if (!_plan.TryApply(delta, out _))
            {
                throw new InvalidOperationException("a delta that follows the plan does not apply");
            }

            foreach (Socket stream in _streams.ToList())
            {
                Tell(stream, whole ? _plan.ToSnapshot() : delta);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        lock (_gate)
        {
            _streams.ForEach(stream => stream.Dispose());
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                Socket client = await _listener.AcceptAsync();
                _ = AnswerAsync(client);
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(Socket client)
    {
        bool stays = false;
        try
        {
            string request = await ReadAsync(client);
            string path = request.Split(' ')[1].Split('?')[0];
            if (path.EndsWith("/plan", StringComparison.Ordinal))
            {
                lock (_gate)
                {
                    client.Send(Encoding.ASCII.GetBytes(Ok + "\r\n"));
                    _streams.Add(client);
                    Tell(client, _plan.ToSnapshot());
                }

                stays = true;
                return;
            }

            string body = path.EndsWith("/blocks", StringComparison.Ordinal) ? "" : """{"revision":0,"results":[]}""";
            string head = body.Length > 0 ? Ok : Ok.Replace("200 OK", "409 Conflict", StringComparison.Ordinal);
            await client.SendAsync(Encoding.ASCII.GetBytes(
                FormattableString.Invariant($"{head}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}")));
        }
        catch (Exception gone) when (gone is SocketException or IOException or ObjectDisposedException)
        {
            // The agent was stopped.
        }
        finally
        {
            if (!stays)
            {
                client.Dispose();
            }
        }
    }

    // A whole request: the agent sends bodies in chunks (RFC 9112, 7.1).
    private static async Task<string> ReadAsync(Socket client)
    {
        byte[] buffer = new byte[4096];
        StringBuilder request = new();
        while (true)
        {
            int count = await client.ReceiveAsync(buffer);
            if (count == 0)
            {
                throw new IOException("the request is cut off");
            }

            string text = request.Append(Encoding.Latin1.GetString(buffer, 0, count)).ToString();
            int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && (text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal)
                || !text[..end].Contains("chunked", StringComparison.OrdinalIgnoreCase)))
            {
                return text;
            }
        }
    }

    private void Tell(Socket stream, PlanFrame frame)
    {
        try
        {
            stream.Send([.. JsonSerializer.SerializeToUtf8Bytes(frame, PlanJson.Default.PlanFrame), (byte)'\n']);
        }
        catch (SocketException)
        {
            _streams.Remove(stream);
            stream.Dispose();
        }
    }
}
