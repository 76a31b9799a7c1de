using System;
using System.Collections.Generic;
using System.Text.Json.Serialization;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Calls;
using Weft.Node.Detection;
using Weft.Plan;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <summary>What happens to a brain. The family is closed; every case can be written down and replayed.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Started), "started")]
[JsonDerivedType(typeof(PlanArrived), "plan")]
[JsonDerivedType(typeof(ServerLost), "serverLost")]
[JsonDerivedType(typeof(KernelAnswered), "kernelAnswered")]
[JsonDerivedType(typeof(LinksRemoved), "linksRemoved")]
[JsonDerivedType(typeof(KernelNoticed), "kernelNoticed")]
[JsonDerivedType(typeof(KernelOverrun), "kernelOverrun")]
[JsonDerivedType(typeof(RulesetNoticed), "rulesetNoticed")]
[JsonDerivedType(typeof(RulesetOverrun), "rulesetOverrun")]
[JsonDerivedType(typeof(RulesetUnheard), "rulesetUnheard")]
[JsonDerivedType(typeof(SysctlAnswered), "sysctlAnswered")]
[JsonDerivedType(typeof(OffloadProbed), "offloadProbed")]
[JsonDerivedType(typeof(OffloadSet), "offloadSet")]
[JsonDerivedType(typeof(Called), "called")]
[JsonDerivedType(typeof(JournalWritten), "journalWritten")]
[JsonDerivedType(typeof(PlanWritten), "planWritten")]
[JsonDerivedType(typeof(BlockClaimed), "blockClaimed")]
[JsonDerivedType(typeof(BlockReleased), "blockReleased")]
[JsonDerivedType(typeof(LoanRequested), "loanRequested")]
[JsonDerivedType(typeof(LoanDecided), "loanDecided")]
[JsonDerivedType(typeof(Published), "published")]
[JsonDerivedType(typeof(NamespacesSeen), "namespacesSeen")]
[JsonDerivedType(typeof(Asked), "asked")]
public abstract record BrainEvent
{
    private BrainEvent()
    {
    }

    /// <summary>The first event: what was on disk.</summary>
    /// <param name="Node">The node's name.</param>
    /// <param name="Plan">The last plan; none on a new node.</param>
    /// <param name="Journal">The journal's records, in order.</param>
    /// <param name="Addressing">Where the node's addresses come from; none for the defaults.</param>
    /// <param name="LeakGrace">How long a workload that is gone keeps its address; none for the default.</param>
    public sealed record Started(
        string Node,
        PlanFrame? Plan,
        IReadOnlyList<JournalRecord> Journal,
        AddressingOptions? Addressing = null,
        TimeSpan? LeakGrace = null) : BrainEvent;

    /// <summary>The server sent a plan or what changed in it.</summary>
    /// <param name="Frame">The frame.</param>
    public sealed record PlanArrived(PlanFrame Frame) : BrainEvent;

    /// <summary>The connection to the server ended, or could not be made.</summary>
    /// <param name="Reason">Why, in one line.</param>
    public sealed record ServerLost(string Reason) : BrainEvent;

    /// <summary>The kernel's answers to <see cref="BrainAction.SendNetlink"/>.</summary>
    /// <param name="Scope">The network namespace; empty for the node's own.</param>
    /// <param name="Batch">The batch's number.</param>
    /// <param name="Outcomes">One per request, in order.</param>
    public sealed record KernelAnswered(string Scope, int Batch, IReadOnlyList<RequestOutcome> Outcomes) : BrainEvent;

    /// <summary>The kernel's answers to <see cref="BrainAction.RemoveLinks"/>, all or some of one action's or of several. Its
    /// notices tell earlier that they are gone.</summary>
    /// <param name="Indexes">The links.</param>
    /// <param name="Outcomes">One for each.</param>
    public sealed record LinksRemoved(IReadOnlyList<int> Indexes, IReadOnlyList<RequestOutcome> Outcomes) : BrainEvent;

    /// <summary>The kernel tells of changes, ours and others'.</summary>
    /// <param name="NamespaceId">The id, in the node's namespace, of the namespace it happened in; none: the node's own.
    /// </param>
    /// <param name="Messages">Whole rtnetlink messages.</param>
    public sealed record KernelNoticed(int? NamespaceId, byte[] Messages) : BrainEvent;

    /// <summary>Notices were lost: everything must be looked at again.</summary>
    public sealed record KernelOverrun : BrainEvent;

    /// <summary>nf_tables tells of changes by others, in our table and in theirs.</summary>
    /// <param name="Messages">Whole messages of nf_tables.</param>
    public sealed record RulesetNoticed(byte[] Messages) : BrainEvent;

    /// <summary>Notices of nf_tables were lost.</summary>
    public sealed record RulesetOverrun : BrainEvent;

    /// <summary>Nobody can listen to changes of nf_tables; it is tried again, and told of each time.</summary>
    /// <param name="Error">Why; none if they are heard from now on.</param>
    public sealed record RulesetUnheard(string? Error) : BrainEvent;

    /// <summary>The outcome of <see cref="BrainAction.EnsureSysctl"/>.</summary>
    /// <param name="Scope">The network namespace.</param>
    /// <param name="Path">The setting's path under <c>/proc/sys/net</c>.</param>
    /// <param name="Error">Why it could not be set; none if it has its value.</param>
    /// <param name="Found">The value that it had, if it was changed.</param>
    /// <param name="Standing">The value that it has now; none if that is not known.</param>
    public sealed record SysctlAnswered(
        string Scope, string Path, string? Error, string? Found = null, string? Standing = null) : BrainEvent;

    /// <summary>The answer to <see cref="BrainAction.ProbeOffload"/>.</summary>
    /// <param name="Probe">The probe's number.</param>
    /// <param name="Verdict">What came of it.</param>
    public sealed record OffloadProbed(long Probe, OffloadVerdict Verdict) : BrainEvent;

    /// <summary>The outcome of <see cref="BrainAction.SetOffload"/>.</summary>
    /// <param name="Device">The device.</param>
    /// <param name="Error">Why it could not be set; none if it is as it was asked for.</param>
    /// <param name="Changed">Whether it was otherwise before.</param>
    public sealed record OffloadSet(string Device, string? Error, bool Changed) : BrainEvent;

    /// <summary>A container runtime asks.</summary>
    /// <param name="Id">The call's number; the answer carries it.</param>
    /// <param name="Call">What is asked.</param>
    public sealed record Called(long Id, AgentCall Call) : BrainEvent;

    /// <summary>The journal's records up to a sequence number are on disk, or could not be written.</summary>
    /// <param name="Sequence">The number of <see cref="BrainAction.WriteJournal"/>.</param>
    /// <param name="Error">Why nothing of it was written; none if it is on disk.</param>
    public sealed record JournalWritten(long Sequence, string? Error) : BrainEvent;

    /// <summary>The plan is on disk, or could not be written.</summary>
    /// <param name="Revision">Its revision.</param>
    /// <param name="Error">Why it was not written; none if it is on disk.</param>
    public sealed record PlanWritten(long Revision, string? Error) : BrainEvent;

    /// <summary>The server's answer to <see cref="BrainAction.ClaimBlock"/>.</summary>
    /// <param name="Pool">The pool.</param>
    /// <param name="Cidr">The block; none if refused.</param>
    /// <param name="Error">Why there is none.</param>
    /// <param name="Unreachable">Whether the server did not answer at all: a later call may fare better.</param>
    /// <param name="Wanted">The address that the block was to hold, if one was asked for.</param>
    /// <param name="NotYet">Why there is none yet: it is no refusal.</param>
    public sealed record BlockClaimed(
        string Pool, IpPrefix? Cidr, string? Error, bool Unreachable = false, IpAddress? Wanted = null, string? NotYet = null) : BrainEvent;

    /// <summary>The server's answer to <see cref="BrainAction.ReleaseBlock"/>.</summary>
    /// <param name="Cidr">The block.</param>
    /// <param name="Error">Why it was not released; none if it was.</param>
    /// <param name="Revision">The store's revision from which on the block is not the node's.</param>
    public sealed record BlockReleased(
        IpPrefix Cidr, string? Error,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Revision = 0) : BrainEvent;

    /// <summary>The server's answer to <see cref="BrainAction.RequestLoan"/>.</summary>
    /// <param name="Pool">The pool.</param>
    /// <param name="Wanted">The address, if one was asked for.</param>
    /// <param name="Error">Why there is no loan; none if one was begun.</param>
    /// <param name="Unreachable">Whether the server did not answer at all.</param>
    public sealed record LoanRequested(string Pool, IpAddress? Wanted, string? Error, bool Unreachable = false) : BrainEvent;

    /// <summary>The server's answer to <see cref="BrainAction.DecideLoan"/>.</summary>
    /// <param name="Loan">The loan's name.</param>
    /// <param name="Error">Why it was not taken; none if it was.</param>
    public sealed record LoanDecided(string Loan, string? Error) : BrainEvent;

    /// <summary>The server's answer to <see cref="BrainAction.Publish"/>.</summary>
    /// <param name="Sequence">The number of the publication.</param>
    /// <param name="Revision">The store's revision that holds it.</param>
    /// <param name="Error">Why it was not taken; none if it was.</param>
    public sealed record Published(long Sequence, long Revision, string? Error) : BrainEvent;

    /// <summary>The answer to <see cref="BrainAction.LookForNamespaces"/>.</summary>
    /// <param name="Look">The look's number.</param>
    /// <param name="Found">For each path which namespace lies there, in words that name it; none if there is surely none.
    /// </param>
    public sealed record NamespacesSeen(long Look, IReadOnlyList<string?> Found) : BrainEvent;

    /// <summary>The server asks; <see cref="BrainAction.Reply"/> answers.</summary>
    /// <param name="Id">The request's id.</param>
    /// <param name="Request">What is asked.</param>
    public sealed record Asked(string Id, AgentRequest Request) : BrainEvent;
}

/// <summary>What came of one netlink request.</summary>
/// <param name="Errno">0 for success, else the kernel's error number.</param>
/// <param name="Message">The kernel's extended error text, where it gives one.</param>
/// <param name="Messages">Answers, for requests that ask: whole rtnetlink messages, one after another.</param>
public sealed record RequestOutcome(int Errno, string? Message, byte[] Messages);
