using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Brain;
using Weft.Node.Calls;
using Weft.Node.Detection;
using Weft.Plan;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>The shell round a brain, with a virtual clock, a fake kernel and a fake server: what it does, and in which
/// order, is what the real one does. It can be killed before any action, and in the midst of a batch.</summary>
internal sealed class FakeAgent(string node, FakeKernel kernel, FakeServer server)
{
    private const int StepsPerSecondMax = 2_000;

    private readonly Queue<BrainEvent> _mailbox = new();
    private readonly Dictionary<long, (AgentCall Call, Instant Asked)> _asked = [];
    private AgentBrain _brain = new();
    private readonly List<BrainAction.RemoveLinks> _postponed = [];
    private readonly List<BrainEvent.LinksRemoved> _unacknowledged = [];
    private long _lastCall;
    private long _sentRevision;
    private int _actionsLeft = int.MaxValue;
    private byte[]? _planOnDisk;

    public FakeKernel Kernel { get; } = kernel;

    public FakeServer Server { get; } = server;

    public Instant Now { get; private set; } = new(1_000_000_000);

    public bool IsAlive { get; private set; }

    /// <summary>Whether it was killed, or will be after some more actions.</summary>
    public bool IsDoomed => !IsAlive || _actionsLeft != int.MaxValue;

    public bool IsReady => _brain.IsReady;

    public string WaitingFor => _brain.WaitingFor;

    /// <summary>The journal on disk.</summary>
    public List<JournalRecord> Journal { get; } = [];

    public string? JournalError { get; set; }

    /// <summary>Where the node's addresses come from.</summary>
    public AddressingOptions Addressing { get; set; } = new();

    /// <summary>How long a workload that is gone keeps its address; none for the default.</summary>
    public TimeSpan? LeakGrace { get; set; }

    /// <summary>Whether the server's frames arrive.</summary>
    public bool IsConnected { get; set; } = true;

    /// <summary>Whether the kernel's notices are lost, as when the socket's buffer is full.</summary>
    public bool LosesNotices { get; set; }

    /// <summary>Whether the kernel still works at what it was asked to take away: it tells of it, and does not acknowledge it.
    /// </summary>
    public bool HoldsRemovals { get; set; }

    /// <summary>Whether the kernel has not begun yet with what it is asked to take away.</summary>
    public bool PostponesRemovals { get; set; }

    public List<string> Notes { get; } = [];

    public Dictionary<long, AgentAnswer> Answers { get; } = [];

    /// <summary>What was replied to the server, by the request's id.</summary>
    public Dictionary<string, AgentReply> Replies { get; } = [];

    public NodeReport? Report { get; private set; }

    public List<BrainAction> Actions { get; } = [];

    public int Unanswered => _asked.Count;

    /// <summary>Every step, as it is recorded.</summary>
    public List<RecordedStep> Steps { get; } = [];

    /// <summary>The journal, replayed.</summary>
    public AddressBook Book()
    {
        AddressBook book = new();
        Assert.All(Journal, record => Assert.Null(book.Apply(record, Now)));
        return book;
    }

    public void Start()
    {
        PlanFrame? plan = null;
        if (_planOnDisk is not null)
        {
            Assert.True(PlanFrame.TryRead(_planOnDisk, out plan, out _));
        }

        _brain = new AgentBrain();
        _mailbox.Clear();
        _unacknowledged.Clear();
        _postponed.Clear();
        Kernel.Notices.Clear();
        Kernel.Ruleset.Notices.Clear();
        _asked.Clear();
        _sentRevision = 0;
        IsAlive = true;
        _mailbox.Enqueue(new BrainEvent.Started(node, plan, [.. Journal], Addressing, LeakGrace));
    }

    /// <summary>Ends the agent without a word, at once or after so many more actions.</summary>
    public void Kill(int afterActions = 0)
    {
        _actionsLeft = afterActions;
        IsAlive = afterActions > 0 && IsAlive;
    }

    public void Restart()
    {
        Kill();
        _actionsLeft = int.MaxValue;
        Start();
    }

    /// <summary>Forgets the plan file, as if it had not been readable.</summary>
    public void LosePlan() => _planOnDisk = null;

    public void SavePlan(PlanFrame plan)
    {
        NodePlan held = new();
        if (plan.Follows is not null)
        {
            Assert.True(PlanFrame.TryRead(_planOnDisk, out PlanFrame? before, out _));
            Assert.True(held.TryApply(before, out _));
        }

        Assert.True(held.TryApply(plan, out _));
        _planOnDisk = held.ToJson();
    }

    public long Ask(AgentCall call)
    {
        long id = ++_lastCall;
        if (IsAlive)
        {
            _asked.Add(id, (call, Now));
            _mailbox.Enqueue(new BrainEvent.Called(id, call));
        }

        return id;
    }

    public AgentAnswer AskAndRun(AgentCall call, double seconds = 11)
    {
        long id = Ask(call);
        Instant end = Now.After(TimeSpan.FromSeconds(seconds));
        while (!Answers.ContainsKey(id) && Now < end)
        {
            Run(0.05);
        }

        return Answers[id];
    }

    public void Tell(BrainEvent happened) => _mailbox.Enqueue(happened);

    /// <summary>The kernel does what was postponed.</summary>
    public void DoRemovals()
    {
        PostponesRemovals = false;
        foreach (BrainAction.RemoveLinks links in _postponed)
        {
            PerformOne(links);
        }

        _postponed.Clear();
    }

    /// <summary>The kernel has ended what it worked at.</summary>
    public void AcknowledgeRemovals(bool all = true)
    {
        foreach (BrainEvent.LinksRemoved removed in all ? _unacknowledged : [])
        {
            _mailbox.Enqueue(removed);
        }

        _unacknowledged.RemoveAll(_ => all);
    }

    /// <summary>Lets virtual time pass. The brain may not be busy for nothing.</summary>
    public void Run(double seconds)
    {
        Instant end = Now.After(TimeSpan.FromSeconds(seconds));
        int steps = 0;
        while (IsAlive)
        {
            Assert.True(++steps < StepsPerSecondMax * (1 + seconds), $"busy: {WaitingFor}\n" + string.Join('\n', Actions.TakeLast(10)));
            Listen();
            List<BrainAction> actions = [];
            while (_mailbox.TryDequeue(out BrainEvent? happened))
            {
                Step(happened, actions);
            }

            if (_brain.NextDeadline <= Now)
            {
                Step(null, actions);
            }

            if (actions.Count > 0)
            {
                Perform(actions);
            }
            else if (_mailbox.Count == 0 && Kernel.Notices.Count == 0 && Kernel.Ruleset.Notices.Count == 0)
            {
                Assert.DoesNotContain(_asked.Values, a => Now > a.Asked.After(AgentBrain.CallLimit));
                Instant next = _brain.NextDeadline is { } deadline && deadline < end ? deadline : end;
                if (Now >= end)
                {
                    return;
                }

                Now = next > Now ? next : Now;
            }
        }

        Now = end > Now ? end : Now;
    }

    private void Step(BrainEvent? happened, List<BrainAction> actions)
    {
        List<BrainAction> wanted = [];
        if (happened is null)
        {
            _brain.OnDeadline(Now, wanted);
        }
        else
        {
            _brain.Handle(happened, Now, wanted);
        }

        Steps.Add(new RecordedStep(Now.Nanoseconds, happened, wanted));
        actions.AddRange(wanted);
    }

    private void Listen()
    {
        while (Kernel.Ruleset.Notices.TryDequeue(out BrainEvent? ruleset))
        {
            _mailbox.Enqueue(LosesNotices ? new BrainEvent.RulesetOverrun() : ruleset);
        }

        bool overrun = false;
        while (Kernel.Notices.TryDequeue(out BrainEvent? notice))
        {
            overrun |= LosesNotices;
            if (!LosesNotices)
            {
                _mailbox.Enqueue(notice);
            }
        }

        if (overrun)
        {
            _mailbox.Enqueue(new BrainEvent.KernelOverrun());
        }

        if (IsConnected && Server.Reachable && Server.Revision != _sentRevision)
        {
            _sentRevision = Server.Revision;
            _mailbox.Enqueue(new BrainEvent.PlanArrived(Server.Snapshot()));
        }
    }

    // As AgentHost does: records first and together, then the plan, then the others in order.
    private void Perform(List<BrainAction> actions)
    {
        Actions.AddRange(actions);
        List<BrainAction.WriteJournal> writes = [.. actions.OfType<BrainAction.WriteJournal>()];
        if (writes.Count > 0 && Lives())
        {
            if (JournalError is null)
            {
                Journal.AddRange(writes.SelectMany(w => w.Records));
            }

            foreach (BrainAction.WriteJournal write in writes)
            {
                _mailbox.Enqueue(new BrainEvent.JournalWritten(write.Sequence, JournalError));
            }
        }

        foreach (BrainAction.WritePlan write in actions.OfType<BrainAction.WritePlan>())
        {
            if (Lives())
            {
                SavePlan(write.Frame);
                _mailbox.Enqueue(new BrainEvent.PlanWritten(write.Frame.Revision, null));
            }
        }

        foreach (BrainAction action in actions)
        {
            if (!Lives())
            {
                return;
            }

            PerformOne(action);
        }
    }

    private void PerformOne(BrainAction action)
    {
        switch (action)
        {
            case BrainAction.SendNetlink send:
                int limit = Math.Min(_actionsLeft, int.MaxValue);
                BrainEvent.KernelAnswered answered = Kernel.Execute(send, limit);
                _actionsLeft -= _actionsLeft == int.MaxValue ? 0 : Math.Min(_actionsLeft, send.Requests.Count);
                if (Lives(0))
                {
                    _mailbox.Enqueue(answered);
                }

                break;
            case BrainAction.RemoveLinks links when PostponesRemovals:
                _postponed.Add(links);
                break;
            case BrainAction.RemoveLinks links:
                BrainEvent.LinksRemoved removed = Kernel.Remove(links, _actionsLeft);
                _actionsLeft -= _actionsLeft == int.MaxValue ? 0 : Math.Min(_actionsLeft, links.Indexes.Count);
                if (Lives(0))
                {
                    _unacknowledged.Add(removed);
                    AcknowledgeRemovals(!HoldsRemovals);
                }

                break;
            case BrainAction.SendNftables send:
                if (_actionsLeft >= send.Requests.Count)
                {
                    BrainEvent.KernelAnswered done = Kernel.Ruleset.Execute(send);
                    _actionsLeft -= _actionsLeft == int.MaxValue ? 0 : send.Requests.Count;
                    if (Lives(0))
                    {
                        _mailbox.Enqueue(done);
                    }
                }
                else
                {
                    _actionsLeft = 0; // It dies within the transaction: nothing of it is done.
                    Lives(0);
                }

                break;
            case BrainAction.EnsureSysctl setting:
                _mailbox.Enqueue(Kernel.Ensure(setting));
                break;
            case BrainAction.ProbeOffload probe:
                _mailbox.Enqueue(Kernel.Probe(probe));
                break;
            case BrainAction.SetOffload offload:
                _mailbox.Enqueue(Kernel.Set(offload));
                break;
            case BrainAction.Answer answer:
                Assert.True(_asked.Remove(answer.Id), $"call {answer.Id} is answered twice");
                Answers[answer.Id] = answer.Content;
                break;
            case BrainAction.ClaimBlock claim:
                _mailbox.Enqueue(Server.Answer(claim));
                break;
            case BrainAction.ReleaseBlock release:
                _mailbox.Enqueue(Server.Answer(release));
                break;
            case BrainAction.RequestLoan request:
                _mailbox.Enqueue(Server.Answer(request));
                break;
            case BrainAction.DecideLoan decision:
                _mailbox.Enqueue(Server.Answer(decision));
                break;
            case BrainAction.Publish publication:
                _mailbox.Enqueue(Server.Answer(publication));
                break;
            case BrainAction.LookForNamespaces look:
                _mailbox.Enqueue(new BrainEvent.NamespacesSeen(look.Look, [.. look.Paths.Select(p => Kernel.Find(p) is { } space ? $"boot-{space.Id}" : null)]));
                break;
            case BrainAction.Reply reply:
                Replies[reply.Id] = reply.Content;
                break;
            case BrainAction.Report report:
                Report = report.Content;
                break;
            case BrainAction.Note note:
                Notes.Add(note.Message);
                break;
            default:
                break;
        }
    }

    private bool Lives(int cost = 1)
    {
        if (_actionsLeft != int.MaxValue)
        {
            _actionsLeft -= cost;
            IsAlive = IsAlive && _actionsLeft > 0;
        }

        return IsAlive;
    }
}
