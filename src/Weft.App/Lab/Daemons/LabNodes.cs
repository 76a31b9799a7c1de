using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Agent;
using Weft.App.Lab.State;
using Weft.Linux.Namespaces;
using Weft.Model.Lab;
using Weft.Server;

namespace Weft.App.Lab.Daemons;

/// <summary>The server and all agents of a lab in one process: the same code, and the same unix sockets between
/// them, as when each is a process of its own.</summary>
internal sealed class LabNodes : IAsyncDisposable
{
    private readonly LabPaths _paths;
    private readonly Action<string> _log;
    private readonly CancellationToken _stopping;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, AgentHost> _agents = new(StringComparer.Ordinal);
    private WeftServer? _server;

    private LabNodes(LabPaths paths, Action<string> log, CancellationToken stopping) =>
        (_paths, _log, _stopping) = (paths, log, stopping);

    /// <summary>Runs until cancelled.</summary>
    public static async Task RunAsync(
        LabPaths paths, LabRecord record, Action<string> log, CancellationToken cancelled)
    {
        await using LabNodes nodes = new(paths, log, cancelled);
        await nodes.StartAsync(record.Topology(), cancelled);
        await using ControlSocket control = ControlSocket.Open(paths.NodesControl, nodes.AnswerAsync);
        await CommandLine.Daemon.UntilAsync(cancelled);
    }

    /// <summary>What an agent of this lab is started with, in this process or one of its own.</summary>
    public static AgentOptions OptionsOf(LabPaths paths, string node, Action<string> log) => new()
    {
        Node = node,
        NetworkNamespace = NetworkNamespace.PathOf(paths.NamespaceOf(node)),
        ServerSocket = paths.ServerSocket,
        StateDirectory = paths.AgentState(node),
        SocketPath = paths.AgentSocket(node),
        RecordPath = null,
        Log = log,
    };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_agents.Values.Select(agent => agent.DisposeAsync().AsTask()));
        if (_server is { } server)
        {
            await server.DisposeAsync();
        }

        _gate.Dispose();
    }

    private async Task StartAsync(LabTopology lab, CancellationToken cancelled)
    {
        // Agents do not need the server to start, so nobody waits for anybody.
        Task<WeftServer> server = WeftServer.StartAsync(
            new ServerOptions
            {
                StateDirectory = _paths.ServerState,
                SocketPath = _paths.ServerSocket,
                Log = _log,
            },
            cancelled);
        (string Node, Task<AgentHost> Agent)[] agents =
        [
            .. lab.Nodes.Select(node => (node.Name, StartAgentAsync(node.Name))),
        ];
        _server = await server;
        foreach ((string node, Task<AgentHost> agent) in agents)
        {
            _agents[node] = await agent;
        }
    }

    private Task<AgentHost> StartAgentAsync(string node) =>
        AgentHost.StartAsync(OptionsOf(_paths, node, line => _log($"{node}: {line}")), _stopping);

    private async Task<ControlAnswer> AnswerAsync(ControlCall call, CancellationToken cancelled)
    {
        if (call.Verb != ControlVerb.Restart)
        {
            return new ControlAnswer { Connected = [.. _agents.Keys.Order(StringComparer.Ordinal)] };
        }

        await _gate.WaitAsync(cancelled);
        try
        {
            if (_agents.Remove(call.Name, out AgentHost? agent))
            {
                await agent.DisposeAsync();
            }

            _agents[call.Name] = await StartAgentAsync(call.Name);
            return new ControlAnswer();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return new ControlAnswer { Error = $"{call.Name}: {failure.Message}" };
        }
        finally
        {
            _gate.Release();
        }
    }
}
