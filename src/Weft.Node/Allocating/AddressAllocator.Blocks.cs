using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Allocating;

/// <content>The node's blocks: taken over from the plan, and given back when nobody has an address of them. A block that is
/// given back is yielded in the journal first, so that no plan, however old, brings an address of it back into use.</content>
internal sealed partial class AddressAllocator
{
    /// <summary>How long a block is kept that is empty, and not needed.</summary>
    public static TimeSpan EmptyKept => TimeSpan.FromMinutes(1);

    /// <summary>How long a borrowed address is kept that nobody has any more: a workload that is started anew finds it.</summary>
    public static TimeSpan LoanKept => TimeSpan.FromSeconds(2);

    private static readonly TimeSpan YieldRetry = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<IpPrefix, Yield> _yields = [];
    private Instant? _stockAt;

    private Instant? YieldsDeadline
    {
        get
        {
            Instant? earliest = null;
            foreach (Yield yield in _yields.Values.Where(y => !y.IsAsked))
            {
                earliest = Earliest(earliest, IfAhead(yield.RetryAt));
            }

            return earliest;
        }
    }

    private sealed class Yield
    {
        public bool IsAsked { get; set; }

        public Instant? RetryAt { get; set; }

        // The revision from which on plans show what came of it.
        public long? Revision { get; set; }
    }

    /// <summary>The server's answer to a release.</summary>
    /// <param name="cidr">The block.</param>
    /// <param name="revision">The revision from which on the block is not this node's.</param>
    /// <param name="error">Why it was not taken back; none if it was.</param>
    /// <param name="now">The present.</param>
    public void TakeRelease(IpPrefix cidr, long revision, string? error, Instant now)
    {
        if (error is null)
        {
            findings.Remove($"release {cidr}");
        }

        if (_yields.TryGetValue(cidr, out Yield? yield))
        {
            yield.IsAsked = false;
            yield.RetryAt = error is null ? null : now.After(YieldRetry);
            yield.Revision = error is null ? revision : null;
            if (error is not null)
            {
                Find($"release {cidr}", FindingSeverity.Notice, $"the server has not taken the block back: {error}", $"IPAMBlock/{cidr}");
            }
        }
    }

    private static string GroupOf(OwnBlockEntry block) => block.Lender is null ? block.Pool : BorrowedOf(block.Pool);

    // No pool has this name.
    private static string BorrowedOf(string pool) => $"{pool}/borrowed";

    private void FollowBlock(IpPrefix cidr, PlanEntry? entry, Instant now)
    {
        Book.Drop(cidr);
        FollowRemote(cidr, entry as RemoteBlockEntry);
        PutIfOurs(cidr, now);
    }

    private void PutIfOurs(IpPrefix cidr, Instant now)
    {
        if (_ownBlocks.TryGetValue(RemoteBlockEntry.KeyOf(cidr), out OwnBlockEntry? block) && !Book.Yielded.ContainsKey(cidr))
        {
            Book.Put(cidr, GroupOf(block), now);
            _stockIsDue = true;
        }
    }

    /// <summary>Looks for blocks that are not needed: of a pool that goes, or that gives this node no addresses any more, each
    /// one that is empty; of others, those without which no more than half of the addresses are taken: far from where the next
    /// block is claimed. The last one stays.</summary>
    private void YieldEmptyBlocks(Instant now, List<AllocatorAction> actions)
    {
        if (!IsCurrent || IsJournalBroken)
        {
            return;
        }

        if (IsLeaving)
        {
            YieldAll(now, actions);
            return;
        }

        foreach (PoolEntry pool in Pools)
        {
            foreach (BlockState block in Book.BlocksOf(BorrowedOf(pool.Name)).Where(b => b.Taken == 0).ToList())
            {
                YieldWhenDue(block, pool.Terminating ? now : block.EmptySince.After(LoanKept), now, actions);
            }

            foreach (BlockState block in Book.BlocksOf(pool.Name).Where(b => b.Taken == 0).Reverse().ToList())
            {
                // Cooling ends before another node may have it.
                Instant empty = block.EmptySince.After(EmptyKept);
                Instant cool = block.RestedLast.After(Cooldown);
                if (pool.Terminating)
                {
                    YieldWhenDue(block, now, now, actions);
                }
                else if (!Allocation.ClaimsNoBlocks && (!pool.Allocates || IsSpare(pool, block)))
                {
                    YieldWhenDue(block, empty > cool ? empty : cool, now, actions);
                }
            }
        }
    }

    // Of a node that is being removed: what is lent of a block, its borrowers keep until they give it back to the store.
    private void YieldAll(Instant now, List<AllocatorAction> actions)
    {
        foreach (OwnBlockEntry own in _ownBlocks.Values.ToList())
        {
            if (Book.Find(own.Cidr) is { } block && block.Taken == block.Lent)
            {
                YieldWhenDue(block, own.Lender is null ? block.RestedLast.After(Cooldown) : now, now, actions);
            }
        }
    }

    // What a deleted node had: in the journal, since the plan on disk may still show it when others have it.
    private void YieldTakenBack(List<AllocatorAction> actions)
    {
        foreach ((IpPrefix cidr, long revision) in _takenBack.Where(_ => !IsJournalBroken).ToList())
        {
            if (!IsWriting<BlockYielded>(r => r.Cidr == cidr))
            {
                Write(new BlockYielded(cidr, revision), actions);
            }
        }
    }

    private bool IsSpare(PoolEntry pool, BlockState block)
    {
        (UInt128 all, UInt128 gone) = Book.CountOf(pool.Name);
        (UInt128 left, UInt128 taken) = (all - block.Cidr.Count, gone - block.Gone);
        return left > 0 && taken * 2 <= left;
    }

    private void YieldWhenDue(BlockState block, Instant due, Instant now, List<AllocatorAction> actions)
    {
        if (due > now)
        {
            _stockAt = Earliest(_stockAt, due);
            return;
        }

        Invariant.Holds(!Book.Uses(block.Cidr));
        Book.Drop(block.Cidr);
        Write(new BlockYielded(block.Cidr, plan.Revision), actions);
    }

    private void SettleYields(Instant now, List<AllocatorAction> actions)
    {
        if (!IsCurrent)
        {
            return;
        }

        foreach ((IpPrefix cidr, long decidedOn) in Book.Yielded.ToList())
        {
            if (IsWriting<BlockYielded>(r => r.Cidr == cidr) || IsWriting<BlockSettled>(r => r.Cidr == cidr) || IsJournalBroken)
            {
                continue;
            }

            bool isOurs = _ownBlocks.ContainsKey(RemoteBlockEntry.KeyOf(cidr));
            if (Book.Uses(cidr))
            {
                // Taken back when the node was deleted: nobody uses it here before the store has given it to this node anew.
                if (isOurs && plan.Revision > decidedOn)
                {
                    Write(new BlockSettled(cidr, plan.Revision), actions);
                }

                continue;
            }

            if (!_yields.TryGetValue(cidr, out Yield? yield))
            {
                yield = new Yield();
                _yields.Add(cidr, yield);
            }

            // The plan on which it was decided had the block: one from then on without it, or from the answer on, is news.
            if ((!isOurs && plan.Revision >= decidedOn) || plan.Revision >= yield.Revision)
            {
                findings.Remove($"release {cidr}");
                Write(new BlockSettled(cidr, plan.Revision), actions);
            }
            else if (!yield.IsAsked && yield.Revision is null && !(yield.RetryAt > now))
            {
                yield.IsAsked = true;
                actions.Add(new AllocatorAction.ReleaseBlock(cidr, decidedOn));
            }
        }
    }
}
