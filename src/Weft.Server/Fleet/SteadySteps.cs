using System;
using System.Threading;
using System.Threading.Tasks;

namespace Weft.Server.Fleet;

/// <summary>Takes a step again and again: when something happened, or when the step said. What goes wrong is told once, and
/// tried again.</summary>
/// <param name="what">What does not go on if a step fails: the beginning of a sentence.</param>
/// <param name="step">Does what is due; answers after how long to look again at the latest, none if only after something
/// happened.</param>
/// <param name="happened">Ends when something happens that steps depend on; asked before each step.</param>
/// <param name="time">Monotonic time.</param>
/// <param name="log">Takes a line for the operator.</param>
internal sealed class SteadySteps(
    string what, Func<CancellationToken, Task<TimeSpan?>> step, Func<Task> happened, TimeProvider time, Action<string> log)
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    private string _told = "";

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                Task awaited = happened();
                TimeSpan? patience = await TryStepAsync(cancellation).ConfigureAwait(false);
                using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                Task late = Task.Delay(patience ?? Timeout.InfiniteTimeSpan, time, done.Token);
                await Task.WhenAny(awaited, late).ConfigureAwait(false);
                await done.CancelAsync().ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    // Also what a defect of ours throws: what is under way would stay so until somebody restarts the server.
    private async Task<TimeSpan?> TryStepAsync(CancellationToken cancellation)
    {
        try
        {
            TimeSpan? patience = await step(cancellation).ConfigureAwait(false);
            _told = "";
            return patience;
        }
        catch (Exception failed) when (!cancellation.IsCancellationRequested)
        {
            if (_told != failed.Message)
            {
                _told = failed.Message;
                log($"{what}: {failed.Message}; it is tried again every second");
            }

            await Task.Delay(TryAgain, time, cancellation).ConfigureAwait(false);
            return TimeSpan.Zero;
        }
    }
}
