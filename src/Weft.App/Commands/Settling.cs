using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Lab.Daemons;
using Weft.Model.Resources;
using Weft.Plan.Protocol;

namespace Weft.App.Commands;

/// <summary><c>--wait</c>: returns when every node concerned has the change in its kernel.</summary>
internal sealed class Settling
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly Option<bool> _wait = new("--wait")
    {
        Description = "Return when every node concerned has the change in its kernel",
    };

    private readonly Option<int> _timeout = new("--timeout")
    {
        Description = "How many seconds --wait waits",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 60,
    };

    /// <summary>Gives the command these options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_wait);
        command.Options.Add(_timeout);
    }

    /// <summary>Waits if the user asked for it.</summary>
    public async Task WaitAsync(
        ParseResult parse, ServerClient server, ApplyAnswer answer, CancellationToken cancelled)
    {
        if (parse.GetValue(_wait))
        {
            await WaitAsync(server, answer, TimeSpan.FromSeconds(parse.GetValue(_timeout)), cancelled);
        }
    }

    private static async Task WaitAsync(
        ServerClient server, ApplyAnswer answer, TimeSpan limit, CancellationToken cancelled)
    {
        long revision = answer.Revision;
        string runtime = Path.Combine(Path.GetDirectoryName(server.SocketPath) ?? "", RuntimeControl.SocketName);
        if (File.Exists(runtime))
        {
            // In a lab the workloads are made and removed too: what follows from that has revisions of its own.
            string[] workloads = [.. answer.Results
                .Where(result => result.Kind == ResourceKinds.WorkloadEndpoint.Kind)
                .Select(result => $"{result.Namespace}/{result.Name}")];
            if (workloads.Length > 0)
            {
                await RuntimeControl.SettleAsync(runtime, workloads, revision, limit, cancelled);
            }

            await WaitUntilGoneAsync(server, answer, limit, cancelled);
            FleetStatus status = await server.StatusAsync(cancelled);
            revision = Math.Max(revision, status.Revision);
        }

        await server.WaitAsync(revision, limit, cancelled);
    }

    private static async Task WaitUntilGoneAsync(
        ServerClient server, ApplyAnswer answer, TimeSpan limit, CancellationToken cancelled)
    {
        long deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        ResourceKind kind = ResourceKinds.WorkloadEndpoint;
        foreach (ApplyResult result in answer.Results.Where(r => r.Outcome == "terminating" && r.Kind == kind.Kind))
        {
            while (await ExistsAsync(server, ResourcePaths.Of(kind, result.Namespace, result.Name), cancelled))
            {
                if (Environment.TickCount64 > deadline)
                {
                    throw new CommandFailure(
                        $"{result.Kind}/{result.Namespace}/{result.Name} is still there after {limit.TotalSeconds:0} s");
                }

                await Task.Delay(Pause, cancelled);
            }
        }
    }

    private static async Task<bool> ExistsAsync(ServerClient server, string path, CancellationToken cancelled)
    {
        try
        {
            await server.GetAsync(path, cancelled);
            return true;
        }
        catch (ServerRefusal refusal) when (refusal.Status == System.Net.HttpStatusCode.NotFound)
        {
            return false;
        }
    }
}
