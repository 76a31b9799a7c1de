using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using Weft.Agent;
using Weft.Agent.Files;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Doctor;
using Weft.App.Output;
using Weft.Linux.Files;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Server;

namespace Weft.App.Up;

/// <summary>A server and an agent on this host, in one process, over a state of their own: the shortest way in. Stopping it
/// leaves the kernel as it is, and it starts again over its state.</summary>
internal sealed class HostUp : IAsyncDisposable
{
    private const int DrawsMax = 8;

    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly UpOptions _options;
    private readonly FileLock _lock;
    private readonly List<string> _made = [];
    private WeftServer? _server;
    private AgentHost? _agent;

    private HostUp(UpOptions options, FileLock held) => (_options, _lock) = (options, held);

    /// <summary>What was made that was not there before, a line each, for people.</summary>
    public IReadOnlyList<string> Made => _made;

    /// <summary>The pools that there are.</summary>
    public IReadOnlyList<IpPool> Pools { get; private set; } = [];

    /// <summary>What the agent still waits for; empty if it is ready.</summary>
    public string Waiting { get; private set; } = "";

    /// <summary>Ends with the agent: never before this is disposed, unless a defect of ours ends it.</summary>
    public Task Ended => _agent!.Ended;

    /// <summary>The configuration for container runtimes.</summary>
    public string Conflist =>
        CniInstallation.Conflist(_options.AgentSocket, CniInstallation.HasPortMap(_options.CniBin ?? CniInstallation.BinDefault));

    /// <summary>Starts all of it. If it fails, nothing runs; what was made in the store stays.</summary>
    public static async Task<HostUp> StartAsync(UpOptions options, Terminal.Progress progress, CancellationToken cancelled)
    {
        progress.Say("looking at this host");
        if (!options.SkipsChecks)
        {
            Examine();
        }

        if (RunningAgents.In("") is [int pid, ..])
        {
            throw new CommandFailure(FormattableString.Invariant($"an agent is at work on this host, process {pid}: stop it first"));
        }

        StateFolder.Make(options.StateDirectory);
        if (FileLock.TryAcquire(Path.Combine(options.StateDirectory, UpOptions.LockName), out FileLock? held) is { } taken)
        {
            throw new CommandFailure($"another 'weft up' uses {options.StateDirectory}: {taken}");
        }

        HostUp up = new(options, held!);
        try
        {
            CniInstallation.Check(InstalledFiles.Open(options.AgentState), options.CniBin, options.CniConfig, up.Conflist);
            progress.Say("starting");
            await up.BeginAsync(cancelled);
            return up;
        }
        catch
        {
            await up.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_agent is { } agent)
        {
            await agent.DisposeAsync();
        }

        if (_server is { } server)
        {
            await server.DisposeAsync();
        }

        _lock.Dispose();
    }

    // What a doctor would refuse, with what mends it.
    private static void Examine()
    {
        DoctorCheck[] missing =
            [.. HostJudgement.Judge(HostReader.Read()).Checks.Where(check => check.Status == CheckStatus.Missing)];
        if (missing.Length > 0)
        {
            IEnumerable<string> lines = missing.SelectMany(check => (IEnumerable<string>)(check.Mend is null
                ? [$"{check.Name}: {check.Seen}"]
                : [$"{check.Name}: {check.Seen}", $"  to mend it: {check.Mend}"]));
            throw new CommandFailure($"this host cannot run Weft as it is\n{string.Join('\n', lines)}");
        }
    }

    private async Task BeginAsync(CancellationToken cancelled)
    {
        _server = await WeftServer.StartAsync(
            new ServerOptions
            {
                StateDirectory = _options.ServerState,
                SocketPath = _options.ServerSocket,
                Log = Daemon.Log,
            },
            cancelled);
        using ServerClient server = new(_options.ServerSocket);
        await MakeNodeAsync(server, cancelled);
        await MakePoolsAsync(server, cancelled);
        _agent = await AgentHost.StartAsync(
            new AgentOptions
            {
                Node = _options.Node,
                ServerSocket = _options.ServerSocket,
                StateDirectory = _options.AgentState,
                SocketPath = _options.AgentSocket,
                Addressing = _options.Addressing,
                LeakGrace = _options.LeakGrace,
                Log = Daemon.Log,
            },
            cancelled);
        Install();
        Waiting = await WaitingAsync(cancelled);
        if (Waiting.Length == 0)
        {
            // Blocks and tunnel addresses were claimed on the way.
            await server.WaitAsync((await server.StatusAsync(cancelled)).Revision, ReadyLimit, cancelled);
        }
    }

    private void Install()
    {
        InstalledFiles files = InstalledFiles.Open(_options.AgentState);
        if (_options.CniBin is { } bin && CniInstallation.WritePlugin(files, bin))
        {
            _made.Add($"{bin}/weft-cni");
        }

        if (_options.CniConfig is { } config && CniInstallation.WriteConfig(files, config, Conflist))
        {
            _made.Add(config);
        }
    }

    private async Task MakeNodeAsync(ServerClient server, CancellationToken cancelled)
    {
        try
        {
            await server.GetAsync(ResourcePaths.Of(ResourceKinds.Node, "", _options.Node), cancelled);
        }
        catch (ServerRefusal missing) when (missing.Status == HttpStatusCode.NotFound)
        {
            await ApplyAsync(server, cancelled, new NodeResource { Metadata = new Metadata { Name = _options.Node } });
            _made.Add($"Node {_options.Node}");
        }
    }

    private async Task MakePoolsAsync(ServerClient server, CancellationToken cancelled)
    {
        Pools = await PoolsAsync(server, cancelled);
        if (Pools.Count > 0)
        {
            IpPrefix[] lacking = [.. _options.Pools.Where(asked => !Pools.Any(pool => pool.Cidr == asked))];
            if (lacking.Length > 0)
            {
                string there = string.Join(", ", Pools.Select(pool => $"{pool.Metadata.Name} {pool.Cidr}"));
                throw new CommandFailure(
                    $"there are pools already, and {lacking[0]} is none of them ({there}): change them with 'weft apply'");
            }

            return;
        }

        IReadOnlyList<SeenRange> seen = HostRanges.Read();
        IpPrefix[] ranges = [.. _options.Pools.Count > 0 ? _options.Pools : Choose(seen)];
        IpPool[] pools = [.. ranges.Select(PoolOf)];
        await ApplyAsync(server, cancelled, pools);
        _made.AddRange(pools.Select(pool => $"IPPool {pool.Metadata.Name} {pool.Cidr}"));
        foreach (IpPrefix range in _options.Pools)
        {
            if (seen.FirstOrDefault(other => other.Range.Overlaps(range)) is { } overlap)
            {
                Daemon.Log($"the pool {range} overlaps with {overlap.Range}, {overlap.By}: what is there cannot be reached from workloads");
            }
        }

        Pools = pools;
    }

    private static IEnumerable<IpPrefix> Choose(IReadOnlyList<SeenRange> seen)
    {
        yield return PoolChoice.Ipv4(seen)
            ?? throw new CommandFailure("every private IPv4 range overlaps with something on this host: choose one with --pool CIDR");
        for (int draw = 0; HostRanges.HasIpv6(seen) && draw < DrawsMax; draw++)
        {
            if (PoolChoice.Ipv6(seen, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)))) is { } range)
            {
                yield return range;
                yield break;
            }
        }
    }

    // Named as Calico names its own; encapsulated only towards nodes behind a router, should there be others one day.
    private static IpPool PoolOf(IpPrefix range) => new()
    {
        Metadata = new Metadata { Name = range.Family == IpFamily.Ipv4 ? "default-ipv4-ippool" : "default-ipv6-ippool" },
        Cidr = range,
        BlockSize = IpPool.BlockSizesOf(range.Family).Default,
        VxlanMode = EncapsulationMode.CrossSubnet,
        NatOutgoing = true,
    };

    private static async Task<IReadOnlyList<IpPool>> PoolsAsync(ServerClient server, CancellationToken cancelled)
    {
        DocumentNode list = await server.GetAsync(ResourcePaths.ListOf(ResourceKinds.IpPool, null), cancelled);
        List<Diagnostic> errors = [];
        return [.. ResourceList.ItemsOf(list).Select(item => ResourceBinder.Bind(item, null, errors)).OfType<IpPool>()];
    }

    private static async Task ApplyAsync(ServerClient server, CancellationToken cancelled, params Resource[] resources)
    {
        try
        {
            await server.ApplyAsync([.. resources.Select(resource => (DocumentNode)ResourceWriter.ToTree(resource))], cancelled);
        }
        catch (ServerRefusal refusal)
        {
            string[] problems = [.. refusal.Error.Problems.Select(problem => $"{problem.Path}: {problem.Message}")];
            throw new CommandFailure(problems.Length > 0 ? string.Join('\n', problems) : refusal.Error.Message);
        }
    }

    private async Task<string> WaitingAsync(CancellationToken cancelled)
    {
        AgentClient agent = new(_options.AgentSocket);
        long deadline = Environment.TickCount64 + (long)ReadyLimit.TotalMilliseconds;
        while (true)
        {
            AgentStatus? status = await agent.StatusAsync(CallLimit, cancelled);
            if (status is { Ready: true })
            {
                return "";
            }

            if (Environment.TickCount64 > deadline)
            {
                return status?.Waiting ?? "an answer of the agent";
            }

            await Task.Delay(Pause, cancelled);
        }
    }
}
