using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Lab.Daemons;
using Weft.App.Lab.State;
using Weft.Model.Lab;

namespace Weft.App.Lab;

/// <summary>Ends a node's agent, if it lives, and starts it; returns when it is ready. Whatever the agent
/// cannot do without and is dead is started too: the server, the container runtime, and in a lab of one process
/// all agents. <c>server</c> means the server, unless a node is called so.</summary>
internal static class LabRestart
{
    /// <summary>The word for the server.</summary>
    public const string Server = "server";

    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);

    // What waits knows best what is missing: it gets to say so before it is cut off.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Restarts it.</summary>
    public static async Task RunAsync(LabPaths paths, string name, CancellationToken cancelled)
    {
        using LabLock exclusive = await LabLock.TakeAsync(paths.Lab, cancelled);
        LabRecord record = LabRecord.Demand(paths);
        LabTopology lab = record.Topology();
        bool node = lab.Nodes.Any(n => n.Name == name);
        if (!node && name != Server)
        {
            throw new CommandFailure(
                $"'{name}' is not a node of lab '{paths.Lab}'; its nodes are {string.Join(", ", lab.Nodes.Select(n => n.Name))}");
        }

        StartedDaemons started = new();
        List<string> awaited = node ? [name] : [];
        bool serverStarts = !node;
        if (record.Processes)
        {
            if (node)
            {
                serverStarts = started.StartIfDead(LabDaemon.Server(paths));
            }

            started.Replace(node ? LabDaemon.Agent(paths, name) : LabDaemon.Server(paths));
        }
        else if (!node || !await AskAsync(paths, name, cancelled))
        {
            started.Replace(LabDaemon.Nodes(paths));
            awaited = [.. lab.Nodes.Select(n => n.Name)];
            serverStarts = true;
        }

        bool runtimeStarts = started.StartIfDead(LabDaemon.Runtime(paths));
        await started.WithinAsync(
            ReadyLimit + Grace,
            $"{name} is not ready",
            token => ReadyAsync(paths, serverStarts, runtimeStarts, awaited, token),
            cancelled);
    }

    // An agent needs no server: one that is not our business here is not waited for.
    private static async Task ReadyAsync(
        LabPaths paths, bool serverStarts, bool runtimeStarts, IReadOnlyList<string> nodes, CancellationToken cancelled)
    {
        using ServerClient server = new(paths.ServerSocket);
        while (serverStarts && !await server.AnswersAsync(cancelled))
        {
            await Task.Delay(Pause, cancelled);
        }

        while (runtimeStarts && await RuntimeControl.StatusAsync(paths.RuntimeControl, CallLimit, cancelled) is null)
        {
            await Task.Delay(Pause, cancelled);
        }

        await Task.WhenAll(nodes.Select(node => LabReadiness.AgentAsync(paths, node, ReadyLimit, cancelled)));
    }

    // True if the process that hosts all agents lives and did it.
    private static async Task<bool> AskAsync(LabPaths paths, string node, CancellationToken cancelled)
    {
        ControlCall call = new() { Verb = ControlVerb.Restart, Name = node };
        try
        {
            ControlAnswer answer = await ControlSocket.AskAsync(paths.NodesControl, call, ReadyLimit, cancelled);
            return answer.Error is null ? true : throw new CommandFailure(answer.Error);
        }
        catch (Exception dead) when (dead is SocketException or IOException)
        {
            return false;
        }
    }
}
