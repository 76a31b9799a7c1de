using System;
using System.IO;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Client;

namespace Weft.App.Lab.Daemons;

/// <summary>The unix socket on which a daemon of a lab answers <c>weft lab</c>: a line in, a line out.</summary>
internal sealed class ControlSocket : IAsyncDisposable
{
    private const int Backlog = 64;

    private readonly Socket _listener;
    private readonly Func<ControlCall, CancellationToken, Task<ControlAnswer>> _handle;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _accepting;

    private ControlSocket(Socket listener, Func<ControlCall, CancellationToken, Task<ControlAnswer>> handle)
    {
        _listener = listener;
        _handle = handle;
        _accepting = AcceptAsync();
    }

    /// <summary>Answers on <paramref name="path"/> from now on; a socket file left by a dead process is
    /// replaced.</summary>
    public static ControlSocket Open(string path, Func<ControlCall, CancellationToken, Task<ControlAnswer>> handle)
    {
        File.Delete(path);
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(Backlog);
        return new ControlSocket(listener, handle);
    }

    /// <summary>Asks a daemon.</summary>
    public static Task<ControlAnswer> AskAsync(
        string path, ControlCall call, TimeSpan limit, CancellationToken cancelled) =>
        LineSocket.AskAsync(
            path, call, ControlJson.Default.ControlCall, ControlJson.Default.ControlAnswer, limit, cancelled);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                Socket connection = await _listener.AcceptAsync(_closing.Token);
                _ = AnswerAsync(connection);
            }
            catch (Exception closed) when (closed is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // The caller went away before it was taken.
                await Task.Yield();
            }
        }
    }

    private async Task AnswerAsync(Socket connection)
    {
        using (connection)
        {
            try
            {
                byte[] line = await LineSocket.ReadLineAsync(connection, _closing.Token);
                ControlCall? call = JsonSerializer.Deserialize(line, ControlJson.Default.ControlCall);
                ControlAnswer answer = call is null
                    ? new ControlAnswer { Error = "null is not a call" }
                    : await _handle(call, _closing.Token);
                byte[] reply =
                [
                    .. JsonSerializer.SerializeToUtf8Bytes(answer, ControlJson.Default.ControlAnswer),
                    (byte)'\n',
                ];
                await connection.SendAsync(reply, _closing.Token);
            }
            catch (Exception gone) when (
                gone is SocketException or IOException or JsonException or OperationCanceledException)
            {
                // A caller that left, or speaks another language: there is nobody to answer.
            }
        }
    }
}
