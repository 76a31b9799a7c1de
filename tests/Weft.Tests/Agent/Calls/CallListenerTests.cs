using System;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using System.Threading.Tasks;
using Weft.Agent.Calls;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Xunit;

namespace Weft.Tests.Agent.Calls;

public sealed class CallListenerTests : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("weft-t-").FullName;
    private readonly Channel<BrainEvent?> _mailbox = Channel.CreateBounded<BrainEvent?>(16);
    private readonly CallListener _listener;
    private readonly Task _answering;

    public CallListenerTests()
    {
        _listener = new CallListener(SocketPath, _mailbox.Writer);
        _answering = AnswerAsync();
    }

    private string SocketPath => Path.Combine(_directory, "agent.sock");

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"command":"Fly"}""")]
    [InlineData("""{"command":"Status","labels":null}""")]
    [InlineData("""{"command":"Status","workload":7}""")]
    public async Task A_malformed_call_is_answered_with_what_is_wrong_and_the_next_one_is_heard(string line)
    {
        await using NetworkStream stream = await ConnectAsync();
        using StreamReader reader = new(stream);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), TestContext.Current.CancellationToken);
        Assert.Equal(6, (await ReadAsync(reader))?.Fault?.Code);
        await stream.WriteAsync("{\"command\":\"Status\"}\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("default", (await ReadAsync(reader))?.Fault?.Message);
    }

    [Fact]
    public async Task A_call_that_is_too_long_is_refused_and_its_connection_closed()
    {
        await using NetworkStream stream = await ConnectAsync();
        using StreamReader reader = new(stream);
        await stream.WriteAsync(new byte[CallListener.CallBytesMax].Select(_ => (byte)'x').ToArray(), TestContext.Current.CancellationToken);
        Assert.Contains("longer than 4194304 bytes", (await ReadAsync(reader))?.Fault?.Message, StringComparison.Ordinal);
        Assert.Null(await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Many_calls_at_once_each_get_their_own_answer()
    {
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async number =>
        {
            await using NetworkStream stream = await ConnectAsync();
            using StreamReader reader = new(stream);
            string call = $$"""{"command":"Check","namespace":"n{{number}}"}""" + "\n";
            await stream.WriteAsync(Encoding.UTF8.GetBytes(call + call));
            Assert.Equal($"n{number}", (await ReadAsync(reader))?.Fault?.Message);
            Assert.Equal($"n{number}", (await ReadAsync(reader))?.Fault?.Message);
        }));
    }

    [Fact]
    public async Task A_caller_that_goes_away_disturbs_nobody()
    {
        for (int i = 0; i < 20; i++)
        {
            await using NetworkStream gone = await ConnectAsync();
            await gone.WriteAsync("{\"command\":\"Sta"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        for (int i = 0; i < 20; i++)
        {
            await using NetworkStream gone = await ConnectAsync();
            await gone.WriteAsync("{\"command\":\"Status\"}\n"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        await using NetworkStream stream = await ConnectAsync();
        using StreamReader reader = new(stream);
        await stream.WriteAsync("{\"command\":\"Status\"}\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.NotNull(await ReadAsync(reader));
    }

    [Fact]
    public void Only_the_owner_may_ask() => Assert.Equal(
        UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));

    [Fact]
    public async Task A_socket_at_which_somebody_listens_and_what_is_no_socket_stay()
    {
        Assert.Contains("somebody listens on", Assert.Throws<IOException>(() => new CallListener(SocketPath, _mailbox.Writer)).Message, StringComparison.Ordinal);
        await using NetworkStream stream = await ConnectAsync();
        using StreamReader reader = new(stream);
        await stream.WriteAsync("{\"command\":\"Status\"}\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.NotNull(await ReadAsync(reader));

        string file = Path.Combine(_directory, "file");
        File.WriteAllText(file, "theirs");
        Assert.Contains("no socket", Assert.Throws<IOException>(() => new CallListener(file, _mailbox.Writer)).Message, StringComparison.Ordinal);
        Assert.Equal("theirs", File.ReadAllText(file));
    }

    [Fact]
    public async Task Who_comes_when_all_connections_are_taken_waits_for_one_to_end()
    {
        string path = Path.Combine(_directory, "run", "small.sock");
        Channel<BrainEvent?> mailbox = Channel.CreateBounded<BrainEvent?>(16);
        await using CallListener small = new(path, mailbox.Writer, connectionsMax: 1);
        using Socket first = await ConnectedAsync(path), second = await ConnectedAsync(path);
        await second.SendAsync("{\"command\":\"Status\",\"namespace\":\"second\"}\n"u8.ToArray(), TestContext.Current.CancellationToken);
        for (int i = 0; i < 20; i++)
        {
            await first.SendAsync("{\"command\":\"Status\",\"namespace\":\"first\"}\n"u8.ToArray(), TestContext.Current.CancellationToken);
            BrainEvent.Called heard = Assert.IsType<BrainEvent.Called>(await mailbox.Reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal("first", heard.Call.Namespace);
            small.Answer(heard.Id, new AgentAnswer());
            Assert.NotEqual(0, await first.ReceiveAsync(new byte[1024], TestContext.Current.CancellationToken));
        }

        first.Close();
        Assert.Equal("second", Assert.IsType<BrainEvent.Called>(
            await mailbox.Reader.ReadAsync(TestContext.Current.CancellationToken)).Call.Namespace);
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _mailbox.Writer.Complete();
        await _answering;
        Assert.False(File.Exists(SocketPath));
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<Socket> ConnectedAsync(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    // In the brain's place: answers with the call's namespace.
    private async Task AnswerAsync()
    {
        await foreach (BrainEvent? happened in _mailbox.Reader.ReadAllAsync())
        {
            if (happened is BrainEvent.Called called)
            {
                _listener.Answer(called.Id, new AgentAnswer { Fault = new AgentFault(1, called.Call.Namespace, "") });
            }
        }
    }

    private async Task<NetworkStream> ConnectAsync()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath));
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<AgentAnswer?> ReadAsync(StreamReader reader) =>
        JsonSerializer.Deserialize(await reader.ReadLineAsync() ?? "null", CallJson.Default.AgentAnswer);
}
