using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Weft.Node.Calls;

namespace Weft.Tests.Linux.Up;

/// <summary>What a busy host does to its daemons: workloads come and go without pause, and there are callers that connect and
/// say nothing, or not all of it.</summary>
internal sealed class HostLoad : IDisposable
{
    private const int Workloads = 16;
    private const int CallersOfEach = 8;

    private readonly List<Socket> _callers = [];
    private readonly string _agent;
    private Task _churn = Task.CompletedTask;
    private int _answered;

    private HostLoad(string agent) => _agent = agent;

    /// <summary>Begins; returns when every workload has been connected and disconnected.</summary>
    /// <param name="host">The host.</param>
    /// <param name="agent">The agent's socket, where the test sees it, too.</param>
    /// <param name="server">The server's.</param>
    public static async Task<HostLoad> OnAsync(TestHost host, string agent, string server)
    {
        HostLoad load = new(agent);
        await host.ShellAsync($"for i in $(seq {Workloads}); do ip netns add l$i; done");
        foreach ((string path, string words) in (IEnumerable<(string, string)>)
            [(agent, ""), (agent, "{\"command\":\"Sta"), (server, ""), (server, "GET /apis HTTP/1.1\r\nHos"),
            (server, "POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")])
        {
            for (int i = 0; i < CallersOfEach; i++)
            {
                Socket caller = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                load._callers.Add(caller);
                await caller.ConnectAsync(new UnixDomainSocketEndPoint(path));
                await caller.SendAsync(Encoding.ASCII.GetBytes(words));
            }
        }

        load._churn = Task.WhenAll(Enumerable.Range(1, Workloads).Select(load.ChurnAsync));
        await TestHost.UntilAsync(() => Task.FromResult(Volatile.Read(ref load._answered) > 4 * Workloads), "workloads come and go");
        return load;
    }

    /// <summary>Waits until nobody answers any more.</summary>
    public Task EndedAsync() => _churn.WaitAsync(TimeSpan.FromSeconds(30));

    /// <inheritdoc/>
    public void Dispose() => _callers.ForEach(caller => caller.Dispose());

    private async Task ChurnAsync(int number)
    {
        for (int round = 0; ; round++)
        {
            foreach (AgentCommand command in (AgentCommand[])[AgentCommand.Add, AgentCommand.Del])
            {
                AgentCall call = new()
                {
                    Command = command,
                    Namespace = "load",
                    Workload = $"w{number}",
                    ContainerId = $"c{round}",
                    NetworkNamespace = $"/run/netns/l{number}",
                };
                if (!await TryAskAsync(call))
                {
                    return;
                }

                Interlocked.Increment(ref _answered);
            }
        }
    }

    private async Task<bool> TryAskAsync(AgentCall call)
    {
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_agent));
            await using NetworkStream stream = new(socket);
            await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(call, CallJson.Default.AgentCall), (byte)'\n']);
            using StreamReader reader = new(stream);
            return await reader.ReadLineAsync() is not null;
        }
        catch (Exception gone) when (gone is SocketException or IOException)
        {
            return false;
        }
    }
}
