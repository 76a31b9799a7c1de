using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Weft.Net;
using Weft.Node.Calls;
using Xunit;

namespace Weft.Tests.Linux.Churn;

/// <summary>What container runtimes do, well or badly: a container's network namespace is made, ADD is asked for until it
/// is answered or given up, DEL likewise; some forget their containers, some take the namespace away first, some come with
/// another incarnation of the same workload while the old one is not gone.</summary>
internal sealed class ContainerRuntime : IDisposable
{
    private const string Space = "churn";
    private const int KeptMax = 24;
    private const int KillWithinMax = 15;
    private const int StayMax = 60;

    // The CNI specification's words: an I/O failure, try again later; and our own for a pool without addresses.
    private const int IoFailure = 5;
    private const int TryAgain = 11;
    private const int NoAddress = 100;

    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly ChurnFleet _fleet;
    private readonly IContainerCalls _calls;
    private readonly AddressLedger _ledger;
    private readonly ChurnTally _tally;
    private readonly Dictionary<string, List<EchoPoint>> _echoes = [];
    private readonly ConcurrentQueue<LiveContainer> _kept = [];
    private int _number;

    public ContainerRuntime(ChurnFleet fleet, IContainerCalls calls, AddressLedger ledger, ChurnTally tally) =>
        (_fleet, _calls, _ledger, _tally) = (fleet, calls, ledger, tally);

    /// <summary>How long a call may go unanswered while daemons die and come back.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>Connects a container on every node that stays, and answers whoever asks it.</summary>
    public async Task SettleAsync()
    {
        foreach (string node in ChurnFleet.Nodes)
        {
            string name = $"echo-{node}";
            LiveContainer live = await ConnectAsync(node, name, name, new Random(0))
                ?? throw new InvalidOperationException($"{name} has no address\n{_fleet.ReadLogs()}");
            _echoes[node] = [.. live.Addresses.Select(a => new EchoPoint(
                NetworkNamespace.PathOf(live.NamespaceName), IPAddress.Parse(a.ToString())))];
        }
    }

    /// <summary>One container comes, talks, stays a while, and goes.</summary>
    public async Task LiveOnceAsync(Random random)
    {
        int number = Interlocked.Increment(ref _number);
        string node = ChurnFleet.Nodes[random.Next(ChurnFleet.Nodes.Count)];
        string name = FormattableString.Invariant($"c{number}");
        if (await ConnectAsync(node, name, name, random) is { } live)
        {
            await ProveAsync(live, random);
            await Task.Delay(random.Next(StayMax));
            if (random.Next(4) == 0)
            {
                await CheckAsync(live);
            }

            _kept.Enqueue(live);
        }

        // The oldest goes, so that each sees many others come.
        if ((_kept.Count > KeptMax || random.Next(2) == 0) && _kept.TryDequeue(out LiveContainer? leaving))
        {
            await EndAsync(leaving, random);
        }

        _tally.Lived();
    }

    /// <summary>All that are left go, except those that stay.</summary>
    public async Task EndAllAsync(Random random)
    {
        while (_kept.TryDequeue(out LiveContainer? leaving))
        {
            await EndAsync(leaving, random);
        }
    }

    /// <summary>Asks again for what every container has: it must be what it had.</summary>
    public async Task ProveAllAsync(Random random)
    {
        foreach (LiveContainer live in _ledger.Live)
        {
            await ProveAsync(live, random);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (EchoPoint echo in _echoes.Values.SelectMany(e => e))
        {
            echo.Dispose();
        }
    }

    private AgentCall Call(AgentCommand command, string workload, string containerId) => new()
    {
        Command = command,
        Namespace = Space,
        Workload = workload,
        ContainerId = containerId,
        NetworkNamespace = _fleet.PathOf(containerId),
        Network = "churn",
    };

    // None if there is no address to be had: it is disconnected again then.
    private async Task<LiveContainer?> ConnectAsync(string node, string workload, string containerId, Random random)
    {
        List<string> old = [];
        int incarnation = 1;
        Make(containerId);
        Stopwatch watch = Stopwatch.StartNew();
        while (true)
        {
            Stopwatch once = Stopwatch.StartNew();
            AgentAnswer? answer = await AskAsync(node, Call(AgentCommand.Add, workload, containerId), random);
            if (answer?.Connection is { } connection)
            {
                _tally.Answered(once.Elapsed);
                _tally.Count("ADD answered");
                LiveContainer live = new(
                    node, workload, containerId, _fleet.NamespaceOf(containerId), connection.HostInterface,
                    [.. connection.Addresses.Select(a => a.Address)]);
                _ledger.Connected(live);

                // The runtime cleans up after its dead attempts only now: that must not touch the living one.
                foreach (string dead in old)
                {
                    await DisconnectAsync(node, workload, dead, random);
                }

                return live;
            }

            _tally.Count(answer is null ? "ADD without an answer" : $"ADD refused with {answer.Fault!.Code}");
            if (answer?.Fault is { Code: not (IoFailure or TryAgain or NoAddress) } fault)
            {
                _ledger.Violate($"ADD of {workload} on {node}: {fault}");
            }

            if (HasNone(answer, watch.Elapsed) || watch.Elapsed > Patience)
            {
                if (watch.Elapsed > Patience)
                {
                    _ledger.Violate($"ADD of {workload} on {node} was not answered for {Patience.TotalSeconds:0} s; at last: {answer?.Fault?.Message ?? "no answer"}");
                }

                foreach (string dead in (string[])[.. old, containerId])
                {
                    await DisconnectAsync(node, workload, dead, random);
                }

                return null;
            }

            await Task.Delay(Pause);
            string Next()
            {
                string next = FormattableString.Invariant($"{workload}-{++incarnation}");
                Make(next);
                return next;
            }

            switch (random.Next(4))
            {
                case 0: // As Kubernetes does: clean up, and make another container.
                    await DisconnectAsync(node, workload, containerId, random);
                    containerId = Next();
                    break;
                case 1: // Another container first; the cleaning up comes late.
                    old.Add(containerId);
                    containerId = Next();
                    break;
                default: // The same again.
                    break;
            }
        }
    }

    // Of an address that a server would have to find, a runtime does not wait for ever that there is one.
    private static bool HasNone(AgentAnswer? answer, TimeSpan waited) => answer?.Fault is { Code: NoAddress }
        || (answer?.Fault is { Code: TryAgain } fault && waited > GiveUpAfter && fault.Message.Contains("no address", StringComparison.Ordinal));

    private async Task EndAsync(LiveContainer live, Random random)
    {
        _ledger.Leaving(live);
        switch (random.Next(12))
        {
            case 0 or 1: // Its network namespace goes first.
                Remove(live.ContainerId);
                await DisconnectAsync(live.Node, live.Workload, live.ContainerId, random);
                _tally.Count("ended by its namespace first");
                break;
            case 2: // Twice.
                await AskUntilDoneAsync(live.Node, Call(AgentCommand.Del, live.Workload, live.ContainerId), random);
                await DisconnectAsync(live.Node, live.Workload, live.ContainerId, random);
                _tally.Count("ended twice");
                break;
            case 10 or 11: // Its runtime lost it.
                Remove(live.ContainerId);
                _tally.Count("forgotten");
                break;
            default:
                await DisconnectAsync(live.Node, live.Workload, live.ContainerId, random);
                break;
        }
    }

    private async Task DisconnectAsync(string node, string workload, string containerId, Random random)
    {
        await AskUntilDoneAsync(node, Call(AgentCommand.Del, workload, containerId), random);
        Remove(containerId);
    }

    private async Task AskUntilDoneAsync(string node, AgentCall call, Random random)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (true)
        {
            AgentAnswer? answer = await AskAsync(node, call, random);
            if (answer is { Fault: null })
            {
                _tally.Count($"{call.Command.ToString().ToUpperInvariant()} answered");
                return;
            }

            _tally.Count(answer is null ? $"{call.Command} without an answer" : $"{call.Command} refused with {answer.Fault!.Code}");
            if (answer?.Fault is { Code: not (IoFailure or TryAgain) } || watch.Elapsed > Patience)
            {
                _ledger.Violate($"{call.Command} of {call.Workload} on {node}: {answer?.Fault?.ToString() ?? "never an answer"}");
                return;
            }

            await Task.Delay(Pause);
        }
    }

    private async Task<AgentAnswer?> AskAsync(string node, AgentCall call, Random random)
    {
        using CancellationTokenSource killed = new();
        bool dies = _tally.TakePluginKill();
        if (dies)
        {
            killed.CancelAfter(random.Next(KillWithinMax));
        }

        AgentAnswer? answer = await _calls.AskAsync(node, call, killed.Token);
        if (dies && answer is not null)
        {
            _tally.Count("plugin was faster than its kill");
            _tally.OrderPluginKill(); // Another one dies for it.
        }
        else if (dies)
        {
            _tally.Count("plugin killed");
        }

        return answer;
    }

    private async Task CheckAsync(LiveContainer live)
    {
        AgentAnswer? answer = await _calls.AskAsync(
            live.Node, Call(AgentCommand.Check, live.Workload, live.ContainerId), CancellationToken.None);
        _tally.Count(answer is null ? "CHECK without an answer"
            : answer.Fault is null ? "CHECK answered" : $"CHECK refused with {answer.Fault.Code}");
        if (answer?.Fault is { Code: not TryAgain } fault)
        {
            _ledger.Violate($"CHECK of {live.Workload} on {live.Node}: {fault}");
        }

        if (answer?.Connection is { } connection && !connection.Addresses.Select(a => a.Address).SequenceEqual(live.Addresses))
        {
            _ledger.Violate($"CHECK of {live.Workload} says {string.Join(", ", connection.Addresses)} instead of {string.Join(", ", live.Addresses)}");
        }
    }

    // One datagram to a workload on its node, and one to another node, in each family.
    private async Task ProveAsync(LiveContainer live, Random random)
    {
        string other = ChurnFleet.Nodes.Where(n => n != live.Node).ElementAt(random.Next(ChurnFleet.Nodes.Count - 1));
        foreach (string node in (string[])[live.Node, other])
        {
            foreach (EchoPoint echo in _echoes.GetValueOrDefault(node, []))
            {
                await AskEchoAsync(live, node, echo.EndPoint);
            }
        }
    }

    private async Task AskEchoAsync(LiveContainer live, string node, IPEndPoint to)
    {
        IpAddress? own = live.Addresses.Select(a => (IpAddress?)a).FirstOrDefault(a =>
            a!.Value.Family == (to.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? IpFamily.Ipv4 : IpFamily.Ipv6));
        if (own is not { } address || live.Workload == $"echo-{node}")
        {
            return;
        }

        string path = NetworkNamespace.PathOf(live.NamespaceName);
        long moment = Environment.TickCount64;
        (string? fault, IPAddress? seen) = await EchoPoint.AskAsync(path, to);
        if (fault is null)
        {
            _tally.Count(node == live.Node ? "talked on its node" : "talked to another node");
            if (seen!.ToString() != address.ToString())
            {
                _ledger.Violate($"{live.Workload} on {live.Node} has {address} and talks as {seen}");
            }

            return;
        }

        if (node != live.Node && !_fleet.IsInformed(node, moment))
        {
            _tally.Count("not heard by a node whose agent had been away");
            return;
        }

        string where = $"on {live.Node}: {Routes(live.Node, address)}; on {node}: {Routes(node, address)}";
        (string? again, _) = await EchoPoint.AskAsync(path, to);
        _ledger.Violate($"{live.Workload} on {live.Node} was told {address} and cannot talk to {to} on {node}: {fault}; {where}; "
            + $"the second time: {again ?? "it can"}, on {node}: {Routes(node, address)}");
    }

    private string Routes(string node, IpAddress to) =>
        _fleet.Ip(node, $"route show table all proto 87 match {to}").Trim().Replace("\n", " | ", StringComparison.Ordinal);

    private void Make(string containerId) =>
        Assert.Null(NetworkNamespace.Create(_fleet.NamespaceOf(containerId), loopbackUp: true));

    private void Remove(string containerId) => Assert.Null(NetworkNamespace.Delete(_fleet.NamespaceOf(containerId)));
}
