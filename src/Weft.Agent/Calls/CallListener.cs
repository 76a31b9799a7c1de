using System;
using System.Collections.Concurrent;
using System.IO;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;
using Weft.Node.Brain;
using Weft.Node.Calls;

namespace Weft.Agent.Calls;

/// <summary>The agent's unix socket: a line of JSON in, a line of JSON out, any number on one connection.</summary>
internal sealed class CallListener : IAsyncDisposable
{
    /// <summary>Bytes in one call; a longer one is refused and its connection closed. The longest that makes sense is the CNI
    /// plugin's GC: it names every container of the node.</summary>
    public const int CallBytesMax = 4 * 1024 * 1024;

    private const int CallBytesUsual = 16 * 1024;

    /// <summary>Connections at once; who comes then waits in the kernel's queue until one of them ends.</summary>
    public const int ConnectionsMax = 1024;

    private const int Backlog = 128;

    private const int ClaimAttempts = 50;
    private static readonly TimeSpan ClaimPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan AcceptRetry = TimeSpan.FromMilliseconds(20);

    private readonly string _path;
    private readonly ulong? _nodeNamespace;
    private readonly Socket _listener;
    private readonly ChannelWriter<BrainEvent?> _mailbox;
    private readonly ConcurrentDictionary<long, TaskCompletionSource<AgentAnswer>> _waiting = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _room;
    private readonly Task _accepting;
    private long _lastId;

    /// <summary>Listens.</summary>
    /// <param name="path">Where.</param>
    /// <param name="mailbox">Who hears of the calls.</param>
    /// <param name="nodeNamespace">The node's own network namespace; empty for this process's.</param>
    /// <param name="connectionsMax">Connections at once.</param>
    /// <exception cref="IOException">Somebody listens there, or something else is there.</exception>
    public CallListener(
        string path, ChannelWriter<BrainEvent?> mailbox, string nodeNamespace = "", int connectionsMax = ConnectionsMax)
    {
        _room = new SemaphoreSlim(connectionsMax);
        _path = path;
        _nodeNamespace = NetworkNamespace.Identity(nodeNamespace.Length > 0 ? nodeNamespace : "/proc/self/ns/net");
        _mailbox = mailbox;
        Claim(path);
        _listener = new Socket(System.Net.Sockets.AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _listener.Listen(Backlog);
        _accepting = AcceptAsync();
    }

    // An agent that was killed lets its socket go a moment after its lock.
    private static void Claim(string path)
    {
        string? taken = SocketPlace.Free(path);
        for (int left = ClaimAttempts; taken is not null && left > 0; left--)
        {
            Thread.Sleep(ClaimPause);
            taken = SocketPlace.Free(path);
        }

        if (taken is not null)
        {
            throw new IOException(taken);
        }
    }

    /// <summary>Answers a call. Nobody may be waiting any more: the answer is then of no use to anyone.</summary>
    public void Answer(long id, AgentAnswer answer)
    {
        if (_waiting.TryRemove(id, out TaskCompletionSource<AgentAnswer>? waiting))
        {
            AgentStatus? status = answer.Status is { } s ? s with { ProcessId = Environment.ProcessId } : null;
            waiting.TrySetResult(answer with { Status = status });
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        File.Delete(_path);
        await _accepting.ConfigureAwait(false);
        Abandon();
        _stop.Dispose();
    }

    /// <summary>Closes the connections of all who wait: nobody will answer them.</summary>
    public void Abandon()
    {
        foreach (TaskCompletionSource<AgentAnswer> waiting in _waiting.Values)
        {
            waiting.TrySetCanceled();
        }
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _room.WaitAsync(_stop.Token).ConfigureAwait(false);
                Socket connection;
                try
                {
                    connection = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                }
                catch
                {
                    _room.Release();
                    throw;
                }

                _ = ServeAsync(connection);
            }
            catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // One connection went away, or there is no descriptor for it: the next one may fare better, later.
                await Task.Delay(AcceptRetry, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        try
        {
            await using NetworkStream stream = new(connection, ownsSocket: true);
            byte[] buffer = new byte[CallBytesUsual];
            int filled = 0;
            while (true)
            {
                int end = buffer.AsSpan(0, filled).IndexOf((byte)'\n');
                if (end < 0)
                {
                    if (filled == CallBytesMax)
                    {
                        await WriteAsync(stream, Refused($"the call is longer than {CallBytesMax} bytes")).ConfigureAwait(false);
                        return;
                    }

                    if (filled == buffer.Length)
                    {
                        Array.Resize(ref buffer, 2 * buffer.Length);
                    }

                    int read = await stream.ReadAsync(buffer.AsMemory(filled), _stop.Token).ConfigureAwait(false);
                    if (read == 0)
                    {
                        return;
                    }

                    filled += read;
                    continue;
                }

                AgentAnswer answer = await AnswerToAsync(buffer.AsMemory(0, end)).ConfigureAwait(false);
                buffer.AsSpan(end + 1, filled - end - 1).CopyTo(buffer);
                filled -= end + 1;
                await WriteAsync(stream, answer).ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException
            or System.Threading.Channels.ChannelClosedException)
        {
            // The runtime has gone, or the agent is going: it will ask again.
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task WriteAsync(NetworkStream stream, AgentAnswer answer)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(answer, CallJson.Default.AgentAnswer), (byte)'\n'];
        await stream.WriteAsync(line, _stop.Token).ConfigureAwait(false);
    }

    private async Task<AgentAnswer> AnswerToAsync(ReadOnlyMemory<byte> line)
    {
        AgentCall? call;
        try
        {
            call = JsonSerializer.Deserialize(line.Span, CallJson.Default.AgentCall);
        }
        catch (JsonException malformed)
        {
            return Refused($"the call does not read: {malformed.Message}");
        }

        if (call is null)
        {
            return Refused("the call is null");
        }

        if (InNodesOwn(call) is { } fault)
        {
            return new AgentAnswer { Fault = fault };
        }

        long id = Interlocked.Increment(ref _lastId);
        TaskCompletionSource<AgentAnswer> answer = new(); // Written by who answers: waking another thread takes as long as writing.
        _waiting[id] = answer;
        await _mailbox.WriteAsync(new BrainEvent.Called(id, call), _stop.Token).ConfigureAwait(false);
        return await answer.Task.ConfigureAwait(false);
    }

    // A container without a namespace of its own has the host's interfaces and routes: they are not to be touched.
    private AgentFault? InNodesOwn(AgentCall call)
    {
        const int InvalidEnvironment = 4; // CNI specification: the error names the variable.
        string? path = call.Command == AgentCommand.Add ? call.NetworkNamespace
            : call is { Command: AgentCommand.Cni, Cni.Command: "ADD" } ? call.Cni.NetworkNamespace
            : null;
        return string.IsNullOrEmpty(path) || _nodeNamespace is null || NetworkNamespace.Identity(path) != _nodeNamespace ? null : new AgentFault(
            InvalidEnvironment, $"CNI_NETNS {path} is the node's own network namespace", "give the container a network namespace of its own");
    }

    private static AgentAnswer Refused(string message)
    {
        const int DecodingFailure = 6; // CNI specification: failed to decode content.
        return new AgentAnswer
        {
            Fault = new AgentFault(DecodingFailure, message, "send one AgentCall as one line of JSON"),
        };
    }
}
