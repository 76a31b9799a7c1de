using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Microsoft.Extensions.Time.Testing;
using Weft.Model.Binding;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Agents;
using Weft.Server.Changes;
using Weft.Server.Fleet;
using Weft.Server.Plans;
using Weft.Server.Storing;
using Xunit;

namespace Weft.Tests.Server.Agents;

/// <summary>A server's inside on a store of its own, with a clock that the test turns: nodes n1 and n2, each with a
/// block of pool p1.</summary>
internal sealed class TransitionFleet : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-t-transition-").FullName;
    private readonly Dictionary<string, PlanStream> _streams = new(StringComparer.Ordinal);
    private readonly Channel<string> _log = Channel.CreateUnbounded<string>();
    private readonly Stamp _stamp = new("2026-01-01T00:00:00Z", static () => "00000000-0000-0000-0000-000000000000");
    private SqliteStore _store = null!;
    private PlanHub _hub = null!;
    private AgentRegistry _agents = null!;

    public FakeTimeProvider Time { get; } = new();

    public FleetKeeper Keeper { get; private set; } = null!;

    public FleetOverview Overview { get; private set; } = null!;

    public PoolTransitions Transitions { get; private set; } = null!;

    public BlockAnnouncements Announcements { get; private set; } = null!;

    public AgentFacts Facts { get; private set; } = null!;

    public GoneNodes Gone { get; private set; } = null!;

    public StoreAge Age { get; private set; } = null!;

    public LoanPatience Loans { get; private set; } = null!;

    public static TimeSpan Grace { get; } = TimeSpan.FromMinutes(15);

    public IStore Store => _store;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<TransitionFleet> StartAsync(params string[] pools)
    {
        TransitionFleet fleet = new();
        await fleet.StartServerAsync();
        await fleet.ApplyAsync(Node("n1", "172.16.1.2/24"), Node("n2", "172.16.1.3/24"));
        int number = 0;
        foreach (string pool in pools)
        {
            IpPool made = fleet.Made(pool, EncapsulationMode.Always, $"10.{65 + number++}.0.0/16");
            await fleet.ApplyAsync(made);
            await fleet.PutAsync(
                IpamBlock.Of(new IpPrefix(made.Cidr.Address, 26), pool, "n1"),
                IpamBlock.Of(new IpPrefix(made.Cidr.At(64), 26), pool, "n2"));
        }

        return fleet;
    }

    /// <summary>Everything but the store begins anew, as after a crash.</summary>
    public async Task RestartAsync()
    {
        await StopServerAsync();
        await StartServerAsync();
    }

    public IpPool Pool(string name) => Keeper.State.FindPool(name)!;

    /// <summary>Applies what an administrator writes; answers the revision.</summary>
    public Task<long> ApplyAsync(params Resource[] resources) => ChangeAsync(state => ApplyDecision.Decide(
        state,
        [.. resources.Select(r => ResourceWriter.ToTree(r with { Metadata = r.Metadata with { ResourceVersion = 0 } }))],
        _stamp,
        _ => null));

    /// <summary>Asks for another mode.</summary>
    public Task<long> ChangeModeAsync(string pool, EncapsulationMode vxlan, EncapsulationMode ipip = EncapsulationMode.Never) =>
        ApplyAsync(Pool(pool) with { VxlanMode = vxlan, IpipMode = ipip });

    /// <summary>Deletes as an administrator does.</summary>
    public Task<long> DeleteAsync(Resource resource) =>
        ChangeAsync(state => DeleteDecision.Decide(state, [ResourceWriter.ToTree(resource)], _stamp, _hub.IsConnected));

    /// <summary>An agent claims one more block of a pool; answers the block.</summary>
    public async Task<IpamBlock> ClaimAsync(string node, string pool)
    {
        IpPrefix? block = null;
        int have = Keeper.State.BlocksOfNode(node).Count(b => b.Pool == pool);
        await ChangeAsync(state => BlockDecisions.Claim(state, node, new BlockClaim(pool, have), Facts, _stamp, out block));
        return Keeper.State.FindBlock(block!.Value)!;
    }

    /// <summary>Takes away what nobody has to ask for.</summary>
    public Task<long> RemoveAsync(params Resource[] resources) => DraftAsync((draft, resource) => draft.Remove(resource), resources);

    /// <summary>The agent's connection begins, as after a start of the node or of the server.</summary>
    public void Connect(string node)
    {
        Disconnect(node);
        _agents.Begin(node);
        _streams.Add(node, _hub.Open(node));
    }

    public void Disconnect(string node)
    {
        if (_streams.Remove(node, out PlanStream? stream))
        {
            stream.Dispose();
        }
    }

    /// <summary>The agents say that they have all that there is.</summary>
    public void Report(params string[] nodes) => Report(lacksIpip: false, nodes);

    public void Report(bool lacksIpip, params string[] nodes)
    {
        foreach (string node in nodes)
        {
            NodeReport report = new()
            {
                AppliedRevision = Keeper.State.Revision,
                Ready = true,
                ProcessId = 7,
                LacksIpip = lacksIpip,
            };
            _agents.Remember(node, report, known: true);
        }
    }

    /// <summary>The next line for the operator.</summary>
    public async Task<string> SaidAsync() => await _log.Reader.ReadAsync(Cancellation);

    public bool HasSaidMore => _log.Reader.TryPeek(out _);

    public Task<TimeSpan?> StepAsync() => Transitions.StepAsync(Cancellation);

    /// <summary>Who is missing now for a revision, without waiting.</summary>
    public Task<IReadOnlyList<string>> MissingAsync(long revision) =>
        Overview.WaitAsync(revision, TimeSpan.Zero, Time, Cancellation);

    public async ValueTask DisposeAsync()
    {
        await StopServerAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static NodeResource Node(string name, string address) => new()
    {
        Metadata = new Metadata { Name = name },
        BgpIpv4Address = IpInterfaceAddress.Parse(address),
    };

    private IpPool Made(string name, EncapsulationMode mode, string cidr) => new()
    {
        Metadata = _stamp.Born(new Metadata { Name = name }),
        Cidr = IpPrefix.Parse(cidr),
        VxlanMode = mode,
    };

    public Task<long> PutAsync(params Resource[] resources) => DraftAsync((draft, resource) => draft.Put(resource), resources);

    private Task<long> DraftAsync(Action<Draft, Resource> change, Resource[] resources) => ChangeAsync(state =>
    {
        Draft draft = new(state);
        foreach (Resource resource in resources)
        {
            change(draft, resource);
        }

        Departures.Settle(draft);
        return new Decision { Changes = draft.Changes };
    });

    public async Task<long> ChangeAsync(Func<FleetState, Decision> decide)
    {
        (Decision decision, long revision) = await Keeper.ChangeAsync(decide, Cancellation);
        Assert.Null(decision.Refusal);
        return revision;
    }

    private async Task StartServerAsync()
    {
        _store = SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(_folder, SqliteStoreOptions.FileName) });
        _hub = new PlanHub();
        _agents = new AgentRegistry();
        Keeper = await FleetKeeper.StartAsync(
            _store,
            (state, changes) =>
            {
                _hub.Advance(state, changes);
                _agents.Follow(changes);
            },
            line => _log.Writer.TryWrite(line),
            Cancellation);
        Age = new StoreAge(_agents, Keeper.State, Grace, Time, line => _log.Writer.TryWrite(line));
        Facts = new AgentFacts(_hub, _agents, Age, Time);
        Gone = new GoneNodes(Keeper, _agents, Facts, Grace, Time, line => _log.Writer.TryWrite(line));
        Loans = new LoanPatience(Keeper, Facts, Time);
        Overview = new FleetOverview(Keeper, _hub, _agents, Gone, Age);
        Announcements = new BlockAnnouncements(Keeper, Overview, _agents, Time, line => _log.Writer.TryWrite(line));
        Transitions = new PoolTransitions(Keeper, Overview, _agents, Time, line => _log.Writer.TryWrite(line));
    }

    private async Task StopServerAsync()
    {
        foreach (string node in _streams.Keys.ToList())
        {
            Disconnect(node);
        }

        await Keeper.DisposeAsync();
        await _store.DisposeAsync();
    }
}
