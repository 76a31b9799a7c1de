using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Model.Resources;
using Weft.Plan.Compiling;
using Weft.Server.Storing;

namespace Weft.Server.Fleet;

/// <summary>Holds the fleet's state in memory, follows the store, and makes decisions into commits.</summary>
/// <remarks>The state follows the store's watch only, whoever commits: so several servers on one store agree. A
/// decision is made on one state and committed on exactly that revision, or made again on the newer one.</remarks>
internal sealed class FleetKeeper : IAsyncDisposable
{
    /// <summary>How often a decision is made again when others commit in between; then the caller is told.</summary>
    public const int AttemptsMax = 16;

    private readonly IStore _store;
    private readonly Action<FleetState, IReadOnlyList<ResourceChange>> _advanced;
    private readonly Action<string> _log;
    private readonly SemaphoreSlim _deciding = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FleetState _state;
    private StoreFault? _lost;
    private Task _following = Task.CompletedTask;

    private FleetKeeper(
        IStore store, FleetState state, Action<FleetState, IReadOnlyList<ResourceChange>> advanced, Action<string> log)
    {
        _store = store;
        _state = state;
        _advanced = advanced;
        _log = log;
    }

    /// <summary>Ends when the state goes on after the call.</summary>
    public Task Moved => Volatile.Read(ref _moved).Task;

    /// <summary>The newest state that is known.</summary>
    public FleetState State => Volatile.Read(ref _state);

    /// <summary>Reads the store and begins to follow it.</summary>
    /// <param name="store">The store; the caller disposes it.</param>
    /// <param name="advanced">Told each new state and what changed, one after the other; the first is all there is.</param>
    /// <param name="log">Takes a line for the operator.</param>
    /// <param name="cancellation">Ends the start.</param>
    public static async Task<FleetKeeper> StartAsync(
        IStore store,
        Action<FleetState, IReadOnlyList<ResourceChange>> advanced,
        Action<string> log,
        CancellationToken cancellation)
    {
        StoreListing listing = await store.ListAsync(null, cancellation).ConfigureAwait(false);
        List<ResourceChange> all = [.. listing.Objects.Select(o => new ResourceChange(null, StoredResources.Read(o)))];
        FleetKeeper keeper = new(store, FleetState.Empty.With(listing.Revision, all), advanced, log);
        advanced(keeper.State, all);
        keeper._following = Task.Run(() => keeper.FollowAsync(), CancellationToken.None);
        return keeper;
    }

    /// <summary>Decides on the newest state and commits the decision; answers when the state has it.</summary>
    /// <param name="decide">A pure function; it may be asked several times.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<(Decision Decision, long Revision)> ChangeAsync(
        Func<FleetState, Decision> decide, CancellationToken cancellation)
    {
        await _deciding.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            for (int attempt = 0; attempt < AttemptsMax; attempt++)
            {
                FleetState state = State;
                Decision decision = decide(state);
                if (decision.Refusal is not null || decision.Changes.Count == 0)
                {
                    return (decision, state.Revision);
                }

                StoreWrite[] writes = [.. decision.Changes.Select(StoredResources.ToWrite)];
                switch (await _store.CommitAsync(writes, state.Revision, cancellation).ConfigureAwait(false))
                {
                    case CommitOutcome.Committed committed:
                        await ReachAsync(committed.Revision, cancellation).ConfigureAwait(false);
                        return (decision, committed.Revision);
                    case CommitOutcome.Failed failed:
                        _log($"a change was refused: {failed.Fault}");
                        return (Decision.Refuse(RefusalKind.StoreFailed, failed.Fault.ToString()), state.Revision);
                    case CommitOutcome.Conflict conflict:
                        await ReachAsync(conflict.Revision, cancellation).ConfigureAwait(false);
                        break;
                    default:
                        break;
                }
            }

            return (Decision.Refuse(RefusalKind.Busy, "others change the store all the time: try again"), State.Revision);
        }
        finally
        {
            _deciding.Release();
        }
    }

    /// <summary>Waits until the state is at a revision or beyond.</summary>
    public async Task ReachAsync(long revision, CancellationToken cancellation)
    {
        using CancellationTokenSource either =
            CancellationTokenSource.CreateLinkedTokenSource(cancellation, _stopping.Token);
        while (true)
        {
            Task moved = Volatile.Read(ref _moved).Task;
            if (State.Revision >= revision)
            {
                return;
            }

            if (Volatile.Read(ref _lost) is { } fault)
            {
                throw new StoreUnreadableException(fault);
            }

            await moved.WaitAsync(either.Token).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _following.ConfigureAwait(false);
        _stopping.Dispose();
        _deciding.Dispose();
    }

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                try
                {
                    await foreach (StoreCommit commit in _store.WatchAsync(State.Revision, _stopping.Token).ConfigureAwait(false))
                    {
                        Advance(commit.Revision, StoredResources.Read(commit));
                    }
                }
                catch (RevisionExpiredException)
                {
                    await RelistAsync().ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
        }
        catch (StoreUnreadableException unreadable)
        {
            Lose(unreadable.Fault);
        }
        catch (Exception defect)
        {
            Lose(new StoreFault(defect.Message, "restart the server, and report this as a defect of Weft"));
        }
    }

    // What is known is served on; nothing can be changed any more.
    private void Lose(StoreFault fault)
    {
        _log($"the store is not followed any more: {fault}");
        Volatile.Write(ref _lost, fault);
        Pulse();
    }

    private async Task RelistAsync()
    {
        StoreListing listing = await _store.ListAsync(null, _stopping.Token).ConfigureAwait(false);
        Dictionary<ResourceKey, Resource> gone = State.All.ToDictionary(resource => resource.Key);
        List<ResourceChange> changes = [];
        foreach (Resource resource in listing.Objects.Select(StoredResources.Read))
        {
            gone.Remove(resource.Key, out Resource? before);
            if (before is null || !before.Equals(resource))
            {
                changes.Add(new ResourceChange(before, resource));
            }
        }

        changes.AddRange(gone.Values.Select(resource => new ResourceChange(resource, null)));
        Advance(listing.Revision, changes);
    }

    private void Advance(long revision, List<ResourceChange> changes)
    {
        FleetState next = State.With(revision, changes);
        _advanced(next, changes);
        Volatile.Write(ref _state, next);
        Pulse();
    }

    private void Pulse() => Interlocked.Exchange(
        ref _moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
