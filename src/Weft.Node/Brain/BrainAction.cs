using System.Collections.Generic;
using System.Text.Json.Serialization;
using Weft.Net;
using Weft.Netlink;
using Weft.Node.Allocation;
using Weft.Node.Calls;
using Weft.Plan;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <summary>What a brain wants carried out, in order. The family is closed.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "action")]
[JsonDerivedType(typeof(SendNetlink), "sendNetlink")]
[JsonDerivedType(typeof(RemoveLinks), "removeLinks")]
[JsonDerivedType(typeof(SendNftables), "sendNftables")]
[JsonDerivedType(typeof(EnsureSysctl), "ensureSysctl")]
[JsonDerivedType(typeof(ProbeOffload), "probeOffload")]
[JsonDerivedType(typeof(SetOffload), "setOffload")]
[JsonDerivedType(typeof(WriteJournal), "writeJournal")]
[JsonDerivedType(typeof(WritePlan), "writePlan")]
[JsonDerivedType(typeof(Answer), "answer")]
[JsonDerivedType(typeof(ClaimBlock), "claimBlock")]
[JsonDerivedType(typeof(ReleaseBlock), "releaseBlock")]
[JsonDerivedType(typeof(RequestLoan), "requestLoan")]
[JsonDerivedType(typeof(DecideLoan), "decideLoan")]
[JsonDerivedType(typeof(Publish), "publish")]
[JsonDerivedType(typeof(LookForNamespaces), "lookForNamespaces")]
[JsonDerivedType(typeof(Reply), "reply")]
[JsonDerivedType(typeof(Report), "report")]
[JsonDerivedType(typeof(Note), "note")]
public abstract record BrainAction
{
    private BrainAction()
    {
    }

    /// <summary>Send these requests, in order, in a network namespace; answer with
    /// <see cref="BrainEvent.KernelAnswered"/>. A failed request does not stop those behind it.</summary>
    /// <param name="Scope">The path of the namespace; empty for the node's own.</param>
    /// <param name="Batch">The batch's number.</param>
    /// <param name="Requests">The requests.</param>
    public sealed record SendNetlink(
        string Scope,
        int Batch,
        [property: JsonConverter(typeof(NetlinkRequestsJsonConverter))] IReadOnlyList<NetlinkRequest> Requests)
        : BrainAction;

    /// <summary>Take these links of the node's own namespace away, beside everything else: the kernel acknowledges it long
    /// after they are gone; answer with <see cref="BrainEvent.LinksRemoved"/>, whenever that is.</summary>
    /// <param name="Indexes">The links.</param>
    /// <param name="Group">The first of <see cref="Kernel.KernelNames.LeavingGroups"/> groups that no link is in: links that go
    /// together do so in one of them.</param>
    public sealed record RemoveLinks(IReadOnlyList<int> Indexes, uint Group) : BrainAction;

    /// <summary>Send these requests to nf_tables in the node's namespace; answer with
    /// <see cref="BrainEvent.KernelAnswered"/> of the scope <c>nftables</c>.</summary>
    /// <param name="Batch">The batch's number.</param>
    /// <param name="IsTransaction">Whether they change something, all or none of them; else they ask.</param>
    /// <param name="Requests">The requests.</param>
    public sealed record SendNftables(
        int Batch,
        bool IsTransaction,
        [property: JsonConverter(typeof(NetlinkRequestsJsonConverter))] IReadOnlyList<NetlinkRequest> Requests)
        : BrainAction;

    /// <summary>Give a setting this value if it has another; answer with <see cref="BrainEvent.SysctlAnswered"/>.
    /// </summary>
    /// <param name="Scope">The path of the namespace; empty for the node's own.</param>
    /// <param name="Path">The path under <c>/proc/sys/net</c>.</param>
    /// <param name="Value">The value.</param>
    /// <param name="From">The only other value that is changed; none changes any.</param>
    public sealed record EnsureSysctl(string Scope, string Path, string Value, string? From = null) : BrainAction;

    /// <summary>Find out whether packets arrive whose checksum a tunnel device leaves to the hardware; answer with
    /// <see cref="BrainEvent.OffloadProbed"/>, whenever that is.</summary>
    /// <param name="Probe">The number of this probe.</param>
    /// <param name="Device">The tunnel device, of the node's own namespace.</param>
    /// <param name="Source">The node's tunnel address.</param>
    /// <param name="Target">Another node's tunnel address, reached over that device.</param>
    public sealed record ProbeOffload(long Probe, string Device, IpAddress Source, IpAddress Target) : BrainAction;

    /// <summary>Leave checksums of what a device sends to the hardware, or finish them before; answer with
    /// <see cref="BrainEvent.OffloadSet"/>.</summary>
    /// <param name="Device">The device, of the node's own namespace.</param>
    /// <param name="On">Whether they are left to the hardware.</param>
    public sealed record SetOffload(string Device, bool On) : BrainAction;

    /// <summary>Put records on disk; answer with <see cref="BrainEvent.JournalWritten"/> when they will survive a loss
    /// of power. All or none of one action's records.</summary>
    /// <param name="Sequence">The number of this action.</param>
    /// <param name="Records">The records, in order.</param>
    public sealed record WriteJournal(long Sequence, IReadOnlyList<JournalRecord> Records) : BrainAction;

    /// <summary>Put the plan on disk: a snapshot in the place of what is there, a delta behind it; answer with
    /// <see cref="BrainEvent.PlanWritten"/>.</summary>
    /// <param name="Frame">The snapshot or delta.</param>
    public sealed record WritePlan(PlanFrame Frame) : BrainAction;

    /// <summary>Answer a call.</summary>
    /// <param name="Id">The call's number.</param>
    /// <param name="Content">The answer.</param>
    public sealed record Answer(long Id, AgentAnswer Content) : BrainAction;

    /// <summary>Ask the server for a block; answer with <see cref="BrainEvent.BlockClaimed"/>.</summary>
    /// <param name="Pool">The pool.</param>
    /// <param name="Have">How many blocks of it the plan holds.</param>
    /// <param name="Wanted">An address that the block must hold; none if any block will do.</param>
    public sealed record ClaimBlock(string Pool, int Have, IpAddress? Wanted = null) : BrainAction;

    /// <summary>Give an empty block back; answer with <see cref="BrainEvent.BlockReleased"/>.</summary>
    /// <param name="Cidr">The block.</param>
    /// <param name="Revision">The revision of the plan on which that was decided.</param>
    public sealed record ReleaseBlock(IpPrefix Cidr, long Revision = 0) : BrainAction;

    /// <summary>Ask the server for one address of another node's block; answer with <see cref="BrainEvent.LoanRequested"/>.
    /// </summary>
    /// <param name="Pool">The pool.</param>
    /// <param name="Have">How many borrowed addresses of it the plan holds.</param>
    /// <param name="Wanted">The one address; none if any will do.</param>
    public sealed record RequestLoan(string Pool, int Have, IpAddress? Wanted = null) : BrainAction;

    /// <summary>Tell the server which address of ours another node may use; answer with
    /// <see cref="BrainEvent.LoanDecided"/>.</summary>
    /// <param name="Loan">The loan's name.</param>
    /// <param name="Address">The address, which the journal holds as lent; none if there is none to lend.</param>
    public sealed record DecideLoan(string Loan, IpAddress? Address) : BrainAction;

    /// <summary>Tell the server of workloads; answer with <see cref="BrainEvent.Published"/>.</summary>
    /// <param name="Sequence">The number of this publication.</param>
    /// <param name="Workloads">The workloads.</param>
    public sealed record Publish(long Sequence, IReadOnlyList<WorkloadPublication> Workloads) : BrainAction;

    /// <summary>Look which network namespaces lie at these paths; answer with <see cref="BrainEvent.NamespacesSeen"/>.</summary>
    /// <param name="Look">The look's number.</param>
    /// <param name="Paths">The paths.</param>
    public sealed record LookForNamespaces(long Look, IReadOnlyList<string> Paths) : BrainAction;

    /// <summary>Answer what the server asked (<see cref="BrainEvent.Asked"/>).</summary>
    /// <param name="Id">The request's id.</param>
    /// <param name="Content">The answer.</param>
    public sealed record Reply(string Id, AgentReply Content) : BrainAction;

    /// <summary>Tell the server how the node is. Only the last report counts; the shell adds the process id.</summary>
    /// <param name="Content">The report.</param>
    public sealed record Report(NodeReport Content) : BrainAction;

    /// <summary>Something an operator should read.</summary>
    /// <param name="Severity">How bad it is.</param>
    /// <param name="Message">One line.</param>
    public sealed record Note(FindingSeverity Severity, string Message) : BrainAction;
}
