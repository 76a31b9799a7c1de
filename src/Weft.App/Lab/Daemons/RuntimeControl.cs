using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;

namespace Weft.App.Lab.Daemons;

/// <summary>Calls of the lab's container runtime.</summary>
internal static class RuntimeControl
{
    /// <summary>The file name of its control socket, beside the server's socket.</summary>
    public const string SocketName = "runtime.control.sock";

    /// <summary>Waits until these workloads are as the store has them at a revision; fails with what is not.</summary>
    public static async Task SettleAsync(
        string path, IReadOnlyList<string> workloads, long revision, TimeSpan limit, CancellationToken cancelled)
    {
        ControlCall call = new()
        {
            Verb = ControlVerb.Settle,
            Revision = revision,
            Subjects = workloads,
            TimeoutSeconds = limit.TotalSeconds,
        };
        ControlAnswer answer;
        try
        {
            answer = await ControlSocket.AskAsync(path, call, limit + TimeSpan.FromSeconds(2), cancelled);
        }
        catch (Exception dead) when (dead is SocketException or IOException or TimeoutException)
        {
            throw new CommandFailure(
                $"the lab's runtime does not answer ({dead.Message}); 'weft lab restart NODE' starts it again");
        }

        if (answer.Error is not null || answer.Pending.Count > 0)
        {
            // What will never come, before what only has not come yet.
            IEnumerable<PendingWork> told = answer.Pending.Any(work => work.Final)
                ? answer.Pending.Where(work => work.Final)
                : answer.Pending;
            throw new CommandFailure(answer.Error ?? string.Join("; ", told));
        }
    }

    /// <summary>How far the runtime is; none if it does not answer.</summary>
    public static async Task<ControlAnswer?> StatusAsync(string path, TimeSpan limit, CancellationToken cancelled)
    {
        try
        {
            return await ControlSocket.AskAsync(
                path, new ControlCall { Verb = ControlVerb.Status }, limit, cancelled);
        }
        catch (Exception dead) when (dead is SocketException or IOException or TimeoutException)
        {
            return null;
        }
    }
}
