using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Weft.Agent.Calls;
using Weft.Agent.Files;
using Weft.Agent.Kernel;
using Weft.Agent.Server;
using Weft.Linux;
using Weft.Linux.Files;
using Weft.Linux.Sockets;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Node.Allocation;
using Weft.Node.Brain;
using Weft.Plan;
using Weft.Plan.Protocol;

namespace Weft.Agent;

/// <summary>A running agent: the pump round the brain. One mailbox, one reader: take what happened, let the brain
/// decide, carry out what it wants, sleep until its next deadline.</summary>
/// <remarks>Stopping it, in whatever way, leaves the kernel as it is: forwarding does not need it. It holds two netlink
/// sockets and one for notices of nf_tables, one listening socket, one lock, the journal, and a connection to the server:
/// seven descriptors, one more while an offload is probed, one for a second behind each use of nf_tables,
/// and up to eight behind links that go.</remarks>
public sealed class AgentHost : IAsyncDisposable
{
    /// <summary>Events that wait for the brain; a source that is faster has to wait itself.</summary>
    public const int MailboxLimit = 4096;

    /// <summary>The name of the lock within the state directory: who has it is the one agent of this state.</summary>
    internal const string LockName = "lock";

    // A journal of many times its content is written anew; below this it is never worth it.
    private const int CompactAbove = 10_000;
    private const int CompactFactor = 4;

    private static readonly TimeSpan MendPause = TimeSpan.FromSeconds(1);

    private const int LockAttempts = 50;
    private static readonly TimeSpan ListenAgainAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(10);

    private readonly AgentOptions _options;
    private int _compactAbove = CompactAbove;
    private Instant? _mendAt;
    private readonly Channel<BrainEvent?> _mailbox = Channel.CreateBounded<BrainEvent?>(
        new BoundedChannelOptions(MailboxLimit)
        {
            SingleReader = true,
            FullMode = BoundedChannelFullMode.Wait, // A slow brain must slow its sources down.
        });

    private readonly CancellationTokenSource _stop = new();
    private readonly AgentBrain _brain = new();
    private readonly FileLock _lock;
    private readonly JournalFile _journal;
    private readonly PlanFile _plan;
    private readonly KernelPort _kernel;
    private readonly LinkReaper _reaper;
    private readonly RulesetPort _ruleset;
    private readonly NetlinkNotifications _notifications;
    private NetlinkNotifications? _rulesetNotifications;
    private readonly OffloadProber _offloads;
    private readonly CallListener _calls;
    private readonly ServerConnection _server;
    private readonly Recorder? _recorder;
    private readonly QuietCollector _garbage;
    private readonly ITimer _wake;
    private readonly Task _pump;
    private readonly Task _listening;

    private AgentHost(AgentOptions options)
    {
        _options = options;
        _garbage = new QuietCollector(options.Time);
        StateFolder.Make(options.StateDirectory);
        if (AcquireLock(Path.Combine(options.StateDirectory, LockName), out FileLock? held) is { } taken)
        {
            throw new AgentRefusedException($"another agent uses {options.StateDirectory}: {taken}");
        }

        _lock = held!;
        try
        {
            _journal = JournalFile.Open(
                Path.Combine(options.StateDirectory, JournalFile.Name), out IReadOnlyList<JournalRecord> records, out string? torn);
            _plan = new PlanFile(Path.Combine(options.StateDirectory, PlanFile.Name));
            PlanFrame? plan = _plan.Read(out string? unreadable);
            Note(torn);
            Note(unreadable);

            // The notices first: what changes while the kernel is read must not be missed.
            _notifications = NetlinkNotifications.Open(
                options.NetworkNamespace, NetlinkNotifications.NodeGroups, allNamespaces: true);
            string? unheard = OpenRulesetNotifications();
            _kernel = new KernelPort(
                options.NetworkNamespace, ChangedSettings.Open(options.StateDirectory, options.NetworkNamespace));
            _reaper = new LinkReaper(options.NetworkNamespace, _mailbox.Writer);
            _offloads = new OffloadProber(options.NetworkNamespace, _mailbox.Writer, options.Time, _stop.Token);
            _ruleset = new RulesetPort(options.NetworkNamespace, options.Time);
            _recorder = options.RecordPath is { } path ? new Recorder(path) : null;
            _calls = new CallListener(options.SocketPath, _mailbox.Writer, options.NetworkNamespace);
            _wake = options.Time.CreateTimer(
                _ => _mailbox.Writer.TryWrite(null), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _server = new ServerConnection(options.ServerSocket, options.Node, plan?.Revision ?? 0, _mailbox.Writer, options.Time);
            _listening = Task.WhenAll(ListenAsync(), ListenToRulesetAsync(unheard));
            _pump = PumpUntilStoppedAsync(new BrainEvent.Started(options.Node, plan, records, options.Addressing, options.LeakGrace));
        }
        catch
        {
            _journal?.Dispose();
            _notifications?.Dispose();
            _rulesetNotifications?.Dispose();
            _kernel?.Dispose();
            _ruleset?.Dispose();
            _recorder?.Dispose();
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>Ends with the pump: never before the agent is disposed, unless a defect of ours ends it.</summary>
    public Task Ended => _pump;

    /// <summary>Starts an agent. It answers calls when this returns; it is ready a moment later.</summary>
    /// <exception cref="AgentRefusedException">It cannot start; the message says how to mend it.</exception>
    public static Task<AgentHost> StartAsync(AgentOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Task.Run(() => Start(options), cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        _notifications.Dispose();
        _rulesetNotifications?.Dispose();
        _mailbox.Writer.TryComplete();
        try
        {
            await _calls.DisposeAsync().ConfigureAwait(false);
            await _server.DisposeAsync().ConfigureAwait(false);
            await _listening.ConfigureAwait(false);
            await _pump.ConfigureAwait(false);
            await _offloads.Ended.ConfigureAwait(false);
        }
        catch (Exception) when (_pump.IsFaulted)
        {
            // Said when it happened: what is left is to close.
        }
        finally
        {
            await _wake.DisposeAsync().ConfigureAwait(false);
            _reaper.Dispose();
            _kernel.Dispose();
            _ruleset.Dispose();
            _rulesetNotifications?.Dispose();
            _journal.Dispose();
            _recorder?.Dispose();
            _lock.Dispose();
            _stop.Dispose();
        }
    }

    // A process that was killed lets its lock go a moment after its end.
    private static KernelError? AcquireLock(string path, out FileLock? held)
    {
        KernelError? taken = FileLock.TryAcquire(path, out held);
        for (int left = LockAttempts; taken is not null && left > 0; left--)
        {
            Thread.Sleep(LockPause);
            taken = FileLock.TryAcquire(path, out held);
        }

        return taken;
    }

    private static AgentHost Start(AgentOptions options)
    {
        try
        {
            return new AgentHost(options);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or LinuxException
            or System.Net.Sockets.SocketException or ArgumentException)
        {
            throw new AgentRefusedException($"the agent of {options.Node} cannot start: {failed.Message}");
        }
    }

    // A defect of ours ends this agent, and this one only, loudly; what is in the kernel goes on forwarding.
    private async Task PumpUntilStoppedAsync(BrainEvent first)
    {
        await Task.Yield();
        try
        {
            await PumpAsync(first).ConfigureAwait(false);
        }
        catch (Exception defect)
        {
            _options.Log($"error: the agent of {_options.Node} has a defect and stops; forwarding goes on: {defect}");
            _mailbox.Writer.TryComplete();
            _calls.Abandon();
            throw;
        }
    }

    private async Task PumpAsync(BrainEvent first)
    {
        Queue<BrainEvent> own = new([first]);
        List<BrainAction> actions = [];
        while (true)
        {
            // What comes meanwhile has its turn later: a source as fast as the brain must not keep calls waiting.
            int left = _mailbox.Reader.Count;
            while (own.TryDequeue(out BrainEvent? happened)
                || (left-- > 0 && _mailbox.Reader.TryRead(out happened) && happened is not null))
            {
                Instant told = Now;
                _garbage.Disturb();
                int before = actions.Count;
                _brain.Handle(happened, told, actions);
                Record(told, happened, actions, before);
            }

            Instant now = Now;
            if (_brain.NextDeadline <= now)
            {
                int before = actions.Count;
                _brain.OnDeadline(now, actions);
                Record(now, null, actions, before);
            }

            if (actions.Count > 0)
            {
                Perform(actions, own);
                actions.Clear();
                continue;
            }

            CompactJournal();
            FoldPlan();
            _server.Follow(_brain.PlanRevision);
            if (_mailbox.Reader.Count == 0)
            {
                _wake.Change(UntilDeadlineOr(_garbage.Collect()), Timeout.InfiniteTimeSpan);
                if (!await _mailbox.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
                {
                    return;
                }
            }
        }
    }

    private void Record(Instant at, BrainEvent? happened, List<BrainAction> actions, int first)
    {
        if (_recorder is not null)
        {
            Note(_recorder.Write(at, happened, first == 0 ? actions : actions.GetRange(first, actions.Count - first)));
        }
    }

    private TimeSpan UntilDeadlineOr(TimeSpan? sooner)
    {
        if (_brain.NextDeadline is not { } deadline)
        {
            return sooner ?? Timeout.InfiniteTimeSpan;
        }

        TimeSpan left = deadline.Since(Now);
        left = left > TimeSpan.Zero ? left + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero;
        return sooner < left ? sooner.Value : left;
    }

    private void Perform(List<BrainAction> actions, Queue<BrainEvent> own)
    {
        // Records before everything else, and all of them with one flush.
        WriteJournal(actions, own);
        foreach (BrainAction action in actions)
        {
            if (action is BrainAction.WritePlan plan)
            {
                own.Enqueue(new BrainEvent.PlanWritten(plan.Frame.Revision, _plan.Write(plan.Frame)));
            }
        }

        for (int i = 0; i < actions.Count; i++)
        {
            switch (actions[i])
            {
                case BrainAction.SendNetlink send:
                    own.Enqueue(_kernel.Execute(send));
                    break;
                case BrainAction.RemoveLinks links:
                    _reaper.Begin(links);
                    break;
                case BrainAction.SendNftables send:
                    own.Enqueue(_ruleset.Execute(send));
                    break;
                case BrainAction.EnsureSysctl setting:
                    List<BrainAction.EnsureSysctl> settings =
                        [.. actions.Skip(i).TakeWhile(a => a is BrainAction.EnsureSysctl s && s.Scope == setting.Scope).Cast<BrainAction.EnsureSysctl>()];
                    i += settings.Count - 1;
                    foreach (BrainEvent answered in _kernel.Ensure(settings))
                    {
                        own.Enqueue(answered);
                    }

                    break;
                case BrainAction.ProbeOffload probe:
                    _offloads.Begin(probe);
                    break;
                case BrainAction.SetOffload offload:
                    own.Enqueue(_offloads.Set(offload));
                    break;
                case BrainAction.Answer answer:
                    _calls.Answer(answer.Id, answer.Content);
                    break;
                case BrainAction.ClaimBlock claim:
                    _server.Claim(claim);
                    break;
                case BrainAction.ReleaseBlock release:
                    _server.Release(release);
                    break;
                case BrainAction.RequestLoan request:
                    _server.Borrow(request);
                    break;
                case BrainAction.DecideLoan decision:
                    _server.Lend(decision);
                    break;
                case BrainAction.Publish publication:
                    _server.Publish(publication);
                    break;
                case BrainAction.LookForNamespaces look:
                    own.Enqueue(NamespaceLook.Execute(look));
                    break;
                case BrainAction.Reply reply:
                    _server.Reply(reply);
                    break;
                case BrainAction.Report report:
                    _server.Report(report.Content);
                    break;
                case BrainAction.Note note:
                    _options.Log(note.Severity == FindingSeverity.Error ? $"error: {note.Message}" : note.Message);
                    break;
                case BrainAction.WriteJournal or BrainAction.WritePlan:
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
    }

    private void WriteJournal(List<BrainAction> actions, Queue<BrainEvent> own)
    {
        List<JournalRecord> records = [];
        List<long> sequences = [];
        foreach (BrainAction action in actions)
        {
            if (action is BrainAction.WriteJournal write)
            {
                records.AddRange(write.Records);
                sequences.Add(write.Sequence);
            }
        }

        if (records.Count > 0)
        {
            string? error = _journal.Append(records);
            foreach (long sequence in sequences)
            {
                own.Enqueue(new BrainEvent.JournalWritten(sequence, error));
            }
        }
    }

    private void CompactJournal()
    {
        if (_journal.IsBroken)
        {
            MendJournal();
        }
        else if (_journal.Lines > _compactAbove && _brain.CompactJournal is { } records
            && _journal.Lines > CompactFactor * records.Count)
        {
            string? failed = _journal.Rewrite(records);
            _compactAbove = failed is null ? CompactAbove : _journal.Lines + CompactAbove;
            Note(failed is null ? null : $"the address journal goes on growing, it cannot be written anew: {failed}");
        }
    }

    // Nobody knows what the old file holds behind its last good record; the brain knows what it may hold.
    private void MendJournal()
    {
        Instant now = Now;
        if (!(_mendAt > now) && _brain.CompactJournal is { } records)
        {
            _mendAt = now.After(MendPause);
            string? failed = _journal.Rewrite(records);
            Note(failed is null ? "the address journal was written anew: a write had failed, or somebody had removed it" : null);
        }
    }

    private void FoldPlan()
    {
        if (_plan.HasOutgrown)
        {
            Note(_plan.Fold(_brain.PlanSnapshot) is { } failed ? $"the plan file goes on growing: {failed}" : null);
        }
    }

    private async Task ListenAsync()
    {
        try
        {
            while (await _notifications.ReceiveAsync(_stop.Token).ConfigureAwait(false) is { Count: > 0 } notices)
            {
                foreach (Notice notice in notices)
                {
                    BrainEvent? happened = notice.IsOverrun
                        ? new BrainEvent.KernelOverrun()
                        : Foreign(notice.Messages, port => port == _kernel.PortId) is { Length: > 0 } messages
                            ? new BrainEvent.KernelNoticed(notice.NamespaceId, messages)
                            : null;
                    if (happened is not null)
                    {
                        await _mailbox.Writer.WriteAsync(happened, _stop.Token).ConfigureAwait(false);
                    }
                }
            }
        }
        catch (Exception going) when (going is OperationCanceledException or ChannelClosedException)
        {
            // The agent is going.
        }
    }

    private async Task ListenToRulesetAsync(string? unheard)
    {
        try
        {
            while (unheard is not null)
            {
                await _mailbox.Writer.WriteAsync(new BrainEvent.RulesetUnheard(unheard), _stop.Token).ConfigureAwait(false);
                await Task.Delay(ListenAgainAfter, _options.Time, _stop.Token).ConfigureAwait(false);
                unheard = OpenRulesetNotifications();
                if (unheard is null)
                {
                    await _mailbox.Writer.WriteAsync(new BrainEvent.RulesetUnheard(null), _stop.Token).ConfigureAwait(false);
                }
            }

            while (await _rulesetNotifications!.ReceiveAsync(_stop.Token).ConfigureAwait(false) is { Count: > 0 } notices)
            {
                foreach (Notice notice in notices)
                {
                    BrainEvent? happened = notice.IsOverrun
                        ? new BrainEvent.RulesetOverrun()
                        : Foreign(notice.Messages, _ruleset.IsOwn) is { Length: > 0 } messages
                            ? new BrainEvent.RulesetNoticed(messages)
                            : null;
                    if (happened is not null)
                    {
                        await _mailbox.Writer.WriteAsync(happened, _stop.Token).ConfigureAwait(false);
                    }
                }
            }
        }
        catch (Exception going) when (going is OperationCanceledException or ChannelClosedException)
        {
            // The agent is going.
        }
    }

    // Why changes of nf_tables cannot be listened to; none if they can.
    private string? OpenRulesetNotifications()
    {
        try
        {
            _rulesetNotifications = NetlinkNotifications.Open(_options.NetworkNamespace, [NetfilterGroup.NFNLGRP_NFTABLES]);
            return null;
        }
        catch (LinuxException failed)
        {
            return failed.Message;
        }
    }

    // Our own changes come back as notices that carry our socket's port id: they tell the brain nothing.
    private static byte[] Foreign(byte[] messages, Predicate<uint> isOwn)
    {
        byte[] foreign = [];
        int length = 0;
        NetlinkMessageReader reader = new(messages);
        while (reader.TryRead(out NetlinkMessageView view))
        {
            if (!isOwn(view.Header.PortId))
            {
                foreign = foreign.Length > 0 ? foreign : new byte[(messages.Length + 3) & ~3];
                view.Bytes.CopyTo(foreign.AsSpan(length));
                length += (view.Bytes.Length + 3) & ~3;
            }
        }

        return length == foreign.Length ? foreign : foreign[..length];
    }

    private Instant Now
    {
        get
        {
            long ticks = _options.Time.GetTimestamp();
            return new Instant((long)((Int128)ticks * 1_000_000_000 / _options.Time.TimestampFrequency));
        }
    }

    private void Note(string? note)
    {
        if (note is not null)
        {
            _options.Log(note);
        }
    }
}
