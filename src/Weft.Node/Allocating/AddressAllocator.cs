using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Plan;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Allocating;

/// <summary>Gives out addresses of the node's own blocks, and keeps the journal that says whose they are: a machine without
/// I/O. Plan, answers of the server, records that reached the disk and time go in; <see cref="AllocatorAction"/>s come out.
/// </summary>
/// <remarks>No address is anybody's before its record is on disk, and none is free before that is. A workload's address never
/// waits for the server while a block of the node has a free one. What an older plan says of blocks and loans is not
/// believed: <see cref="AddressBook.Horizon"/>.</remarks>
/// <param name="plan">The plan; the owner applies its frames, and then calls <see cref="FollowPlan"/>.</param>
/// <param name="findings">Where it says what is not right.</param>
internal sealed partial class AddressAllocator(NodePlan plan, SortedDictionary<string, Finding> findings)
{
    private const string ReservationKeys = "reservation/";
    private const string BlockKeys = "block/";
    private const string LoanKeys = "loan/";

    // The server that the agent is connected to is behind for as long; then it has another history.
    private static readonly TimeSpan BehindMax = TimeSpan.FromSeconds(30);

    private static readonly IpFamily[] Families = [IpFamily.Ipv4, IpFamily.Ipv6];

    private readonly SortedDictionary<string, PoolEntry> _pools = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, OwnBlockEntry> _ownBlocks = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ReservationEntry> _reservations = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, LoanEntry> _loanEntries = new(StringComparer.Ordinal);
    private string _node = "";
    private ServerLink _link;
    private Instant _settledAt;
    private Instant? _behindSince;
    private long _deletedAt;

    // What a deleted node had, and that revision: none of it may be used, and the journal is to say so.
    private readonly SortedDictionary<IpPrefix, long> _takenBack = [];

    // Something happened to blocks, pools or addresses: whether a block is to be claimed or given back is looked at.
    private bool _stockIsDue = true;

    private enum ServerLink
    {
        Unknown,
        Connected,
        Lost,
    }

    /// <summary>Whose the addresses are.</summary>
    public AddressBook Book { get; } = new();

    /// <summary>The pools of the plan, in the order of their names.</summary>
    public IReadOnlyCollection<PoolEntry> Pools => _pools.Values;

    /// <summary>The blocks that the plan gives this node.</summary>
    public IReadOnlyCollection<OwnBlockEntry> OwnBlocks => _ownBlocks.Values;

    /// <summary>The server said that it does not know this node: the last plan stays, and nothing is given back on it.
    /// </summary>
    public bool IsForgotten { get; private set; }

    /// <summary>And that was somebody's wish, and not a lost store: its blocks may be another node's.</summary>
    public bool IsDeleted { get; private set; }

    /// <summary>Somebody has deleted this node, and the fleet waits until it has given back what it has.</summary>
    public bool IsLeaving => Self is { Leaving: true };

    /// <summary>Grows with everything that may change how the blocks are used.</summary>
    public long Changes { get; private set; }

    /// <summary>When <see cref="Settle"/> is to be called again, if nothing happens before.</summary>
    public Instant? NextDeadline
    {
        get
        {
            Instant? earliest = Earliest(ClaimsDeadline, JournalDeadline);
            earliest = Earliest(earliest, Earliest(YieldsDeadline, LoansDeadline));
            return Earliest(earliest, IfAhead(_behindSince?.After(BehindMax)));
        }
    }

    private AllocationEntry Allocation =>
        plan.TryGet(AllocationEntry.TheKey, out PlanEntry? entry) && entry is AllocationEntry found ? found : new AllocationEntry();

    /// <summary>How long an address rests after its release.</summary>
    public TimeSpan Cooldown => TimeSpan.FromSeconds(Allocation.CooldownSeconds);

    private SelfEntry? Self => plan.TryGet(SelfEntry.TheKey, out PlanEntry? entry) ? entry as SelfEntry : null;

    // A plan that is older than what the journal followed from: others may have what it says is ours.
    private bool IsBehind => plan.Revision < Book.Horizon;

    // Only on what a server that knows this node says now is anything given back or lent.
    private bool IsCurrent => _link == ServerLink.Connected && !IsForgotten && !IsDeleted && !IsBehind && Self is not null;

    /// <summary>The first event: what was on disk.</summary>
    /// <returns>Records that contradict others, in words.</returns>
    public IReadOnlyList<string> Start(string node, IReadOnlyList<JournalRecord> journal, Instant now)
    {
        ArgumentNullException.ThrowIfNull(journal);
        _node = node;
        _settledAt = now;
        _heldIsDue = true;
        List<string> contradictions = [];
        foreach (JournalRecord record in journal)
        {
            if (Book.Apply(record, now) is { } contradiction)
            {
                contradictions.Add(contradiction);
            }
        }

        return contradictions;
    }

    /// <summary>Goes on to what the plan says now.</summary>
    /// <param name="touched">The keys of entries that are new, changed or gone.</param>
    /// <param name="now">The present.</param>
    /// <returns>Workloads of which an address is another node's from now on, or is not any more.</returns>
    public IReadOnlyCollection<WorkloadId> FollowPlan(IReadOnlyList<string> touched, Instant now)
    {
        ArgumentNullException.ThrowIfNull(touched);
        bool reservations = false;
        List<IpPrefix> blocks = [];
        foreach (string key in touched)
        {
            plan.TryGet(key, out PlanEntry? entry);
            Follow(_pools, key, entry);
            Follow(_loanEntries, key, entry);
            if (entry is null && key.StartsWith(LoanKeys, StringComparison.Ordinal))
            {
                findings.Remove($"loan {key[LoanKeys.Length..]}");
            }

            Follow(_reservations, key, entry);
            reservations |= key.StartsWith(ReservationKeys, StringComparison.Ordinal);
            if (key.StartsWith(BlockKeys, StringComparison.Ordinal) && IpPrefix.TryParse(key[BlockKeys.Length..], out IpPrefix cidr))
            {
                if (entry is null && _ownBlocks.GetValueOrDefault(key) is { Lender: not null })
                {
                    _unlent.Add(cidr.Address);
                }

                Follow(_ownBlocks, key, entry);
                FollowBlock(cidr, entry, now);
                blocks.Add(cidr);
            }
        }

        if (reservations)
        {
            Book.Reserve(_reservations.Values.SelectMany(r => r.Cidrs), now);
        }

        blocks.AddRange(Book.Yielded.Keys.Concat(_takenBack.Keys));
        _stockIsDue |= touched.Count > 0;
        _heldIsDue |= blocks.Count > 0;
        if (touched.Count > 0)
        {
            _tunnelsRefused.Clear(); // There may be another pool by now.
        }

        Changes += touched.Count;
        return FollowOwners(blocks);
    }

    /// <summary>The server does not know this node any more; the plan that it sent was not applied.</summary>
    /// <param name="revision">The revision at which it does not.</param>
    /// <param name="isDeleted">Whether somebody wished so: then it stays so until a plan knows the node again, and what it had is
    /// not used any more, unless the store gives it to this node anew.</param>
    /// <param name="actions">Where records go.</param>
    public void BeForgotten(long revision, bool isDeleted, List<AllocatorAction> actions)
    {
        IsForgotten = true;
        _heldIsDue = true;
        IsDeleted |= isDeleted;
        _deletedAt = IsDeleted ? revision : 0;
        if (isDeleted)
        {
            LoseAll(revision, actions);
        }
    }

    /// <summary>What this node had until a revision was taken back: it is not used any more, unless the store gives it to this node
    /// anew.</summary>
    /// <param name="revision">The revision: no plan at it or before it is believed.</param>
    /// <param name="actions">Where records go.</param>
    public void LoseAll(long revision, List<AllocatorAction> actions)
    {
        foreach (IpPrefix cidr in _ownBlocks.Values.Select(block => block.Cidr).Concat(Outside()).Where(c => !Book.Yielded.ContainsKey(c)).ToList())
        {
            _takenBack[cidr] = revision;
        }

        _heldIsDue = true;
        YieldTakenBack(actions);
    }

    /// <summary>The server sent a plan or a part of one, which was applied.</summary>
    public void PlanArrived(bool isWhole)
    {
        _link = ServerLink.Connected;
        _heldIsDue |= isWhole || IsForgotten;
        (IsForgotten, IsDeleted, _deletedAt) = (false, false, 0);
        _stockIsDue = true;
        if (isWhole)
        {
            // What was asked of a server may be unknown to this one, or undone: asking again is safe.
            _claims.Clear();
            _loanRequests.Clear();
            _decisions.Clear();
            foreach (Yield yield in _yields.Values)
            {
                (yield.IsAsked, yield.Revision) = (false, null);
            }
        }
    }

    /// <summary>The connection to the server ended, or could not be made.</summary>
    public void ServerLost() => _link = ServerLink.Lost;

    /// <summary>How the addresses of the node's blocks are used, in the order of the blocks.</summary>
    public IReadOnlyList<BlockUse> UseOfBlocks(Instant now)
    {
        List<BlockUse> uses = [];
        foreach (OwnBlockEntry own in _ownBlocks.Values.OrderBy(b => b.Cidr))
        {
            if (Book.BlockOf(own.Cidr.Address) is { } block && block.Cidr == own.Cidr)
            {
                int resting = Book.RestingIn(own.Cidr, now, Cooldown);
                int reserved = (int)(block.Gone - (UInt128)block.Taken);
                int free = (int)(block.Cidr.Count - block.Gone) - resting;
                uses.Add(new BlockUse(own.Cidr, block.Workloads, block.Tunnels, block.Lent, reserved, resting, free));
            }
        }

        return uses;
    }

    /// <summary>Does what is due, before workloads get addresses.</summary>
    public void Settle(Instant now, List<AllocatorAction> actions)
    {
        ArgumentNullException.ThrowIfNull(actions);
        _settledAt = now;
        _cools = null;
        EndBrokenJournal(now);
        SettleHistory(now, actions);
        SettleDeletion(actions);
        YieldTakenBack(actions);
        DropAnsweredClaims(now);
        SettleYields(now, actions);
        ReturnLoans(actions);
        LendAddresses(now, actions);
        AllocateTunnels(now, actions);
    }

    /// <summary>Does what is due, after workloads got theirs.</summary>
    public void Tidy(Instant now, List<AllocatorAction> actions)
    {
        ArgumentNullException.ThrowIfNull(actions);
        ForgetRefusals(now);
        ForgetLoanRequests(now);
        if (_stockIsDue || _stockAt <= now)
        {
            _stockIsDue = false;
            _stockAt = null;
            YieldEmptyBlocks(now, actions);
            ClaimAhead(now, actions);
        }

        SettleYields(now, actions);
        ClaimHeld(actions);
    }

    // Another history: a store that was restored, or made anew. It counts when it has lasted.
    private void SettleHistory(Instant now, List<AllocatorAction> actions)
    {
        if (_link != ServerLink.Connected || IsForgotten || !IsBehind)
        {
            _behindSince = null;
            findings.Remove("history");
            return;
        }

        _behindSince ??= now;
        Find("history", FindingSeverity.Error, $"the server's revision {plan.Revision} is older than {Book.Horizon}, which this node has "
            + "seen: no address is given out until it has caught up, or for half a minute", $"Node/{_node}");
        if (_behindSince.Value.After(BehindMax) <= now && !IsJournalBroken && !IsWriting<RevisionKnown>())
        {
            actions.Add(new AllocatorAction.Note(FindingSeverity.Error, $"the server's revision {plan.Revision} stays older than "
                + $"{Book.Horizon}: its store has another history, which counts from now on"));
            Write(new RevisionKnown(plan.Revision), actions);
        }
    }

    // On disk: the next run begins with the plan that has the node and its blocks, and nobody may be there to say otherwise.
    private void SettleDeletion(List<AllocatorAction> actions)
    {
        if (_deletedAt > Book.Horizon && !IsJournalBroken && !IsWriting<RevisionKnown>())
        {
            Write(new RevisionKnown(_deletedAt), actions);
        }
    }

    // What was due and could not be done waits for what is in its way, not for a time.
    private Instant? IfAhead(Instant? at) => at > _settledAt ? at : null;

    private static Instant? Earliest(Instant? a, Instant? b) => a is { } x && b is { } y ? (x < y ? x : y) : a ?? b;

    private void Find(string key, FindingSeverity severity, string message, string subject) =>
        findings[key] = new Finding(severity, subject, message);

    private static string NameOf(IpFamily family) => family == IpFamily.Ipv4 ? "IPv4" : "IPv6";

    private static void Follow<T>(SortedDictionary<string, T> picked, string key, PlanEntry? entry)
        where T : PlanEntry
    {
        if (entry is T value)
        {
            picked[key] = value;
        }
        else
        {
            picked.Remove(key);
        }
    }
}
