using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Lab.Daemons;
using Weft.App.Lab.State;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Lab;
using Weft.Model.Resources;
using Weft.Model.Watch;

namespace Weft.App.Lab.Workloads;

/// <summary>Plays the container runtime of all nodes of a lab: makes every WorkloadEndpoint of the store real,
/// and undoes those that go. Its desired state is the store, its actual state the namespaces and a file for
/// each: it can be killed and started again at any time.</summary>
internal sealed class LabRuntime : IAsyncDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(1);

    private readonly ServerClient _server;
    private readonly WorkloadMaker _maker;
    private readonly Action<string> _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, EndpointWorker> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _revisions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConnectedWorkload> _inherited = new(StringComparer.Ordinal);
    private readonly List<TaskCompletionSource> _waiting = [];
    private long _listed;
    private long _seen;

    private LabRuntime(LabPaths paths, LabRecord record, Action<string> log)
    {
        LabTopology lab = record.Topology();
        _log = log;
        _server = new ServerClient(paths.ServerSocket);
        _maker = new WorkloadMaker(
            paths, record.Namespaces.ToHashSet(), lab.Nodes.Select(node => node.Name).ToHashSet());
        WorkloadFiles files = new(paths);
        files.RemoveUnfinished();
        foreach (ConnectedWorkload made in files.ReadAll())
        {
            // Whether it is still wanted is known with the first list; until then it stays as it is.
            _inherited[Key(made.Namespace, made.Endpoint)] = made;
        }
    }

    /// <summary>Runs until cancelled.</summary>
    public static async Task RunAsync(
        LabPaths paths, LabRecord record, Action<string> log, CancellationToken cancelled)
    {
        await using LabRuntime runtime = new(paths, record, log);
        await using ControlSocket control = ControlSocket.Open(paths.RuntimeControl, runtime.AnswerAsync);
        await runtime.FollowAsync(cancelled);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (EndpointWorker worker in Workers())
        {
            await worker.DisposeAsync();
        }

        _server.Dispose();
    }

    private static string Key(string endpointNamespace, string name) => $"{endpointNamespace}/{name}";

    private static string ListPath => ResourcePaths.ListOf(ResourceKinds.WorkloadEndpoint, null);

    private EndpointWorker[] Workers()
    {
        lock (_gate)
        {
            return [.. _workers.Values];
        }
    }

    private async Task FollowAsync(CancellationToken cancelled)
    {
        TimeSpan pause = Retry;
        while (!cancelled.IsCancellationRequested)
        {
            try
            {
                long revision = await ListAsync(cancelled);
                pause = Retry;
                await foreach (WatchFrame frame in _server.WatchAsync(ListPath, revision, cancelled))
                {
                    if (frame.Type == WatchFrameType.Error)
                    {
                        break;
                    }

                    Take(frame);
                }
            }
            catch (OperationCanceledException) when (cancelled.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (failure is CommandFailure or IOException or HttpRequestException)
            {
                if (pause >= LongestRetry)
                {
                    _log(failure.Message);
                }
            }

            await Pausing(pause, cancelled);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestRetry.Ticks));
        }
    }

    private static async Task Pausing(TimeSpan pause, CancellationToken cancelled)
    {
        try
        {
            await Task.Delay(pause, cancelled);
        }
        catch (OperationCanceledException)
        {
            // The loop looks at the token itself.
        }
    }

    private async Task<long> ListAsync(CancellationToken cancelled)
    {
        DocumentNode list = await _server.GetAsync(ListPath, cancelled);
        long revision = ResourceList.RevisionOf(list);
        List<WorkloadEndpoint> endpoints = [.. ResourceList.ItemsOf(list).Select(Bind).OfType<WorkloadEndpoint>()];
        lock (_gate)
        {
            if (revision < _listed)
            {
                return revision;
            }

            HashSet<string> there = new(
                endpoints.Select(e => Key(e.Metadata.Namespace, e.Metadata.Name)), StringComparer.Ordinal);
            foreach (WorkloadEndpoint endpoint in endpoints)
            {
                Want(
                    Key(endpoint.Metadata.Namespace, endpoint.Metadata.Name),
                    endpoint,
                    endpoint.Metadata.ResourceVersion);
            }

            foreach (string gone in _workers.Keys.Concat(_inherited.Keys).Where(key => !there.Contains(key)).ToList())
            {
                Want(gone, null, revision);
            }

            _listed = revision;
            _seen = Math.Max(_seen, revision);
            WakeWaiting();
        }

        return revision;
    }

    private void Take(WatchFrame frame)
    {
        WorkloadEndpoint? endpoint = frame.Type == WatchFrameType.Bookmark ? null : Bind(frame.Object);
        lock (_gate)
        {
            long revision = frame.ResourceVersion;
            if (endpoint is not null)
            {
                bool deleted = frame.Type == WatchFrameType.Deleted;
                string key = Key(endpoint.Metadata.Namespace, endpoint.Metadata.Name);

                // A list that was asked for meanwhile knows better than a frame from before it.
                if (deleted ? revision >= _revisions.GetValueOrDefault(key) : revision > _listed)
                {
                    Want(key, deleted ? null : endpoint, revision);
                }
            }

            _seen = Math.Max(_seen, revision);
            WakeWaiting();
        }
    }

    // Under the gate.
    private void Want(string key, WorkloadEndpoint? endpoint, long revision)
    {
        _inherited.Remove(key, out ConnectedWorkload? made);
        if (_workers.TryGetValue(key, out EndpointWorker? worker))
        {
            bool known = endpoint is not null && _revisions.GetValueOrDefault(key) >= revision;
            if (!known)
            {
                worker.Want(endpoint);
            }
        }
        else if (endpoint is not null || made is not null)
        {
            _workers.Add(key, new EndpointWorker(key, endpoint, made, _maker, () => Settled(key)));
        }

        _revisions[key] = revision;
    }

    private void Settled(string key)
    {
        lock (_gate)
        {
            if (_workers.TryGetValue(key, out EndpointWorker? worker))
            {
                if (worker.IsGone)
                {
                    _workers.Remove(key);
                    _revisions.Remove(key);
                    _ = Task.Run(() => worker.DisposeAsync().AsTask());
                }
                else if (worker.Pending is { Final: true } pending)
                {
                    _log(pending.ToString());
                }
            }

            WakeWaiting();
        }
    }

    // Under the gate.
    private void WakeWaiting()
    {
        foreach (TaskCompletionSource waiting in _waiting)
        {
            waiting.TrySetResult();
        }

        _waiting.Clear();
    }

    private async Task<ControlAnswer> AnswerAsync(ControlCall call, CancellationToken cancelled)
    {
        if (call.Verb != ControlVerb.Settle)
        {
            return Answer(null, null);
        }

        using CancellationTokenSource timed = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        timed.CancelAfter(TimeSpan.FromSeconds(call.TimeoutSeconds));
        if (Interlocked.Read(ref _seen) < call.Revision)
        {
            try
            {
                await ListAsync(timed.Token);
            }
            catch (Exception failure) when (failure is CommandFailure or IOException or HttpRequestException)
            {
                return new ControlAnswer { Error = failure.Message };
            }
        }

        while (true)
        {
            TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);
            ControlAnswer answer = Answer(next, call.Subjects);
            if (answer.Pending.Count == 0 || answer.Pending.Any(work => work.Final)
                || timed.IsCancellationRequested)
            {
                return answer;
            }

            await Task.WhenAny(next.Task, Task.Delay(Timeout.InfiniteTimeSpan, timed.Token));
        }
    }

    private ControlAnswer Answer(TaskCompletionSource? next, IReadOnlyList<string>? subjects)
    {
        lock (_gate)
        {
            if (next is not null)
            {
                _waiting.Add(next);
            }

            return new ControlAnswer
            {
                Pending =
                [
                    .. _workers.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                        .Where(pair => subjects is null || subjects.Contains(pair.Key))
                        .Select(pair => pair.Value.Pending)
                        .OfType<PendingWork>(),
                ],
                Connected =
                [
                    .. _workers.Where(pair => pair.Value.IsConnected)
                        .Select(pair => pair.Key)
                        .Order(StringComparer.Ordinal),
                ],
            };
        }
    }

    private WorkloadEndpoint? Bind(DocumentNode document)
    {
        List<Diagnostic> errors = [];
        Resource? resource = ResourceBinder.Bind(document, null, errors);
        if (resource is not WorkloadEndpoint endpoint)
        {
            _log($"an endpoint of the store is not understood: {errors.FirstOrDefault()}");
            return null;
        }

        // What an agent told the store of came to its socket from another runtime, which will take it away again.
        return endpoint.IsOfAgent ? null : endpoint;
    }
}
