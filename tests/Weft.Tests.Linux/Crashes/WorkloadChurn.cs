using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Weft.Node.Calls;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Crashes;

/// <summary>Workloads that come and go all the time: by <c>weft apply</c> and <c>weft delete</c>, and by calls of the
/// agents' sockets. Whatever dies meanwhile, it tries again as a runtime does, and in the end it leaves none.</summary>
internal sealed class WorkloadChurn : IAsyncDisposable
{
    private const string Space = "churn";
    private const int TryAgain = 11;
    private const int AtOnceMax = 3;

    private static readonly TimeSpan StayMax = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(60);

    private readonly RunningLab _lab;
    private readonly IReadOnlyList<string> _nodes;
    private readonly bool _serverDies;
    private readonly ConcurrentDictionary<string, string> _holders = new(StringComparer.Ordinal);
    private readonly Task _running;
    private volatile bool _stopping;
    private volatile bool _abandoned;
    private int _number;

    private WorkloadChurn(RunningLab lab, IReadOnlyList<string> nodes, int seed, bool serverDies)
    {
        (_lab, _nodes, _serverDies) = (lab, nodes, serverDies);
        _running = Task.WhenAll(
            Task.Run(() => LoopAsync(new Random(seed), ByResourcesAsync)),
            Task.Run(() => LoopAsync(new Random(seed + 1), ByCallsAsync)));
    }

    /// <summary>Workloads that were made and deleted by resources.</summary>
    public int ByResources { get; private set; }

    /// <summary>Workloads that were connected and disconnected by calls.</summary>
    public int ByCalls { get; private set; }

    /// <summary>Begins.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="nodes">Where workloads come and go.</param>
    /// <param name="seed">Of what is random in it.</param>
    /// <param name="serverDies">Whether a command may fail because there is no server.</param>
    public static WorkloadChurn Start(RunningLab lab, IReadOnlyList<string> nodes, int seed, bool serverDies = false) =>
        new(lab, nodes, seed, serverDies);

    /// <summary>Ends it, and waits until the store has none of its workloads any more.</summary>
    public async Task StopAsync()
    {
        _stopping = true;
        await _running;
        await _lab.UntilAsync(IsCleanAsync, "the workloads that came and went are still in the store", 60);
    }

    /// <summary>Ends it as it is, in whatever state the lab is.</summary>
    public async ValueTask DisposeAsync()
    {
        (_abandoned, _stopping) = (true, true);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // A delete that failed for want of a server may not have happened: what is left is deleted now.
    private async Task<bool> IsCleanAsync()
    {
        List<JsonElement> left = [.. (await _lab.GetAsync("workloads")).EnumerateArray()
            .Select(w => w.GetProperty("metadata")).Where(m => m.GetProperty("namespace").GetString() == Space)];
        foreach (JsonElement metadata in left.Where(m => !m.TryGetProperty("deletionTimestamp", out _) && !IsOfAgent(m)))
        {
            await _lab.WeftAsync("delete", "workload", metadata.GetProperty("name").GetString()!, "-n", Space);
        }

        return left.Count == 0;
    }

    private static bool IsOfAgent(JsonElement metadata) =>
        metadata.TryGetProperty("annotations", out JsonElement annotations)
        && annotations.TryGetProperty("weft.dev/origin", out _);

    private async Task LoopAsync(Random random, Func<Random, Task> once)
    {
        while (!_stopping)
        {
            await once(random);
        }
    }

    private async Task ByResourcesAsync(Random random)
    {
        List<string> names = [.. Enumerable.Range(0, random.Next(1, AtOnceMax + 1)).Select(_ => NextName())];
        string yaml = string.Join("---\n", names.Select(name => $$"""
            apiVersion: projectcalico.org/v3
            kind: WorkloadEndpoint
            metadata: {name: {{name}}, namespace: {{Space}}}
            spec: {node: {{Pick(random)}}, workload: {{name}}, endpoint: eth0}

            """));
        await RunAsync("apply", yaml, ran => true);
        await StayAsync(random);

        // A command that was not answered may have been done all the same.
        await RunAsync("delete", yaml, ran => ran.Error.Contains("does not exist", StringComparison.Ordinal));
        ByResources += names.Count;
    }

    private async Task RunAsync(string verb, string yaml, Func<Ran, bool> isDone)
    {
        Ran ran = await _lab.RunAsync([verb, "--lab", _lab.Name, "-f", "-"], yaml);
        while (_serverDies && !_abandoned && ran.ExitCode != 0 && !isDone(ran))
        {
            await Task.Delay(Pause);
            ran = await _lab.RunAsync([verb, "--lab", _lab.Name, "-f", "-"], yaml);
        }

        if (!_serverDies)
        {
            ran.Must();
        }
    }

    private async Task ByCallsAsync(Random random)
    {
        using TestNamespace inside = new();
        string name = NextName();
        string socket = Path.Combine(_lab.Folder, $"{Pick(random)}.sock");
        AgentCall add = new()
        {
            Command = AgentCommand.Add,
            Namespace = Space,
            Workload = name,
            ContainerId = $"calls-{name}",
            NetworkNamespace = inside.Path,
        };

        // Half of the runtimes ask again when their agent dies under them, the others give up and clean up.
        AgentAnswer? added = random.Next(2) == 0
            ? await AskUntilAnsweredAsync(socket, add)
            : await AgentSocket.TryAskAsync(socket, add);
        List<string> addresses = [.. added?.Connection?.Addresses.Select(a => a.Address.ToString()) ?? []];
        foreach (string address in addresses)
        {
            string holder = _holders.GetOrAdd(address, name);
            Assert.True(holder == name, $"{address} was given to {name}, and is {holder}'s");
        }

        await StayAsync(random);
        foreach (string address in addresses)
        {
            _holders.TryRemove(address, out _);
        }

        await AskUntilAnsweredAsync(socket, add with { Command = AgentCommand.Del });
        ByCalls++;
    }

    private async Task<AgentAnswer> AskUntilAnsweredAsync(string socket, AgentCall call)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (true)
        {
            AgentAnswer? answer = await AgentSocket.TryAskAsync(socket, call);
            if (answer is not null && answer.Fault is not { Code: TryAgain })
            {
                Assert.True(answer.Fault is null, $"{call.Command} of {call.Workload}: {answer.Fault}");
                return answer;
            }

            string why = answer?.Fault?.ToString() ?? "no answer";
            Assert.True(
                watch.Elapsed < AnswerLimit && !_abandoned, $"{socket}: {call.Command} of {call.Workload}: {why}");
            await Task.Delay(Pause);
        }
    }

    private string NextName() => FormattableString.Invariant($"c{Interlocked.Increment(ref _number)}");

    private string Pick(Random random) => _nodes[random.Next(_nodes.Count)];

    private static Task StayAsync(Random random) => Task.Delay(random.Next((int)StayMax.TotalMilliseconds));
}
