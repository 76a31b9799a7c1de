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
using Weft.Node.Calls;
using Weft.Plan.Protocol;

namespace Weft.App.Lab;

/// <summary>When a lab is ready: its agents are, its workloads are connected, and every node has in its kernel
/// what follows from that.</summary>
internal static class LabReadiness
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(2);

    /// <summary>Waits for all of it; fails with what is missing.</summary>
    public static async Task WaitAsync(
        LabPaths paths,
        LabTopology lab,
        ServerClient server,
        long revision,
        TimeSpan limit,
        CancellationToken cancelled)
    {
        await SettleAsync(paths, revision, limit, cancelled);
        await Task.WhenAll(lab.Nodes.Select(node => AgentAsync(paths, node.Name, limit, cancelled)));

        // Blocks and tunnel addresses were claimed on the way: the other nodes must have those too.
        FleetStatus status = await server.StatusAsync(cancelled);
        await server.WaitAsync(Math.Max(revision, status.Revision), limit, cancelled);
    }

    /// <summary>Waits until an agent is ready; fails with what it waits for.</summary>
    public static async Task AgentAsync(LabPaths paths, string node, TimeSpan limit, CancellationToken cancelled)
    {
        AgentClient agent = new(paths.AgentSocket(node));
        long deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (true)
        {
            AgentStatus? status = await agent.StatusAsync(CallLimit, cancelled);
            if (status is { Ready: true })
            {
                return;
            }

            if (Environment.TickCount64 > deadline)
            {
                throw new CommandFailure(status is null
                    ? $"{node}: the agent does not answer"
                    : $"{node}: the agent waits for {status.Waiting}");
            }

            await Task.Delay(Pause, cancelled);
        }
    }

    private static async Task SettleAsync(
        LabPaths paths, long revision, TimeSpan limit, CancellationToken cancelled)
    {
        long deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        IReadOnlyList<PendingWork> pending = [];
        while (true)
        {
            try
            {
                // Asked in slices, so that what is missing is known when the time is over.
                ControlCall call = new() { Verb = ControlVerb.Settle, Revision = revision, TimeoutSeconds = 1 };
                ControlAnswer answer = await ControlSocket.AskAsync(
                    paths.RuntimeControl, call, CallLimit + CallLimit, cancelled);
                pending = answer.Pending;
                if (answer.Error is null && pending.Count == 0)
                {
                    return;
                }
            }
            catch (Exception starting) when (starting is SocketException or IOException or TimeoutException)
            {
                // Its socket is not there yet; whether it died is looked at elsewhere.
            }

            if (pending.Any(work => work.Final) || Environment.TickCount64 > deadline
                || cancelled.IsCancellationRequested)
            {
                throw new CommandFailure(pending.Count == 0 ? "the runtime does not answer" : Describe(pending));
            }

            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    // In one line: what will never come before what only has not come yet.
    private static string Describe(IReadOnlyList<PendingWork> pending)
    {
        PendingWork told = pending.FirstOrDefault(work => work.Final) ?? pending[0];
        return pending.Count == 1 ? told.ToString() : $"{told} (and {pending.Count - 1} more)";
    }
}
