using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Allocation;
using Weft.Node.Brain;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>Whatever happens, in whatever order, in the end the kernel holds what a brain would make from scratch.</summary>
public sealed class AgentBrainPropertyTests
{
    private static readonly string[] Workloads = ["a", "b", "c"];

    // Each number is a choice: few of everything, so that events meet each other.
    private static readonly Gen<(int What, int Which, int How)> AnyEvent =
        Gen.Select(Gen.Int[0, 11], Gen.Int[0, 5], Gen.Int[0, 40]);

    private static readonly Gen<Stack> AnyStack = Gen.Int[0, 2].Select(i => (Stack)i);

    [Fact]
    public void After_any_events_faults_and_restarts_the_kernel_is_as_from_scratch_and_no_address_is_given_twice()
    {
        Gen.Select(AnyStack, AnyEvent.Array[1, 40]).Sample((stack, events) =>
        {
            FakeAgent agent = Node(stack);
            foreach ((int What, int Which, int How) happened in events)
            {
                Do(agent, stack, happened.What, happened.Which, happened.How);
            }

            Heal(agent);
            AssertSettled(agent);
        });
    }

    // Found by the test above: the last write before a block is no longer needed fails, and no other follows.
    [Fact]
    public void A_block_that_is_not_needed_is_given_back_after_a_write_that_failed()
    {
        FakeAgent agent = Node(Stack.Dual);
        foreach ((int what, int which, int how) in ((int, int, int)[])[(2, 5, 11), (9, 2, 39), (2, 5, 30)])
        {
            Do(agent, Stack.Dual, what, which, how);
        }

        Heal(agent);
        AssertSettled(agent);
    }

    // Found by the first test: somebody deletes both ends of a link while no notice is heard, and another gets its index.
    [Fact]
    public void A_link_that_went_unheard_is_looked_for_and_not_asked_for_in_circles()
    {
        FakeAgent agent = Node(Stack.Dual);
        foreach ((int what, int which, int how) in ((int, int, int)[])
            [
                (3, 2, 26), (2, 1, 17), (2, 1, 3), (5, 5, 2), (4, 2, 13), (0, 0, 24), (9, 4, 23), (6, 2, 39), (3, 2, 24), (0, 0, 38), (2, 1, 7),
            ])
        {
            Do(agent, Stack.Dual, what, which, how);
        }

        Heal(agent);
        AssertSettled(agent);
    }

    [Fact]
    public void The_order_of_events_that_lead_to_the_same_state_does_not_matter()
    {
        Gen.Select(Gen.Shuffle(Enumerable.Range(0, 8).ToArray()), Gen.Shuffle(Enumerable.Range(0, 8).ToArray()), Gen.Bool, AnyStack)
            .Sample((one, other, patient, stack) => Assert.Equal(After(one, patient, stack), After(other, patient, stack)));
    }

    [Theory]
    [InlineData(Stack.Ipv4, 90)]
    [InlineData(Stack.Ipv6, 110)]
    [InlineData(Stack.Dual, 140)]
    public void A_brain_killed_at_any_action_goes_on_where_it_stopped(Stack stack, int last)
    {
        for (int actions = 1; actions < last; actions++)
        {
            FakeAgent agent = Node(stack);
            agent.Kill(actions);
            agent.Ask(BrainNode.Add("a"));
            agent.Server.Put(BrainNode.Remote(3, BlockPath.Vxlan, stack));
            agent.Run(0.5);
            agent.Ask(BrainNode.Del("a"));
            agent.Ask(BrainNode.Add("b"));
            agent.Run(0.5);
            Heal(agent);
            AssertSettled(agent);
        }
    }

    private static string After(int[] order, bool patient, Stack stack)
    {
        FakeAgent agent = Node(stack);
        agent.Journal.Clear();
        agent.Journal.AddRange(Workloads.Select((name, i) => new WorkloadAssigned
        {
            Id = new WorkloadId("shop", name, "eth0"),
            ContainerId = "c1",
            NetworkNamespace = BrainNode.PathOf(name),
            Addresses = [.. PoolsOf(stack).Select(p => p.At((uint)i + 5))],
        }));
        agent.Journal.AddRange(PoolsOf(stack).Select(p => new TunnelAssigned(p.At(14))));
        agent.Restart();
        foreach (int step in order)
        {
            switch (step)
            {
                case 0:
                    agent.Server.Put(BrainNode.Remote(3, BlockPath.Vxlan, stack));
                    break;
                case 1:
                    agent.Server.Put(BrainNode.Remote(4, BlockPath.Direct, stack));
                    break;
                case 2:
                    // Two nodes that were given one address: whoever comes first, the same one counts.
                    agent.Server.Put(BrainNode.Peer(7, IpAddress.Parse("172.16.2.8")));
                    break;
                case 3:
                    agent.Server.Put(BrainNode.Peer(8, IpAddress.Parse("172.16.2.8")));
                    break;
                case 4:
                    agent.Ask(BrainNode.Del("a"));
                    break;
                case 5:
                    agent.Server.Remove("block/10.65.0.0/30");
                    break;
                case 6:
                    agent.Server.Put([.. BrainNode.OwnBlocks(3, stack)]);
                    break;
                default:
                    agent.Ask(BrainNode.Add("b", "c2"));
                    break;
            }

            agent.Run(patient ? 0.5 : 0);
        }

        Heal(agent);
        AssertSettled(agent);
        return agent.Kernel.Ours();
    }

    private static IEnumerable<IpPrefix> PoolsOf(Stack stack) =>
    [
        .. stack.HasIpv4() ? [BrainNode.PoolCidr] : (IpPrefix[])[],
        .. stack.HasIpv6() ? [BrainNode.PoolCidrV6] : (IpPrefix[])[],
    ];

    private static FakeAgent Node(Stack stack)
    {
        FakeAgent agent = BrainNode.Make(stack: stack);
        foreach (string workload in Workloads)
        {
            agent.Kernel.AddNamespace(BrainNode.PathOf(workload));
        }

        agent.Start();
        agent.Run(0.2);
        return agent;
    }

    private static void Do(FakeAgent agent, Stack stack, int what, int which, int how)
    {
        string workload = Workloads[which % Workloads.Length];
        switch (what)
        {
            case 0:
                agent.Ask(BrainNode.Add(workload, $"c{how % 2}"));
                break;
            case 1:
                agent.Ask(BrainNode.Del(workload, $"c{how % 2}"));
                break;
            case 2:
                ChangePlan(agent, stack, which, how);
                break;
            case 3:
                Harm(agent, which, how);
                break;
            case 4:
                // Every so many requests are refused, until healed.
                int count = 0;
                int errno = how % 2 == 0 ? KernelErrno.EBUSY : KernelErrno.ENOMEM;
                agent.Kernel.Refuse = _ => ++count % (which + 2) == 0 ? errno : 0;
                break;
            case 5:
                agent.Kernel.Refuse = _ => 0;
                break;
            case 6:
                agent.LosesNotices = !agent.LosesNotices;
                break;
            case 7:
                agent.Kill(how);
                break;
            case 8:
                agent.Restart();
                break;
            case 9:
                agent.JournalError = which % 2 == 0 ? "no space left" : null;
                break;
            case 10:
                agent.Server.Reachable = which % 2 == 0;
                agent.Server.Refusal = which == 1 ? "refused" : null;
                break;
            default:
                break;
        }

        agent.Run(how % 4 == 0 ? 0 : how / 20.0);
        if (!agent.IsAlive && how % 3 == 0)
        {
            agent.Restart();
        }
    }

    private static void ChangePlan(FakeAgent agent, Stack stack, int which, int how)
    {
        BlockPath path = (BlockPath)(how % 3);
        switch (which)
        {
            case 0:
            case 1:
                agent.Server.Put(BrainNode.Remote(3 + which, path, stack));
                break;
            case 2:
                agent.Server.Remove($"block/10.66.{3 + (how % 2)}.0/26");
                agent.Server.Remove($"block/fd00:66:{3 + (how % 2)}::/122");
                break;
            case 3:
                agent.Server.Remove($"peer/n{3 + (how % 2)}");
                break;
            case 4:
                agent.Server.Put(BrainNode.Self(how % 2 == 0, stack));
                break;
            default:
                PlanEntry[] pools =
                [
                    .. stack.HasIpv4() ? [BrainNode.Pool(how % 2 == 0, how % 5 == 0)] : (PlanEntry[])[],
                    .. stack.HasIpv6() ? [BrainNode.PoolV6(how % 4 < 2, how % 7 == 0)] : (PlanEntry[])[],
                ];
                agent.Server.Put(pools);
                break;
        }
    }

    // Somebody deletes or changes one of our objects, or puts one of his own among them.
    private static void Harm(FakeAgent agent, int which, int how)
    {
        string path = how % 3 == 0 && which < 5 ? BrainNode.PathOf(Workloads[how % Workloads.Length]) : "";
        FakeNamespace space = agent.Kernel.Find(path)!;
        NetlinkRequest? request = which switch
        {
            0 => Pick(space.Routes.Values.Where(r => r.Protocol == KernelNames.Protocol), how) is { } route
                ? RouteRequests.Delete(route) : null,
            1 => Pick(space.Neighbours.Values, how) is { } neighbour
                ? how % 2 == 0 ? NeighbourRequests.Delete(neighbour)
                    : NeighbourRequests.Replace(neighbour with { LinkLayerAddress = new MacAddress(0x02_99) })
                : null,
            2 => Pick(space.Links.Values.Where(l => l.Link.Kind is not null), how) is { } link
                ? LinkRequests.Delete(link.Link.Index) : null,
            3 => Pick(space.Links.Values.Where(l => l.Link.Kind is not null), how) is { } link
                ? how % 2 == 0 ? LinkRequests.Set(link.Link.Index, up: false) : LinkRequests.Set(link.Link.Index, mtu: 1300)
                : null,
            4 => Pick(space.Addresses.Values.Where(a => space.Links[a.Index].Link.Kind is not null), how) is { } address
                ? AddressRequests.Delete(address) : null,
            _ => Pick(space.Links.Values.Where(l => l.Link.IsUp), how) is { } link
                ? RouteRequests.Add(new Route
                {
                    Destination = IpPrefix.Parse("10.99.0.0/24"),
                    OutputInterface = link.Link.Index,
                    Protocol = KernelNames.Protocol,
                })
                : null,
        };
        if (request is not null)
        {
            agent.Kernel.DoForeign(path, request);
        }
    }

    private static T? Pick<T>(IEnumerable<T> all, int which)
        where T : class
    {
        List<T> list = [.. all];
        return list.Count == 0 ? null : list[which % list.Count];
    }

    private static void Heal(FakeAgent agent)
    {
        agent.Kernel.Refuse = _ => 0;
        agent.JournalError = null;
        agent.Server.Reachable = true;
        agent.Server.Refusal = null;
        if (agent.IsDoomed)
        {
            agent.Restart();
        }

        agent.Run(1);
        agent.LosesNotices = false;
        agent.Tell(new BrainEvent.KernelOverrun());
        agent.Run(45);
    }

    private static void AssertSettled(FakeAgent agent)
    {
        Assert.Equal(0, agent.Unanswered);
        Assert.True(agent.IsReady, agent.WaitingFor);

        // Nobody has an address that another has, and what the journal says is what the server heard.
        AddressBook book = agent.Book();
        List<IpAddress> given = [.. book.Workloads.SelectMany(w => w.Record.Addresses)];
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            given.AddRange(book.TunnelOf(family) is { } tunnel ? [tunnel] : []);
        }

        Assert.Equal(given.Count, given.Distinct().Count());
        Assert.All(book.Workloads, w => Assert.False(w.Releasing));
        Assert.Equal(
            book.Workloads.Select(w => $"{w.Record.Id.Workload} {string.Join(' ', w.Record.Addresses)} {w.Record.ContainerId}"),
            agent.Server.Workloads.Select(w => $"{w.Workload} {string.Join(' ', w.Addresses)} {w.ContainerId}"));
        string ours = agent.Kernel.Ours();
        Assert.Equal(BrainNode.FromScratch(agent), ours);

        int changes = agent.Kernel.Changes;
        agent.Restart();
        agent.Run(5);
        Assert.Equal(changes, agent.Kernel.Changes);
        Assert.Equal(ours, agent.Kernel.Ours());
        Assert.DoesNotContain(agent.Report!.Findings, f => f.Subject is "Kernel" or "journal" or "Journal");
    }
}
