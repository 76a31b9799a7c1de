using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;

namespace Weft.App.Lab.Daemons;

/// <summary>The daemons that this command started: whatever is waited for, one that dies ends the wait, because
/// it will not come any more.</summary>
internal sealed class StartedDaemons
{
    private readonly List<StartedDaemon> _started = [];

    /// <summary>Starts one more.</summary>
    public void Start(LabDaemon daemon) => _started.Add(daemon.Start());

    /// <summary>Starts it unless it lives; tells whether it did.</summary>
    public bool StartIfDead(LabDaemon daemon)
    {
        bool dead = daemon.FindPid() is null;
        if (dead)
        {
            Start(daemon);
        }

        return dead;
    }

    /// <summary>Ends it, if it lives, and starts it.</summary>
    public void Replace(LabDaemon daemon)
    {
        if (daemon.FindPid() is { } pid)
        {
            LabProcesses.Kill([pid]);
        }

        Start(daemon);
    }

    /// <summary>Which of them has ended and what it said last, in one line; none if all live.</summary>
    public string? DescribeDead()
    {
        if (_started.FirstOrDefault(daemon => daemon.HasEnded()) is not { } dead)
        {
            return null;
        }

        string words = dead.Daemon.ReadLastWord();
        return $"{dead.Daemon.Name} (process {dead.Pid}) died{(words.Length > 0 ? $": {words}" : "")}";
    }

    /// <summary>Waits for work to be done. Fails when the time is over, with what the work was waiting for; and
    /// at once when a daemon dies, with what that said.</summary>
    public async Task WithinAsync(
        TimeSpan limit, string otherwise, Func<CancellationToken, Task> work, CancellationToken cancelled)
    {
        using CancellationTokenSource timed = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        Task working = work(timed.Token);
        long deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (await Task.WhenAny(working, Task.Delay(20, cancelled)) != working)
        {
            cancelled.ThrowIfCancellationRequested();
            string? dead = DescribeDead();
            if (dead is null && Environment.TickCount64 < deadline)
            {
                continue;
            }

            await timed.CancelAsync();
            string? detail = await DetailOfAsync(working);
            throw new CommandFailure(dead
                ?? $"{otherwise} within {limit.TotalSeconds:0} s{(detail is null ? "" : $": {detail}")}");
        }

        await working;
    }

    private static async Task<string?> DetailOfAsync(Task working)
    {
        try
        {
            await working;
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception failure) when (failure is CommandFailure or IOException)
        {
            return failure.Message;
        }
    }
}
