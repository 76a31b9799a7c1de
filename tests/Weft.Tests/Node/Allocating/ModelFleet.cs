using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Node.Allocating;
using Weft.Node.Allocation;
using Weft.Node.Calls;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Agents;
using Weft.Server.Changes;
using Weft.Server.Fleet;
using Xunit;

namespace Weft.Tests.Node.Allocating;

/// <summary>Three nodes, two servers and one store, and the messages between them.</summary>
internal sealed class ModelFleet : IAgentFacts
{
    private const int WorkloadsMax = 6;

    // The one that has the pools and nodes.
    private const long FirstRevision = 1;

    private readonly ModelStore _store = new();
    private FleetState _copy = FleetState.Empty;
    private readonly ModelServer[] _servers;
    private readonly ModelNode[] _nodes;
    private readonly List<(int Node, Action<AddressAllocator, List<AllocatorAction>> Answer)> _answers = [];

    public ModelFleet()
    {
        _servers = [new(_store), new(_store)];
        _nodes = [new("n1"), new("n2"), new("n3")];
        _store.Put(
            Pool("four", "10.65.0.0/28", 30),
            Pool("six", "fd00:65::/124", 126),
            Pool("hosts", "10.66.0.0/29", 32),
            NodeOf("n1"),
            NodeOf("n2"),
            NodeOf("n3"));
        foreach (ModelServer server in _servers)
        {
            server.Follow(1);
        }

        foreach (ModelNode node in _nodes)
        {
            node.Start();
            node.Connect(_servers[0]);
        }
    }

    /// <inheritdoc/>
    public bool IsConnected(string node) => _nodes.Any(n => n.Name == node && n is { IsAlive: true, Server: not null });

    /// <inheritdoc/>
    public int? FreeOf(string node, IpPrefix block) => null;

    /// <inheritdoc/>
    public bool HasDeclined(IpPrefix block, IpAddress? wanted) => false;

    /// <inheritdoc/>
    public IEnumerable<(string Node, IpPrefix Range)> Held(FleetState state) => _nodes.SelectMany(n => n.Held, (n, range) => (n.Name, range));

    /// <inheritdoc/>
    public string? WhyNoBlocks(FleetState state) => _nodes.All(n => n is { IsAlive: true, Server: not null }) ? null : "not heard of all";

    /// <summary>A store that somebody restores from a copy: one server, on which agents come back one after the other; who waits
    /// for an address asks as soon as it may.</summary>
    /// <param name="back">How many revisions are lost.</param>
    /// <param name="order">In which order the nodes come back.</param>
    public void Restore(int back, int order)
    {
        _answers.Clear();
        foreach (ModelNode node in _nodes)
        {
            node.Disconnect();
            node.ToServer.Clear();
        }

        _store.Restore(Math.Max(FirstRevision, _store.Newest.Revision - back));
        _copy = _store.Newest;
        Array.ForEach(_servers, server => server.Restart());
        for (int i = 0; i < _nodes.Length; i++)
        {
            _nodes[(i + order) % _nodes.Length].Connect(_servers[0]);
            for (int round = 0; round < 3; round++)
            {
                SettleOnce();
                AssertNobodyUsesWhatAnotherDoes();
            }
        }

        for (int round = 0; round < 40; round++)
        {
            SettleOnce();
            Array.ForEach(_nodes, node => node.Pass(1));
            AssertNobodyUsesWhatAnotherDoes();
        }
    }

    /// <summary>An address is used on one node at most; all that were used before still are, but for borrowed ones, and for those
    /// that were another node's when the copy was made.</summary>
    public void AssertNothingWasTakenFrom(IReadOnlyDictionary<string, IpAddress[]> before)
    {
        AssertNobodyUsesWhatAnotherDoes();
        foreach (ModelNode node in _nodes)
        {
            Assert.Empty(node.Held);
            Assert.DoesNotContain(
                before.GetValueOrDefault(node.Name, []).Except(node.Used()),
                a => (_copy.FindLoanOf(a)?.Borrower ?? _copy.FindBlockOf(a)?.Node ?? node.Name) == node.Name);
        }
    }

    /// <summary>What each node uses of its own blocks.</summary>
    public IReadOnlyDictionary<string, IpAddress[]> OwnAddressesUsed() => _nodes.ToDictionary(n => n.Name, n => n.Used()
        .Where(a => _store.Newest.FindLoanOf(a) is null).ToArray());

    private void AssertNobodyUsesWhatAnotherDoes()
    {
        Dictionary<IpAddress, string> users = [];
        foreach (ModelNode node in _nodes)
        {
            Assert.All(node.Used(), a => Assert.True(users.TryAdd(a, node.Name), $"{a} is used on {node.Name}, and on {users.GetValueOrDefault(a)} too"));
        }
    }

    private void SettleOnce()
    {
        Announce(int.MaxValue);
        Array.ForEach(_servers, server => server.Follow(int.MaxValue));
        for (int i = 0; i < _nodes.Length; i++)
        {
            while (_nodes[i] is { Server: not null, ToServer.Count: > 0 })
            {
                DeliverRequest(i, 0, _servers[0], repeat: false, answered: true);
            }
        }

        while (_answers.Count > 0)
        {
            DeliverAnswer(0);
        }

        Array.ForEach(_nodes, node => node.HearPlan(isWhole: false));
    }

    public void Do(int what, int which, int how)
    {
        ModelNode node = _nodes[which % _nodes.Length];
        ModelServer server = _servers[which % _servers.Length];
        switch (what)
        {
            case 0 or 1 or 2 or 3:
                node.Add(Wanted(how));
                break;
            case 4 or 5:
                node.Del($"w{how % WorkloadsMax}");
                break;
            case 6 or 7 or 8:
                DeliverRequest(which % _nodes.Length, how, server, repeat: how % 7 == 0, answered: how % 5 != 0);
                break;
            case 9 or 10:
                DeliverAnswer(how);
                break;
            case 11:
                Announce(how % 2);
                server.Follow(how % 4);
                break;
            case 12:
                if (node.IsAlive)
                {
                    node.Connect(server);
                }

                break;
            case 13:
                node.HearPlan(isWhole: false);
                break;
            case 14:
                node.Disconnect();
                break;
            case 15:
                node.Doom = (how % 4, how % 2 == 0);
                break;
            case 16:
                node.Die();
                break;
            case 17:
                node.FailingWrites = how % 3;
                break;
            case 18:
                Administrate(which, how);
                break;
            case 20 when how % 3 > 0:
                Delete(node, server);
                break;
            case 20 or 21 when _store.Newest.FindNode(node.Name) is null:
                _store.Put(NodeOf(node.Name));
                break;
            case 21 when !node.IsAlive:
                TakeBack(node, server);
                break;
            case 19 when how < 20:
                node.Pass(0.5);
                break;
            default:
                PassLong(node, how < 40 ? 5 : 70);
                break;
        }

        if (!node.IsAlive && how % 3 == 0)
        {
            node.Start();
        }
    }

    /// <summary>The specification, looked at from outside: what the disks say, and what the store says.</summary>
    public void AssertOneUserEach()
    {
        Dictionary<IpAddress, string> users = [];
        foreach (ModelNode node in _nodes)
        {
            AddressBook book = node.Book();
            List<(IpAddress Address, string Who)> used =
            [
                .. book.Workloads.SelectMany(w => w.Record.Addresses.Select(a => (a, w.Record.Id.ToString()))),
                .. ((IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6]).Select(book.TunnelOf).OfType<IpAddress>().Select(a => (a, "tunnel")),
            ];
            foreach ((IpAddress address, string who) in used.Where(one => node.Uses(one.Address)))
            {
                string user = $"{node.Name} {who}";
                Assert.True(users.TryAdd(address, user), $"{address} is {user}'s, and {users.GetValueOrDefault(address)}'s too");
                IpamBlock? block = _store.Newest.Blocks.FirstOrDefault(b => b.Cidr.Contains(address));
                AddressLoan? loan = _store.Newest.FindLoanOf(address);
                Assert.True(
                    loan is null ? block?.Node == node.Name : loan.Borrower == node.Name,
                    $"{address} is {user}'s, and the store has it for {loan?.Borrower ?? block?.Affinity ?? "nobody"}");
                Assert.True(who != "tunnel" || loan is null, $"{user} has the borrowed {address}");
            }

            Assert.All(book.Workloads, w => Assert.Equal(w.Record.Addresses.Count, w.Record.Addresses.Select(a => a.Family).Distinct().Count()));
        }

        // What is lent is on the lender's disk, and nobody else's there, as long as it has the block.
        foreach (AddressLoan loan in _store.Newest.Loans.Where(l => l.Address is not null && _store.Newest.FindBlock(l.Block)?.IsGivenBack == false))
        {
            Assert.Equal(loan.Address, _nodes.Single(n => n.Name == loan.Lender).Book().LentAs(loan.Metadata.Name));
        }
    }

    /// <summary>Everything works again, and long enough for all to know it.</summary>
    public void Recover()
    {
        _store.Put(Pool("four", "10.65.0.0/28", 30), Pool("six", "fd00:65::/124", 126), Pool("hosts", "10.66.0.0/29", 32), Configuration(0), Reservation());
        foreach (ModelNode node in _nodes)
        {
            node.FailingWrites = 0;
            node.Doom = null;
            if (!node.IsAlive)
            {
                node.Start();
            }
        }

        Settle(3);
    }

    /// <summary>Everything works again, and nobody uses anything any more.</summary>
    public void Heal()
    {
        Recover();
        foreach (ModelNode node in _nodes)
        {
            for (int w = 0; w < WorkloadsMax; w++)
            {
                node.Del($"w{w}");
            }
        }

        Settle(20);
        Assert.Empty(_store.Newest.NodesLeaving);
        foreach (ModelNode node in _nodes.Where(node => _store.Newest.FindNode(node.Name) is null))
        {
            _store.Put(NodeOf(node.Name));
        }

        Settle(4);
    }

    public void AssertNothingIsLost()
    {
        AssertOneUserEach();
        Assert.Empty(_store.Newest.Loans);
        foreach (ModelNode node in _nodes)
        {
            AddressBook book = node.Book();
            Assert.Empty(book.Workloads);
            Assert.Empty(book.Loans);
            Assert.Empty(book.Yielded);
            Assert.All(_store.Newest.BlocksOfNode(node.Name).GroupBy(b => b.Pool), own => Assert.InRange(own.Count(), 1, own.Key == "hosts" ? 2 : 1));
            node.Refusals.Clear();
            node.Add(Wanted(0) with { Families = [IpFamily.Ipv4, IpFamily.Ipv6] });
            Settle(3);
            Assert.True(node.Book().TryGet(new WorkloadId("shop", "w0", "eth0"), out _), string.Join("; ", node.Refusals));
        }
    }

    private void Settle(int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            Announce(int.MaxValue);
            foreach (ModelServer server in _servers)
            {
                server.Follow(int.MaxValue);
            }

            for (int i = 0; i < _nodes.Length; i++)
            {
                if (_nodes[i].Server != _servers[0])
                {
                    _nodes[i].Connect(_servers[0]);
                }

                while (_nodes[i].ToServer.Count > 0)
                {
                    DeliverRequest(i, 0, _servers[0], repeat: false, answered: true);
                }
            }

            while (_answers.Count > 0)
            {
                DeliverAnswer(0);
            }

            foreach (ModelNode node in _nodes)
            {
                node.HearPlan(isWhole: round % 4 == 0);
                node.Pass(round % 2 == 0 ? 2 : 65);
            }
        }
    }

    // Blocks and borrowed addresses are their nodes' when the others have heard of them.
    private void Announce(int most)
    {
        Resource[] heard =
        [
            .. _store.Newest.BlocksAnnounced.Take(most).Select(block => block with { Announcing = false }),
            .. _store.Newest.LoansAnnounced.Take(most).Select(loan => loan with { Announcing = false }),
        ];
        if (heard.Length > 0)
        {
            _store.Put(heard);
        }
    }

    // No server is behind, and no frame under way, for as long: AddressAllocator gives them half a minute.
    private void PassLong(ModelNode node, double seconds)
    {
        foreach (ModelServer server in _servers)
        {
            server.Follow(int.MaxValue);
        }

        node.HearPlan(isWhole: false);
        node.Pass(seconds);
    }

    private static AgentCall Wanted(int how) => new()
    {
        Command = AgentCommand.Add,
        Namespace = "shop",
        Workload = $"w{how % WorkloadsMax}",
        Ipv4Pools = how % 9 == 0 ? ["hosts"] : ["four"],
        Families = (how % 4) switch { 0 => [IpFamily.Ipv4, IpFamily.Ipv6], 1 => [IpFamily.Ipv6], _ => [IpFamily.Ipv4] },
        Addresses = how % 4 == 2 && how > 40 ? [IpPrefix.Parse("10.65.0.0/28").At((uint)(how % 16))] : [],
    };

    private void DeliverRequest(int node, int how, ModelServer server, bool repeat, bool answered)
    {
        List<AllocatorAction> waiting = _nodes[node].ToServer;
        if (waiting.Count == 0)
        {
            return;
        }

        int at = how % waiting.Count;
        AllocatorAction request = waiting[at];
        if (!repeat)
        {
            waiting.RemoveAt(at);
        }

        Action<AddressAllocator, List<AllocatorAction>> answer = Serve(_nodes[node], server, request);
        if (answered)
        {
            _answers.Add((node, answer));
        }
        else
        {
            // The connection broke after the commit: that is all the agent hears.
            _answers.Add((node, Broken(_nodes[node], request)));
        }
    }

    private void DeliverAnswer(int how)
    {
        if (_answers.Count > 0)
        {
            (int node, Action<AddressAllocator, List<AllocatorAction>> answer) = _answers[how % _answers.Count];
            _answers.RemoveAt(how % _answers.Count);
            _nodes[node].Hear(answer);
        }
    }

    private Action<AddressAllocator, List<AllocatorAction>> Serve(ModelNode node, ModelServer server, AllocatorAction request)
    {
        switch (request)
        {
            case AllocatorAction.ClaimBlock claim:
                IpPrefix? block = null;
                (Decision claimed, _) = server.Change(state => BlockDecisions.Claim(
                    state, node.Name, new BlockClaim(claim.Pool, claim.Have, claim.Wanted), this, _store.Stamp, out block));
                if (claimed.Refusal is { Kind: RefusalKind.NotYet } notYet)
                {
                    return (alive, _) => alive.TakeNotYet(claim.Pool, claim.Wanted, notYet.Error.Message, node.Now);
                }

                return (alive, actions) => alive.TakeClaim(
                    claim.Pool, claim.Wanted, ErrorOf(claimed) is null ? block : null, ErrorOf(claimed), false, node.Now, actions);
            case AllocatorAction.ReleaseBlock release:
                (Decision released, long releasedAt) = server.Change(state =>
                    BlockDecisions.Release(state, node.Name, new BlockRelease(release.Cidr, release.Revision)));
                return (alive, _) => alive.TakeRelease(release.Cidr, releasedAt, ErrorOf(released), node.Now);
            case AllocatorAction.RequestLoan loan:
                (Decision begun, _) = server.Change(state => LoanDecisions.Request(
                    state, node.Name, new LoanRequest(loan.Pool, loan.Have, loan.Wanted), this, _store.Stamp, out string _));
                return (alive, _) => alive.TakeLoan(loan.Pool, loan.Wanted, ErrorOf(begun), false, node.Now);
            case AllocatorAction.DecideLoan told:
                (Decision lent, _) = server.Change(state => LoanDecisions.Answer(
                    state, node.Name, told.Loan, new LoanDecision(told.Address), this, _store.Stamp));
                return (alive, _) => alive.TakeLoanDecided(told.Loan, ErrorOf(lent), node.Now);
            default:
                return (_, _) => { };
        }
    }

    private static Action<AddressAllocator, List<AllocatorAction>> Broken(ModelNode node, AllocatorAction request) => request switch
    {
        AllocatorAction.ClaimBlock claim => (alive, actions) =>
            alive.TakeClaim(claim.Pool, claim.Wanted, null, "broken", true, node.Now, actions),
        AllocatorAction.ReleaseBlock release => (alive, _) => alive.TakeRelease(release.Cidr, 0, "broken", node.Now),
        AllocatorAction.RequestLoan loan => (alive, _) => alive.TakeLoan(loan.Pool, loan.Wanted, "broken", true, node.Now),
        AllocatorAction.DecideLoan decision => (alive, _) => alive.TakeLoanDecided(decision.Loan, "broken", node.Now),
        _ => (_, _) => { }
        ,
    };

    private static string? ErrorOf(Decision decision) => decision.Refusal?.Error.Message;

    private void Administrate(int which, int how)
    {
        switch (which % 4)
        {
            case 3:
                // The lender does not answer: another one is asked.
                string? late = _store.Newest.Loans.Where(l => l.Address is null).Select(l => l.Metadata.Name).FirstOrDefault();
                _servers[how % 2].Change(state => late is not null && state.FindLoan(late) is { Address: null } loan
                    ? LoanDecisions.AskAnother(state, loan, this, _store.Stamp)
                    : new Decision());
                break;
            case 0:
                _store.Put(Pool("four", "10.65.0.0/28", 30) with { Disabled = how % 3 == 0 });
                break;
            case 1:
                _store.Put(Configuration(how));
                break;
            default:
                _store.Put(Reservation(IpPrefix.Host(IpPrefix.Parse("10.65.0.0/28").At((uint)(how % 16))), IpPrefix.Parse("fd00:65::8/127")));
                break;
        }
    }

    private void Delete(ModelNode node, ModelServer server) => server.Change(state =>
    {
        Draft draft = new(state);
        if (state.FindNode(node.Name) is { } itself)
        {
            draft.Put(itself with { Metadata = _store.Stamp.Leaving(itself.Metadata) });
            Departures.Settle(draft);
        }

        return new Decision { Changes = draft.Changes };
    });

    // It has been dead for so long that it will not come again, and then comes all the same.
    private static void TakeBack(ModelNode node, ModelServer server)
    {
        server.Follow(int.MaxValue);
        (Decision decision, long revision) = server.Change(state =>
        {
            Draft draft = new(state);
            if (state.FindNode(node.Name) is { Metadata.IsTerminating: true } itself)
            {
                Departures.TakeBack(draft, node.Name);
                draft.Put(itself);
                Departures.Settle(draft);
            }

            return new Decision { Changes = draft.Changes };
        });
        node.ForsakenAt = decision.Changes.Count > 0 ? revision : node.ForsakenAt;
    }

    private NodeResource NodeOf(string name) => new()
    {
        Metadata = new Metadata { Name = name, Uid = $"{name}-{_store.Newest.Revision}" },
        BgpIpv4Address = IpInterfaceAddress.Parse($"172.16.0.{name[1..]}/24"),
    };

    private static IpPool Pool(string name, string cidr, int blockSize) => new()
    {
        Metadata = new Metadata { Name = name },
        Cidr = IpPrefix.Parse(cidr),
        BlockSize = blockSize,
        VxlanMode = EncapsulationMode.Always,
    };

    private static IpamConfiguration Configuration(int how) => new()
    {
        Metadata = new Metadata { Name = IpamConfiguration.TheName },
        StrictAffinity = how % 4 == 3,
        IpCooldownSeconds = how % 2 * 30,
    };

    private static IpReservation Reservation(params IpPrefix[] ranges) => new()
    {
        Metadata = new Metadata { Name = "some" },
        ReservedCidrs = [.. ranges],
    };
}
