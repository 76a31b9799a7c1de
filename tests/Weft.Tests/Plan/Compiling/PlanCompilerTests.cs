using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Model.Selectors;
using Weft.Net;
using Weft.Plan;
using Weft.Plan.Blocks;
using Weft.Plan.Compiling;
using Weft.Plan.Entries;
using Weft.Server.Changes;
using Xunit;

namespace Weft.Tests.Plan.Compiling;

public sealed class PlanCompilerTests
{
    private static readonly string[] Nodes = ["n0", "n1", "n2", "n3", "n4"];
    private static readonly IpPrefix[] Ranges = [IpPrefix.Parse("10.65.0.0/24"), IpPrefix.Parse("fd66::/116")];

    // Each number is a choice: few of everything, so that changes meet each other.
    private static readonly Gen<(int What, int Which, int How)> AnyChange =
        Gen.Select(Gen.Int[0, 11], Gen.Int[0, 9], Gen.Int[0, 11]);

    [Fact]
    public void An_incremental_plan_equals_one_from_scratch_after_any_changes_in_any_order()
    {
        AnyChange.Array[1, 6].Array[1, 30].Select(Gen.Int[1, 4]).Sample((commits, patience) =>
        {
            PlanCompiler compiler = new();
            Dictionary<string, NodePlan> plans = Nodes.ToDictionary(node => node, _ => new NodePlan());
            FleetState state = FleetState.Empty;
            for (int i = 0; i < commits.Length; i++)
            {
                IReadOnlyList<ResourceChange> changes = Realise(state, commits[i]);
                state = state.With(state.Revision + 1, changes);
                compiler.Apply(state, changes);

                // Subscribers come one after the other, and take their deltas at their own pace: all coalesced.
                if (i < Nodes.Length)
                {
                    compiler.Subscribe(Nodes[i]);
                    Assert.True(plans[Nodes[i]].TryApply(compiler.Compile(Nodes[i]), out _));
                }

                foreach (string node in Nodes.Where((_, index) => index <= i && (index + i) % patience == 0))
                {
                    TakeAndCompare(compiler, node, plans[node], state);
                }
            }

            foreach (string node in Nodes.Take(commits.Length))
            {
                TakeAndCompare(compiler, node, plans[node], state);
                Assert.False(compiler.TryTakeDelta(node, out _));
            }
        });
    }

    [Fact]
    public void A_state_built_by_changes_equals_one_built_at_once()
    {
        AnyChange.Array[1, 60].Sample(choices =>
        {
            FleetState state = FleetState.Empty;
            foreach ((int, int, int) choice in choices)
            {
                state = state.With(state.Revision + 1, Realise(state, [choice]));
            }

            FleetState atOnce = FleetState.Empty.With(
                state.Revision, [.. state.All.Select(resource => new ResourceChange(null, resource))]);
            foreach (string node in Nodes)
            {
                Assert.Equal(Scratch(atOnce, node).ToJson(), Scratch(state, node).ToJson());
                Assert.Equal(atOnce.BlocksOfNode(node), state.BlocksOfNode(node));
                Assert.Equal(atOnce.EndpointsOfNode(node), state.EndpointsOfNode(node));
                Assert.Equal(atOnce.LoansOfBorrower(node), state.LoansOfBorrower(node));
                Assert.Equal(atOnce.LoansOfLender(node), state.LoansOfLender(node));
            }

            foreach (IpPool pool in atOnce.Pools)
            {
                Assert.Equal(atOnce.RangesOfPool(pool.Metadata.Name), state.RangesOfPool(pool.Metadata.Name));
            }
        });
    }

    [Fact]
    public void A_change_costs_the_entries_it_concerns_and_not_the_fleet()
    {
        const int Count = 300;
        PlanCompiler compiler = new();
        IpPool pool = Pool(0, EncapsulationMode.CrossSubnet, "10.64.0.0/12");
        List<Resource> fleet = [pool];
        for (int i = 0; i < Count; i++)
        {
            fleet.Add(NodeAt($"m{i}", $"172.16.{i / 100}.{(i % 100) + 2}/24"));
            fleet.Add(IpamBlock.Of(BlockArithmetic.At(pool.Cidr, 26, (UInt128)i), "p0", $"m{i}"));
        }

        FleetState state = FleetState.Empty.With(1, [.. fleet.Select(r => new ResourceChange(null, r))]);
        compiler.Apply(state, [.. fleet.Select(r => new ResourceChange(null, r))]);
        for (int i = 0; i < Count; i++)
        {
            compiler.Subscribe($"m{i}");
        }

        Assert.Equal(2, CostOf(Endpoint("w", "m7")));
        Assert.Equal(2 * Count, CostOf(IpamBlock.Of(BlockArithmetic.At(pool.Cidr, 26, Count), "p0", "m7")));

        // The node's own plan whole, before and after, and in each other one its peer entry and its blocks.
        NodeResource node = state.FindNode("m7")!;
        long whole = 2 * (1 + 1 + 1 + (Count + 1) + Count + 1);
        Assert.InRange(CostOf(node with { UnderlayMtu = 9000 }, node), 1, whole + (2 * Count * 3));
        NodeResource labelled = state.FindNode("m7")!;
        LabelMap labels = LabelMap.Empty.With("a", "b");

        // The pool's own entry in each plan, before and after; what a mode changes, in the steps in which it does.
        long each = 2 * Count;
        IpPool stored = pool;
        Assert.Equal(each, CostOfPool(stored with { NatOutgoing = true }));
        Assert.Equal(each, CostOfPool(stored with { Disabled = true, NodeSelector = Selector.All }));
        Assert.Equal(
            each * (1 + 1 + Count),
            CostOfPool(PoolTransition.Begin(stored with { VxlanMode = EncapsulationMode.Always }, stored, inUse: true)));
        Assert.Equal(each * (1 + Count + 1), CostOfPool(PoolTransition.Next(stored)));
        Assert.Equal(each * (1 + 1 + Count), CostOfPool(PoolTransition.Next(stored)));
        Assert.Equal(each * (1 + 1 + Count), CostOf(Pool(2, EncapsulationMode.Never, "10.80.0.0/16")));

        // One entry of each plan; a namespace that no pool looks at is in none; a loan is also its lender's.
        Assert.Equal(each, CostOf(AnyConfiguration(1)));
        Assert.Equal(each, CostOf(AnyReservation(0, 1)));
        Assert.Equal(0, CostOf(AnyNamespace(1, 1)));
        Assert.Equal(each, CostOf(AnyNamespace(0, 3)));
        AddressLoan loan = AnyLoan(0, 3) with { Lender = "m1", Borrower = "m2" };
        Assert.Equal(2, CostOf(loan));
        Assert.Equal(each + 2, CostOf(loan with { Address = loan.Block.At(7) }, loan));

        // Itself and the pools.
        Assert.Equal(6, CostOf(labelled with { Metadata = labelled.Metadata with { Labels = labels } }, labelled));

        long CostOfPool(IpPool after)
        {
            IpPool was = stored;
            stored = after;
            return CostOf(after, was);
        }

        long CostOf(Resource after, Resource? before = null)
        {
            long start = compiler.EntriesComputed;
            ResourceChange change = new(before, after);
            state = state.With(state.Revision + 1, [change]);
            compiler.Apply(state, [change]);
            foreach (string dirty in compiler.Dirty.ToList())
            {
                compiler.TryTakeDelta(dirty, out _);
            }

            return compiler.EntriesComputed - start;
        }
    }

    [Fact]
    public void A_nodes_own_configuration_goes_before_the_one_for_all_field_by_field()
    {
        FelixConfiguration all = new()
        {
            Metadata = new Metadata { Name = "default" },
            NatOutgoingAddress = IpAddress.Parse("203.0.113.9"),
            NatPortRange = new PortRange(1024, 2048),
            IptablesNatOutgoingInterfaceFilter = "eth+",
        };
        FelixConfiguration own = new()
        {
            Metadata = new Metadata { Name = "node.n0" },
            NatPortRange = PortRange.None,
            NatOutgoingExclusions = NatExclusions.IPPoolsAndHostIPs,
            IptablesNatOutgoingInterfaceFilter = "+", // Every interface.
        };
        Resource[] fleet = [all, own, NodeAt("n0", "172.16.1.2/24"), NodeAt("n1", "172.16.1.3/24")];
        FleetState state = FleetState.Empty.With(1, [.. fleet.Select(resource => new ResourceChange(null, resource))]);
        Assert.Equal(
            new OutgoingNatEntry { Configuration = "node.n0", Address = all.NatOutgoingAddress, ExcludeHosts = true },
            Scratch(state, "n0").Entries.OfType<OutgoingNatEntry>().Single());
        Assert.Equal(
            new OutgoingNatEntry
            {
                Configuration = "default",
                Address = all.NatOutgoingAddress,
                PortMin = 1024,
                PortMax = 2048,
                Interface = "eth+",
            },
            Scratch(state, "n1").Entries.OfType<OutgoingNatEntry>().Single());

        // What says only defaults is no entry.
        FelixConfiguration inert = new() { Metadata = new Metadata { Name = "default" }, NatPortRange = PortRange.None, IptablesNatOutgoingInterfaceFilter = "+" };
        Assert.DoesNotContain(
            Scratch(state.With(2, [new(own, null), new(all, inert)]), "n0").Entries, entry => entry is OutgoingNatEntry);
    }

    [Fact]
    public void A_static_route_is_on_the_nodes_that_it_selects_and_one_of_two_equal_ones_is_in_force()
    {
        StaticRoute first = AnyRoute(0, 1);
        StaticRoute second = AnyRoute(1, 3);
        NodeResource racked = NodeAt("n0", "172.16.1.2/24");
        Resource[] fleet =
        [
            first,
            second,
            racked with { Metadata = racked.Metadata with { Labels = LabelMap.Empty.With("rack", "1") } },
            NodeAt("n1", "172.16.1.3/24"),
        ];
        FleetState state = FleetState.Empty.With(1, [.. fleet.Select(resource => new ResourceChange(null, resource))]);
        Assert.Equal(["r0"], Routes(state, "n0"));
        Assert.Equal(["r0"], Routes(state, "n1"));
        state = state.With(2, [new ResourceChange(first, null)]);
        Assert.Equal(["r1"], Routes(state, "n0"));
        Assert.Empty(Routes(state, "n1"));

        static IEnumerable<string> Routes(FleetState state, string node) =>
            Scratch(state, node).Entries.OfType<StaticRouteEntry>().Select(route => route.Name);
    }

    [Fact]
    public void A_borrowed_address_is_a_block_of_one_address_to_all_but_its_lender_who_learns_of_the_loan()
    {
        IpPool pool = Pool(0, EncapsulationMode.Never);
        AddressLoan begun = AnyLoan(0, 0) with { Lender = "n1", Borrower = "n2", Wanted = null };
        Resource[] fleet =
        [
            pool,
            NodeAt("n0", "172.16.1.2/24"),
            NodeAt("n1", "172.16.1.3/24"),
            NodeAt("n2", "172.16.1.4/24"),
            IpamBlock.Of(begun.Block, "p0", "n1"),
            begun,
        ];
        FleetState state = FleetState.Empty.With(1, [.. fleet.Select(resource => new ResourceChange(null, resource))]);
        IpPrefix one = IpPrefix.Host(begun.Block.At(9));
        LoanEntry expected = new() { Name = begun.Metadata.Name, Block = begun.Block, Borrower = "n2" };
        Assert.Equal(expected, Assert.Single(Scratch(state, "n1").Entries.OfType<LoanEntry>()));
        Assert.All(Nodes.Take(3), node => Assert.False(Scratch(state, node).TryGet(RemoteBlockEntry.KeyOf(one), out _)));

        AddressLoan announced = begun with { Address = one.Address, Announcing = true };
        state = state.With(2, [new ResourceChange(begun, announced)]);
        Assert.Null(EntryOf(state, "n2", one));
        Assert.All((string[])["n0", "n1"], node => Assert.IsType<RemoteBlockEntry>(EntryOf(state, node, one)));

        state = state.With(3, [new ResourceChange(announced, announced with { Announcing = false })]);
        Assert.Equal(
            expected with { Address = one.Address }, Assert.Single(Scratch(state, "n1").Entries.OfType<LoanEntry>()));
        Assert.Equal(new OwnBlockEntry { Cidr = one, Pool = "p0", Lender = "n1" }, EntryOf(state, "n2", one));
        Assert.All((string[])["n0", "n1"], node => Assert.Equal(
            ("n2", BlockPath.Direct, IpAddress.Parse("172.16.1.4")),
            EntryOf(state, node, one) is RemoteBlockEntry to ? (to.Node, to.Path, to.Via!.Value) : default));
        Assert.All((string[])["n0", "n2"], node => Assert.Empty(Scratch(state, node).Entries.OfType<LoanEntry>()));
        Assert.IsType<OwnBlockEntry>(EntryOf(state, "n1", begun.Block));

        static PlanEntry? EntryOf(FleetState state, string node, IpPrefix cidr) =>
            Scratch(state, node).TryGet(RemoteBlockEntry.KeyOf(cidr), out PlanEntry? entry) ? entry : null;
    }

    [Fact]
    public void A_plan_says_which_pools_are_for_whom()
    {
        Assert.True(Selector.TryParse("tenant == 'a'", out Selector? selector, out _));
        IpPool tenants = Pool(0, EncapsulationMode.Always) with { NamespaceSelector = selector, AllowedUses = PoolUses.Workload };
        IpPool tunnels = Pool(1, EncapsulationMode.Always) with { AllowedUses = PoolUses.Tunnel, AssignmentMode = AssignmentMode.Manual };
        NamespaceResource tenant = new() { Metadata = new Metadata { Name = "a", Labels = LabelMap.Empty.With("tenant", "a") } };
        NamespaceResource other = AnyNamespace(0, 3);
        Resource[] fleet = [tenants, tunnels, tenant, other, NodeAt("n0", "172.16.1.2/24"), AnyReservation(0, 0), AnyReservation(1, 1)];
        FleetState state = FleetState.Empty.With(1, [.. fleet.Select(resource => new ResourceChange(null, resource))]);
        NodePlan plan = Scratch(state, "n0");
        Assert.Equal(
            [(false, false, false, true), (true, true, true, false)],
            plan.Entries.OfType<PoolEntry>().Select(p => (p.Tunnels, p.NoWorkloads, p.ByNameOnly, p.ClosedByDefault)));
        Assert.Equal(
            [new NamespaceEntry { Name = "a" }, new NamespaceEntry { Name = "s0", ClosedPools = ["p0"], Ipv4Pools = ["p0"] }],
            plan.Entries.OfType<NamespaceEntry>());
        Assert.Equal(
            ["10.0.0.0/8", "10.65.0.1/32", "fd66::40/122"],
            Assert.Single(plan.Entries.OfType<ReservationEntry>()).Cidrs.Select(range => range.ToString()));
        Assert.Empty(plan.Entries.OfType<AllocationEntry>());

        // Without the selector, only who names pools is in the plan.
        state = state.With(2, [new(tenants, tenants with { NamespaceSelector = null })]);
        Assert.Equal(["s0"], Scratch(state, "n0").Entries.OfType<NamespaceEntry>().Select(entry => entry.Name));
        state = state.With(3, [new(null, AnyConfiguration(4))]);
        Assert.Equal(
            new AllocationEntry { StrictAffinity = true, ClaimsNoBlocks = true, CooldownSeconds = 40 },
            Assert.Single(Scratch(state, "n0").Entries.OfType<AllocationEntry>()));
    }

    [Fact]
    public void A_node_without_a_resource_has_an_empty_plan_that_fills()
    {
        PlanCompiler compiler = new();
        compiler.Subscribe("n0");
        Assert.Empty(compiler.Compile("n0").Upserts);
        ResourceChange pool = new(null, Pool(0, EncapsulationMode.Always));
        FleetState state = FleetState.Empty.With(1, [pool]);
        compiler.Apply(state, [pool]);
        Assert.False(compiler.TryTakeDelta("n0", out _));
        ResourceChange node = new(null, NodeAt("n0", "172.16.1.2/24"));
        compiler.Apply(state.With(2, [node]), [node]);
        Assert.True(compiler.TryTakeDelta("n0", out PlanFrame? delta));
        Assert.Equal(["pool/p0", "self"], delta.Upserts.Select(entry => entry.Key));
        Assert.Equal((0L, 2L), (delta.Follows!.Value, delta.Revision));
    }

    private static void TakeAndCompare(PlanCompiler compiler, string node, NodePlan plan, FleetState state)
    {
        if (compiler.TryTakeDelta(node, out PlanFrame? delta))
        {
            Assert.Equal(plan.Revision, delta.Follows);
            Assert.True(plan.TryApply(delta, out IReadOnlyList<string> touched));
            Assert.Equal(delta.Upserts.Count + delta.Removals.Count, touched.Count);
        }

        Assert.Equal(Scratch(state, node).Entries, plan.Entries);
    }

    private static NodePlan Scratch(FleetState state, string node)
    {
        PlanCompiler compiler = new();
        compiler.Apply(state, []);
        NodePlan plan = new();
        Assert.True(plan.TryApply(compiler.Compile(node), out _));
        return plan;
    }

    private static List<ResourceChange> Realise(FleetState state, IReadOnlyList<(int What, int Which, int How)> choices)
    {
        Dictionary<ResourceKey, Resource?> wanted = [];
        foreach ((int what, int which, int how) in choices)
        {
            Resource resource = what switch
            {
                6 when state.FindPool($"p{which % 2}") is { } changing => PoolTransition.Next(changing),
                7 when state.FindPool($"p{which % 2}") is { } changing =>
                    PoolTransition.Begin(AnyPool(which % 2, how), changing, inUse: how % 3 != 0),
                6 or 7 => AnyPool(which % 2, how),
                0 => AnyPool(which % 2, how),
                1 => AnyNode(Nodes[which % Nodes.Length], how),
                2 => IpamBlock.Of(BlockArithmetic.At(Ranges[which % 2], which % 2 == 0 ? 26 : 122, (UInt128)(which % 4)), $"p{which % 2}", Nodes[how % Nodes.Length]),
                3 => AnyRoute(which % 4, how),
                8 => AnyNamespace(which % 3, how),
                9 => AnyReservation(which % 3, how),
                10 => AnyConfiguration(how),
                11 => AnyLoan(which, how),
                4 => AnyFelix(which % 6 is 0 ? "default" : FelixConfiguration.NameOf(Nodes[which % Nodes.Length]), how),
                _ => AnyEndpoint(which, how),
            };
            wanted[resource.Key] = how == 11 ? null : resource;
        }

        return [.. wanted
            .Select(entry => new ResourceChange(state.Find(entry.Key), entry.Value))
            .Where(change => !Equals(change.Before, change.After))];
    }

    private static IpPool AnyPool(int which, int how)
    {
        IpPool pool = Pool(which, (EncapsulationMode)(how % 3)) with { Disabled = how % 5 == 0, NatOutgoing = how % 4 == 1 };
        if (how is 4 or 8 && which == 0)
        {
            pool = pool with { IpipMode = pool.VxlanMode, VxlanMode = EncapsulationMode.Never };
        }

        Assert.True(Selector.TryParse(how % 2 == 0 ? "rack == '1'" : "all()", out Selector? selector, out _));
        PoolEncapsulation other = new((EncapsulationMode)(how % 2 + 1), EncapsulationMode.Never);
        return pool with
        {
            NodeSelector = selector,
            AllowedUses = how % 4 == 2 ? PoolUses.Workload : how == 5 ? PoolUses.Tunnel : PoolUses.All,
            AssignmentMode = how % 3 == 2 ? AssignmentMode.Manual : AssignmentMode.Automatic,
            NamespaceSelector = how % 4 == 2 ? selector : null,
            Sending = how is 3 or 6 ? other : null,
            Receiving = how is 2 or 3 ? [other] : [],
            Metadata = pool.Metadata with { DeletionTimestamp = how == 7 ? "2026-01-01T00:00:00Z" : null },
        };
    }

    private static NodeResource AnyNode(string name, int how) => new()
    {
        Metadata = new Metadata
        {
            Name = name,
            Labels = how % 2 == 0 ? LabelMap.Empty.With("rack", "1") : LabelMap.Empty,
        },
        BgpIpv4Address = how % 6 == 5 ? null : IpInterfaceAddress.Parse($"172.16.{how % 2}.{(how % 3) + 2}/{(how % 4 == 0 ? 16 : 24)}"),
        BgpIpv6Address = how % 3 == 1 ? null : IpInterfaceAddress.Parse($"fd00:{how % 2}::{(how % 3) + 2}/{(how % 4 == 1 ? 48 : 64)}"),
        UnderlayMtu = how % 3 == 0 ? null : 1500 + how,
        UnderlayMtuV6 = how % 4 == 0 ? null : 1400 + how,
        Ipv4VxlanTunnelAddr = how == 11 ? IpAddress.Parse("10.65.0.11") : null,
        Ipv6VxlanTunnelAddr = how % 5 == 1 ? IpAddress.Parse($"fd66::{how}") : null,
        VxlanTunnelMacAddrV6 = how == 10 ? new MacAddress(0x02_00_00_00_00_0a) : null,
        VxlanTunnelMacAddr = how == 9 ? new MacAddress(0x02_00_00_00_00_09) : null,
    };

    // Two destinations and two metrics: routes come into each other's way.
    private static StaticRoute AnyRoute(int which, int how)
    {
        Assert.True(Selector.TryParse(how % 3 == 0 ? "rack == '1'" : "all()", out Selector? selector, out _));
        return new StaticRoute
        {
            Metadata = new Metadata { Name = $"r{which}" },
            Destination = IpPrefix.Parse(how % 2 == 0 ? "192.0.2.0/24" : "2001:db8::/32"),
            Type = (RouteAction)(how % 4),
            NextHops = how % 4 == 0 ? [new RouteNextHop(null, "eth0", 1 + which)] : [],
            NodeSelector = selector,
            Metric = 50 + (how % 5 / 4),
            Mtu = how == 4 ? 1400 : null,
        };
    }

    private static FelixConfiguration AnyFelix(string name, int how) => new()
    {
        Metadata = new Metadata { Name = name },
        NatOutgoingAddress = how % 3 == 0 ? IpAddress.Parse("203.0.113.9") : null,
        NatPortRange = how % 4 == 0 ? null : how % 4 == 1 ? PortRange.None : new PortRange(1024, 2048),
        NatOutgoingExclusions = how % 5 == 0 ? null : (NatExclusions)(how % 2),
        IptablesNatOutgoingInterfaceFilter = how % 6 == 0 ? "eth+" : null,
    };

    private static NamespaceResource AnyNamespace(int which, int how)
    {
        LabelMap annotations = LabelMap.Empty;
        annotations = how % 3 == 0 ? annotations.With(NamespaceResource.Ipv4PoolsAnnotation, "[\"p0\"]") : annotations;
        annotations = how % 4 == 0 ? annotations.With(NamespaceResource.Ipv6PoolsAnnotation, "[\"fd66::/116\",\"p1\"]") : annotations;
        annotations = how == 5 ? annotations.With(NamespaceResource.Ipv4PoolsAnnotation, "p0") : annotations;
        return new NamespaceResource
        {
            Metadata = new Metadata
            {
                Name = $"s{which}",
                Labels = how % 2 == 0 ? LabelMap.Empty.With("rack", "1") : LabelMap.Empty,
                Annotations = annotations,
            },
        };
    }

    private static IpReservation AnyReservation(int which, int how) => new()
    {
        Metadata = new Metadata { Name = $"v{which}" },
        ReservedCidrs = how % 4 == 0
            ? [IpPrefix.Parse("192.0.2.0/24")]
            : [IpPrefix.Parse("fd66::40/122"), IpPrefix.Parse($"10.65.0.{how}/32"), IpPrefix.Parse("10.0.0.0/8")],
    };

    private static IpamConfiguration AnyConfiguration(int how) => new()
    {
        Metadata = new Metadata { Name = IpamConfiguration.TheName },
        StrictAffinity = how % 3 != 0,
        AutoAllocateBlocks = how % 3 != 1,
        MaxBlocksPerHost = how % 3 == 0 ? 0 : how % 2 * 4,
        IpCooldownSeconds = how % 5 * 10,
    };

    // Some of them out of one block, some with an address, and that of several.
    private static AddressLoan AnyLoan(int which, int how)
    {
        IpPrefix block = BlockArithmetic.At(Ranges[which % 2], which % 2 == 0 ? 26 : 122, (UInt128)(which % 4));
        return new AddressLoan
        {
            Metadata = new Metadata { Name = AddressLoan.NameOf($"{which}") },
            Pool = $"p{which % 2}",
            Block = block,
            Lender = Nodes[which % Nodes.Length],
            Borrower = Nodes[(which + 1 + (how % 4)) % Nodes.Length],
            Wanted = how % 4 == 0 ? block.At(5) : null,
            Address = how % 3 == 0 ? null : block.At((UInt128)which),
            Announcing = how % 3 == 1,
        };
    }

    private static WorkloadEndpoint AnyEndpoint(int which, int how)
    {
        WorkloadEndpoint endpoint = Endpoint($"w{which}", Nodes[which % Nodes.Length]);
        return how % 2 == 0 ? endpoint : endpoint with { IpNetworks = [IpPrefix.Parse($"10.65.0.{how}/32")] };
    }

    private static IpPool Pool(int which, EncapsulationMode mode, string? cidr = null) => new()
    {
        Metadata = new Metadata { Name = $"p{which}" },
        Cidr = cidr is null ? Ranges[which] : IpPrefix.Parse(cidr),
        BlockSize = cidr is null && which == 1 ? IpPool.BlockSizeDefaultV6 : IpPool.BlockSizeDefault,
        VxlanMode = mode,
    };

    private static NodeResource NodeAt(string name, string address) => new()
    {
        Metadata = new Metadata { Name = name },
        BgpIpv4Address = IpInterfaceAddress.Parse(address),
    };

    private static WorkloadEndpoint Endpoint(string name, string node) => new()
    {
        Metadata = new Metadata { Name = name, Namespace = "shop" },
        Node = node,
        Workload = name,
    };
}
