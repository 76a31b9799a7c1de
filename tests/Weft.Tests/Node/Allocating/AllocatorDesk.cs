using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocating;
using Weft.Node.Allocation;
using Weft.Node.Calls;
using Weft.Plan;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.Node.Allocating;

/// <summary>An allocator whose plans are written by hand, on a disk that keeps what it writes.</summary>
internal sealed class AllocatorDesk
{
    private NodePlan _plan = new();

    public AllocatorDesk() => Restart();

    public AddressAllocator Allocator { get; private set; } = null!;

    public SortedDictionary<string, Finding> Findings { get; private set; } = [];

    public List<JournalRecord> Journal { get; } = [];

    /// <summary>What was asked of the server.</summary>
    public List<AllocatorAction> Asked { get; } = [];

    public Instant Now { get; private set; } = new(1_000_000_000);

    /// <summary>How many of the next records fail to reach the disk.</summary>
    public int FailingWrites { get; set; }

    public static PoolEntry Pool { get; } = new()
    {
        Name = "p",
        Cidr = IpPrefix.Parse("10.65.0.0/24"),
        Allocates = true,
        Tunnels = true,
        BlockSize = 30,
    };

    public static OwnBlockEntry Own(string cidr, string? lender = null) => new() { Cidr = IpPrefix.Parse(cidr), Pool = "p", Lender = lender };

    public static RemoteBlockEntry Remote(string cidr) => new() { Cidr = IpPrefix.Parse(cidr), Pool = "p", Node = "n9", Path = BlockPath.Underlay };

    public static LoanEntry Loan(string name, string? address = null, string? wanted = null) => new()
    {
        Name = name,
        Block = IpPrefix.Parse("10.65.0.0/30"),
        Borrower = "n9",
        Address = address is null ? null : IpAddress.Parse(address),
        Wanted = wanted is null ? null : IpAddress.Parse(wanted),
    };

    /// <summary>Dies, and starts again with what is on disk.</summary>
    /// <param name="plan">The plan on disk; none if it has none.</param>
    public void Restart(PlanFrame? plan = null)
    {
        _plan = new NodePlan();
        Findings = new(StringComparer.Ordinal);
        Allocator = new AddressAllocator(_plan, Findings);
        Asked.Clear();
        Assert.Empty(Allocator.Start("n1", [.. Journal], Now));
        if (plan is not null)
        {
            Apply(plan);
        }

        Run();
    }

    public static PlanFrame Frame(long revision, params PlanEntry[] entries) => new()
    {
        Revision = revision,
        Upserts = [new SelfEntry { Node = "n1", OverIpv4 = false, TunnelMac = default }, Pool, .. entries],
    };

    /// <summary>The server sends this plan.</summary>
    public void Hear(long revision, params PlanEntry[] entries)
    {
        Allocator.PlanArrived(isWhole: true);
        Apply(Frame(revision, entries));
        Run();
    }

    public AllocationOutcome Add(string workload, Func<AgentCall, AgentCall>? how = null, bool take = true)
    {
        AgentCall call = new() { Command = AgentCommand.Add, Namespace = "shop", Workload = workload };
        call = how?.Invoke(call) ?? call;
        List<AllocatorAction> actions = [];
        AllocationOutcome outcome = Allocator.Allocate(call, Now.After(TimeSpan.FromSeconds(10)), Now, actions);
        if (outcome.Addresses is { } addresses && take)
        {
            Allocator.Write(new WorkloadAssigned
            {
                Id = new WorkloadId("shop", workload, "eth0"),
                ContainerId = "c",
                NetworkNamespace = "/n",
                Addresses = addresses,
            }, actions);
        }

        Perform(actions);
        Run();
        return outcome;
    }

    public void Del(string workload)
    {
        WorkloadId id = new("shop", workload, "eth0");
        foreach (JournalRecord record in (JournalRecord[])[new WorkloadReleasing(id), new WorkloadReleased(id)])
        {
            List<AllocatorAction> actions = [];
            Allocator.Write(record, actions);
            Perform(actions);
        }

        Run();
    }

    public void Answer(Action<AddressAllocator> answer)
    {
        answer(Allocator);
        Run();
    }

    public void Pass(double seconds)
    {
        Instant end = Now.After(TimeSpan.FromSeconds(seconds));
        while (Allocator.NextDeadline is { } next && next < end)
        {
            Now = next > Now ? next : Now.After(TimeSpan.FromMilliseconds(1));
            Run();
        }

        Now = end;
        Run();
    }

    /// <summary>What was asked of the server since this was asked for last, of one sort.</summary>
    public List<T> Take<T>()
        where T : AllocatorAction
    {
        List<T> taken = [.. Asked.OfType<T>()];
        Asked.RemoveAll(a => a is T);
        return taken;
    }

    private void Apply(PlanFrame plan)
    {
        Assert.True(_plan.TryApply(plan, out IReadOnlyList<string> touched));
        Allocator.FollowPlan(touched, Now);
    }

    private void Run()
    {
        for (int steps = 0; steps < 50; steps++)
        {
            List<AllocatorAction> actions = [];
            Allocator.Settle(Now, actions);
            Allocator.Tidy(Now, actions);
            Perform(actions);
            if (actions.Count == 0)
            {
                return;
            }
        }

        Assert.Fail("busy for nothing");
    }

    private void Perform(List<AllocatorAction> actions)
    {
        foreach (AllocatorAction action in actions)
        {
            if (action is AllocatorAction.WriteJournal write)
            {
                bool fails = FailingWrites-- > 0;
                FailingWrites = Math.Max(FailingWrites, 0);
                if (!fails)
                {
                    Journal.Add(write.Record);
                }

                Allocator.TakeWritten(write.Sequence, fails ? "no space left" : null, Now);
            }
            else if (action is not AllocatorAction.Note)
            {
                Asked.Add(action);
            }
        }
    }
}
