using System;
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

/// <summary>Ends a node's agent, if it lives, and starts it; returns when it is ready. <c>server</c> means the server,
/// unless a node is called so. Server and runtime are started as well where they are dead; other agents are not.</summary>
internal static class LabRestart
{
    /// <summary>The word for the server.</summary>
    public const string Server = "server";

    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);
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

        if (record.Processes)
        {
            Replace(node ? LabDaemon.Agent(paths, name) : LabDaemon.Server(paths));
        }
        else if (!node || !await AskAsync(paths, name, cancelled))
        {
            Replace(LabDaemon.Nodes(paths));
        }

        LabDaemon[] others = record.Processes ? [LabDaemon.Server(paths), LabDaemon.Runtime(paths)] : [LabDaemon.Runtime(paths)];
        foreach (LabDaemon dead in others.Where(daemon => daemon.FindPid() is null))
        {
            dead.Start();
        }

        await WaitAsync(paths, lab, node ? name : null, record.Processes, cancelled);
    }

    private static async Task WaitAsync(LabPaths paths, LabTopology lab, string? node, bool processes, CancellationToken cancelled)
    {
        if (node is null)
        {
            using ServerClient server = new(paths.ServerSocket);
            long deadline = Environment.TickCount64 + (long)ReadyLimit.TotalMilliseconds;
            while (!await server.AnswersAsync(cancelled))
            {
                if (Environment.TickCount64 > deadline)
                {
                    throw new CommandFailure($"the server does not answer within {ReadyLimit.TotalSeconds:0} s\n{LabDaemon.Server(paths).ReadLastWords()}");
                }

                await Task.Delay(Pause, cancelled);
            }
        }

        string[] expected = node is not null ? [node] : processes ? [] : [.. lab.Nodes.Select(n => n.Name)];
        await Task.WhenAll(expected.Select(name => LabReadiness.AgentAsync(paths, name, ReadyLimit, cancelled)));
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

    private static void Replace(LabDaemon daemon)
    {
        if (daemon.FindPid() is { } pid)
        {
            LabProcesses.Kill([pid]);
        }

        daemon.Start();
    }
}
