using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;

namespace Weft.Node.Allocating;

/// <summary>A record that reached the disk, or did not.</summary>
/// <param name="Record">The record.</param>
/// <param name="Before">What the workload had before; none if it had nothing, or was leaving.</param>
/// <param name="Error">Why it is not on disk; none if it is.</param>
/// <param name="Concerned">Workloads of which an address is this node's again.</param>
internal sealed record WrittenRecord(
    JournalRecord Record, WorkloadAssigned? Before, string? Error, IReadOnlyCollection<WorkloadId> Concerned);

/// <content>The journal: what is being written, and what is taken back when that fails.</content>
internal sealed partial class AddressAllocator
{
    private static readonly TimeSpan JournalRetry = TimeSpan.FromSeconds(1);

    // Workloads whose last record is not on disk yet, with that record's sequence number.
    private readonly SortedDictionary<WorkloadId, long> _unwritten = [];
    private readonly SortedDictionary<long, Change> _writing = [];
    private Instant? _journalBrokenUntil;
    private long _journalSequence;

    // What is being written; what the workload had before; and where the addresses stood that it takes.
    private sealed record Change(
        JournalRecord Record, WorkloadAssigned? Before, IReadOnlyList<(IpAddress Address, AddressBook.Idle? Stood)> Taken);

    /// <summary>Workloads whose last record is not on disk yet.</summary>
    public IReadOnlyDictionary<WorkloadId, long> Unwritten => _unwritten;

    /// <summary>Whether a record of a tunnel address is not on disk yet.</summary>
    public bool IsTunnelUnwritten { get; private set; }

    /// <summary>Until when nothing is written that can wait, since the journal could not be written a moment ago.</summary>
    public Instant? JournalBrokenUntil => _journalBrokenUntil;

    private bool IsJournalBroken => _journalBrokenUntil is not null;

    /// <summary>The shortest journal that says what is on disk now; none while a record is on its way there.</summary>
    public IReadOnlyList<JournalRecord>? CompactJournal => _writing.Count == 0 ? Book.ToRecords() : null;

    private Instant? JournalDeadline => _journalBrokenUntil;

    /// <summary>Changes the book and asks for the record to be put on disk. What follows from it waits for that.</summary>
    public void Write(JournalRecord record, List<AllocatorAction> actions)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(actions);
        WorkloadAssigned? before = IdOf(record) is { } known && Book.TryGet(known, out Assignment? held) && !held.Releasing
            ? held.Record
            : null;

        Change change = new(record, before, [.. AddressesOf(record).Where(a => !Book.IsTaken(a)).Select(a => (a, Book.IdleOf(a)))]);

        // An address is free only when its release is on disk; everything else is taken at once.
        if (!Frees(record))
        {
            Invariant.Holds(Book.Apply(record, _settledAt) is null);
        }

        long sequence = ++_journalSequence;
        _writing[sequence] = change;
        _stockIsDue = true;
        Changes++;
        FollowHeld();
        if (record is TunnelAssigned or TunnelReleased)
        {
            IsTunnelUnwritten = true;
        }
        else if (IdOf(record) is { } id)
        {
            _unwritten[id] = sequence;
        }

        actions.Add(new AllocatorAction.WriteJournal(sequence, record));
    }

    /// <summary>A record is on disk, or could not be written.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="error">Why nothing of it was written; none if it is on disk.</param>
    /// <param name="now">The present.</param>
    /// <returns>The record; none if it is of a former run.</returns>
    public WrittenRecord? TakeWritten(long sequence, string? error, Instant now)
    {
        if (!_writing.Remove(sequence, out Change? change))
        {
            return null;
        }

        JournalRecord record = change.Record;
        _stockIsDue = true;
        Changes++;
        if (record is TunnelAssigned or TunnelReleased)
        {
            IsTunnelUnwritten = false;
        }
        else if (IdOf(record) is { } id && _unwritten.GetValueOrDefault(id) == sequence)
        {
            _unwritten.Remove(id);
        }

        IReadOnlyCollection<WorkloadId> concerned = [];
        if (error is not null)
        {
            _journalBrokenUntil = now.After(JournalRetry);
            Undo(record, change.Before, now);
            foreach ((IpAddress address, AddressBook.Idle? stood) in change.Taken)
            {
                Book.PutBack(address, stood);
            }
        }
        else
        {
            _journalBrokenUntil = null;
            if (Frees(record))
            {
                ForgetLost(record);
                Invariant.Holds(Book.Apply(record, now) is null);
            }

            if (record is BlockSettled settled)
            {
                _yields.Remove(settled.Cidr);
                PutIfOurs(settled.Cidr, now);
                concerned = FollowOwners([settled.Cidr]);
            }
            else if (record is BlockYielded yielded)
            {
                _takenBack.Remove(yielded.Cidr);
            }
        }

        FollowHeld();
        return new WrittenRecord(record, change.Before, error, concerned);
    }

    /// <summary>The workload that a record is of; none if it is of none.</summary>
    public static WorkloadId? IdOf(JournalRecord record) => record switch
    {
        WorkloadAssigned assigned => assigned.Id,
        WorkloadReleasing releasing => releasing.Id,
        WorkloadReleased released => released.Id,
        _ => null,
    };

    private static IReadOnlyList<IpAddress> AddressesOf(JournalRecord record) => record switch
    {
        WorkloadAssigned assigned => assigned.Addresses,
        TunnelAssigned tunnel => [tunnel.Address],
        AddressLent lent => [lent.Address],
        _ => [],
    };

    private static bool Frees(JournalRecord record) =>
        record is WorkloadReleased or TunnelReleased or AddressReturned or BlockSettled or RevisionKnown;

    private void EndBrokenJournal(Instant now)
    {
        if (_journalBrokenUntil <= now)
        {
            _journalBrokenUntil = null;
            _stockIsDue = true; // What waited for it.
        }
    }

    private bool IsWriting<T>(Predicate<T>? which = null)
        where T : JournalRecord => _writing.Values.Any(w => w.Record is T record && which?.Invoke(record) != false);

    // Nothing follows from a record that is not on disk: what it gave is taken back.
    private void Undo(JournalRecord record, WorkloadAssigned? before, Instant now)
    {
        switch (record)
        {
            case WorkloadAssigned or WorkloadReleasing when before is not null:
                Book.Apply(before, now);
                break;
            case WorkloadAssigned assigned:
                Book.Apply(new WorkloadReleased(assigned.Id), now);
                break;
            case TunnelAssigned tunnel:
                Book.Apply(new TunnelReleased(tunnel.Address), now);
                break;
            case AddressLent lent:
                Book.Apply(new AddressReturned(lent.Loan), now);
                break;
            case BlockYielded yielded:
                Book.Keep(yielded.Cidr);
                _yields.Remove(yielded.Cidr);
                PutIfOurs(yielded.Cidr, now);
                break;
            default:
                break;
        }
    }
}
