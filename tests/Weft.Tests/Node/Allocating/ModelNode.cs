using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocating;
using Weft.Node.Allocation;
using Weft.Node.Calls;
using Weft.Node.Brain;
using Weft.Plan;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.Node.Allocating;

/// <summary>A node: the shipping allocator, a disk with its journal and plan, and questions to the server that are under way.
/// It dies with what is not on the disk.</summary>
internal sealed class ModelNode(string name)
{
    private const int StepsMax = 200;

    private readonly List<byte[]> _journal = [];
    private AddressBook? _book;
    private byte[]? _planOnDisk;
    private AddressAllocator? _allocator;
    private NodePlan _plan = new();
    private SortedDictionary<string, Finding> _findings = [];

    public string Name { get; } = name;

    public Instant Now { get; private set; } = new(1_000_000_000);

    public bool IsAlive => _allocator is not null;

    /// <summary>The server that it hears; none if it has no connection.</summary>
    public ModelServer? Server { get; private set; }

    public long PlanRevision => _plan.Revision;

    /// <summary>How many of the next records fail to reach the disk.</summary>
    public int FailingWrites { get; set; }

    /// <summary>It dies at this record: before it is on disk, or between that and hearing of it.</summary>
    public (int After, bool Written)? Doom { get; set; }

    public List<(AgentCall Call, Instant Until)> Waiting { get; } = [];

    public List<AllocatorAction> ToServer { get; } = [];

    public List<string> Refusals { get; } = [];

    /// <summary>What its agent said last that it has and the store gives nobody.</summary>
    public IReadOnlyList<IpPrefix> Held => _allocator?.Held ?? [];

    /// <summary>The addresses of its workloads and its own that it uses: those that it does not think are another node's.</summary>
    public IEnumerable<IpAddress> Used() => Book().Taken.Where(a => Book().OwnerOf(a)!.Value.Loan is null && _allocator?.WhyLost(a) is null);

    public IEnumerable<Finding> Findings => _findings.Values;

    /// <summary>The revision at which what it had was taken back, as it was dead for long, and which it has not heard of yet.</summary>
    public long? ForsakenAt { get; set; }

    /// <summary>Whether it uses an address that its journal has, as far as it knows.</summary>
    public bool Uses(IpAddress address) => ForsakenAt is null && (_allocator is { } alive
        ? alive.WhyLost(address) is null
        : !Book().Yielded.Keys.Any(block => block.Contains(address)));

    /// <summary>What the journal says, read from its bytes.</summary>
    public AddressBook Book()
    {
        if (_book is null)
        {
            _book = new AddressBook();
            Assert.All(Records(), record => Assert.Null(_book.Apply(record, Now)));
        }

        return _book;
    }

    public void Start()
    {
        _plan = new NodePlan();
        _findings = new(StringComparer.Ordinal);
        _allocator = new AddressAllocator(_plan, _findings);
        Waiting.Clear();
        Assert.Empty(_allocator.Start(Name, Records(), Now));
        if (_planOnDisk is not null)
        {
            Assert.True(PlanFrame.TryRead(_planOnDisk, out PlanFrame? plan, out string error), error);
            Assert.True(_plan.TryApply(plan, out IReadOnlyList<string> touched));
            _allocator.FollowPlan(touched, Now);
        }

        Run();
    }

    /// <summary>It ends without a word; what it asked of the server may still arrive there.</summary>
    public void Die()
    {
        _allocator = null;
        Server = null;
        Doom = null;
        Waiting.Clear();
    }

    /// <summary>Connects to a server, and takes over the whole plan that it sends.</summary>
    public void Connect(ModelServer server)
    {
        Server = server;
        HearPlan();
    }

    public void Disconnect()
    {
        Server = null;
        _allocator?.ServerLost();
        Run();
    }

    /// <summary>Hears what the plan of its server is now, as a delta would tell it.</summary>
    public void HearPlan(bool isWhole = true)
    {
        if (_allocator is null || Server is null)
        {
            return;
        }

        // As the brain does it.
        PlanFrame frame = Server.PlanOf(Name);
        List<AllocatorAction> actions = [];
        SelfEntry? known = SelfOf(_plan.Entries);
        SelfEntry? told = SelfOf(frame.Upserts);
        if (known is not null && told is null)
        {
            bool isDeleted = frame.Revision > _plan.Revision || (known.Leaving && frame.Revision == _plan.Revision);
            _allocator.BeForgotten(frame.Revision, isDeleted, actions);
            frame = isDeleted ? WithdrawnPlan.Of(_plan, frame.Revision) : _plan.ToSnapshot();
        }
        else
        {
            if (known is not null && known.Uid != told!.Uid && frame.Revision > _plan.Revision)
            {
                _allocator.LoseAll(_plan.Revision, actions);
            }

            _allocator.PlanArrived(isWhole);
        }

        Assert.True(_plan.TryApply(frame, out IReadOnlyList<string> touched));
        _allocator.FollowPlan(touched, Now);
        _planOnDisk = _plan.ToJson();
        ForsakenAt = _plan.Revision >= ForsakenAt ? null : ForsakenAt;
        Perform(actions);
        Run();
    }

    private static SelfEntry? SelfOf(IEnumerable<PlanEntry> entries) => entries.OfType<SelfEntry>().FirstOrDefault();

    public void Pass(double seconds)
    {
        Instant end = Now.After(TimeSpan.FromSeconds(seconds));
        while (_allocator?.NextDeadline is { } deadline && deadline < end)
        {
            Now = deadline > Now ? deadline : Now.After(TimeSpan.FromMilliseconds(1));
            Run();
        }

        Now = end > Now ? end : Now;
        Run();
    }

    public void Add(AgentCall call)
    {
        if (IsAlive && Waiting.All(w => IdOf(w.Call) != IdOf(call)))
        {
            Waiting.Add((call, Now.After(TimeSpan.FromSeconds(10))));
            Run();
        }
    }

    public void Del(string workload)
    {
        WorkloadId id = new("shop", workload, "eth0");
        Waiting.RemoveAll(w => IdOf(w.Call) == id);
        if (_allocator is { } alive && alive.Book.TryGet(id, out Assignment? assignment) && !assignment.Releasing)
        {
            List<AllocatorAction> actions = [];
            alive.Write(new WorkloadReleasing(id), actions);
            Perform(actions);
            Run();
        }
    }

    public void Hear(Action<AddressAllocator, List<AllocatorAction>> answer)
    {
        if (_allocator is { } alive)
        {
            List<AllocatorAction> actions = [];
            answer(alive, actions);
            Perform(actions);
            Run();
        }
    }

    private static WorkloadId IdOf(AgentCall call) => new(call.Namespace, call.Workload, call.Interface);

    private List<JournalRecord> Records()
    {
        List<JournalRecord> records = [];
        foreach (byte[] line in _journal)
        {
            Assert.True(JournalRecord.TryRead(line, out JournalRecord? record, out string error), error);
            records.Add(record);
        }

        return records;
    }

    // As the brain does it: what is due, then who waits, then what follows from that.
    private void Run()
    {
        List<AllocatorAction> actions = [];
        for (int steps = 0; _allocator is { } alive; steps++)
        {
            Assert.True(steps < StepsMax, "busy for nothing");
            actions.Clear();
            alive.Settle(Now, actions);
            foreach ((AgentCall call, Instant until) in Waiting.ToList())
            {
                if (alive.Book.TryGet(IdOf(call), out Assignment? held))
                {
                    if (!held.Releasing)
                    {
                        Waiting.Remove((call, until));
                    }

                    continue;
                }

                AllocationOutcome outcome = alive.Allocate(call, until, Now, actions);
                if (outcome.Addresses is { } addresses)
                {
                    Assert.Equal(call.Families.Count, addresses.Count);
                    alive.Write(new WorkloadAssigned
                    {
                        Id = IdOf(call),
                        ContainerId = "c",
                        NetworkNamespace = "/n",
                        Addresses = addresses,
                    }, actions);
                }
                else if (outcome.WhyNot is { } why)
                {
                    Refusals.Add(why);
                    Waiting.Remove((call, until));
                }
                else if (until <= Now)
                {
                    Refusals.Add("waited");
                    Waiting.Remove((call, until));
                }
            }

            alive.Tidy(Now, actions);
            foreach (Assignment leaving in alive.Book.Releasing.Where(w => !alive.Unwritten.ContainsKey(w.Record.Id)).ToList())
            {
                if (!(alive.JournalBrokenUntil > Now))
                {
                    alive.Write(new WorkloadReleased(leaving.Record.Id), actions);
                }
            }

            if (actions.Count == 0)
            {
                return;
            }

            Perform([.. actions]);
        }
    }

    private void Perform(List<AllocatorAction> actions)
    {
        // Records before everything else.
        foreach (AllocatorAction.WriteJournal write in actions.OfType<AllocatorAction.WriteJournal>())
        {
            if (Doom is (0, bool written))
            {
                if (written)
                {
                    Append(write.Record);
                }

                Die();
                return;
            }

            Doom = Doom is { } doom ? (doom.After - 1, doom.Written) : null;
            bool fails = FailingWrites-- > 0;
            FailingWrites = Math.Max(FailingWrites, 0);
            if (!fails)
            {
                Append(write.Record);
            }

            _allocator!.TakeWritten(write.Sequence, fails ? "no space left" : null, Now);
        }

        ToServer.AddRange(actions.Where(a => a is not AllocatorAction.WriteJournal and not AllocatorAction.Note));
        if (_allocator?.CompactJournal is { } compact && _journal.Count > compact.Count + 40)
        {
            _journal.Clear();
            _journal.AddRange(compact.Select(r => r.ToJson()));
            _book = null;
        }
    }

    private void Append(JournalRecord record)
    {
        byte[] line = record.ToJson();
        Assert.True(JournalRecord.TryRead(line, out JournalRecord? read, out string error), error);
        _journal.Add(line);
        Assert.Null(_book?.Apply(read, Now));
    }
}
