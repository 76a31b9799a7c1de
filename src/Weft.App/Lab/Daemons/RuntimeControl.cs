using System;
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

    /// <summary>Waits until every workload is as the store has it at a revision; fails with what is not.</summary>
    public static async Task SettleAsync(string path, long revision, TimeSpan limit, CancellationToken cancelled)
    {
        ControlCall call = new()
        {
            Verb = ControlVerb.Settle,
            Revision = revision,
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
            throw new CommandFailure(
                answer.Error ?? string.Join("; ", answer.Pending.Select(work => work.ToString())));
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
