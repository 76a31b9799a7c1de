using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Plan.Entries;

namespace Weft.Node.Allocating;

/// <summary>What came of looking for a workload's addresses: they, or why there are none; neither if they may come soon.</summary>
/// <param name="Addresses">The addresses, in the order of their families; none yet, or none at all.</param>
/// <param name="WhyNot">Why there are none, and none is on its way.</param>
/// <param name="IsForNow">Whether that may be otherwise soon.</param>
/// <param name="Mend">What helps, where that is not to look at the pools.</param>
internal readonly record struct AllocationOutcome(
    IReadOnlyList<IpAddress>? Addresses, string? WhyNot = null, bool IsForNow = false, string? Mend = null);

/// <content>Addresses for workloads, and for the node itself.</content>
internal sealed partial class AddressAllocator
{
    // When the first address cools that somebody waits for.
    private Instant? _cools;

    /// <summary>Looks for the addresses of a workload that has none: all that it is to get, or none of them. Nothing is taken
    /// before <see cref="Write"/>.</summary>
    /// <param name="call">What its runtime asks for.</param>
    /// <param name="until">Until when it waits.</param>
    /// <param name="now">The present.</param>
    /// <param name="actions">Where questions to the server go.</param>
    public AllocationOutcome Allocate(AgentCall call, Instant until, Instant now, List<AllocatorAction> actions)
    {
        ArgumentNullException.ThrowIfNull(call);
        if (WhyClosed is { } closed)
        {
            return new AllocationOutcome(null, closed, Mend: "connect it on another node; or apply the Node again, once weft get nodes does not show it any more");
        }

        if (plan.Revision == 0 || IsBehind)
        {
            // The plan may be on its way.
            return IsBehind && _link == ServerLink.Lost
                ? new AllocationOutcome(null, $"it waits for {Awaited}, and the server cannot be reached", IsForNow: true)
                : default;
        }

        if (_isLentUnknown)
        {
            return default;
        }

        NamespaceEntry? space = plan.TryGet(NamespaceEntry.KeyOf(call.Namespace), out PlanEntry? entry) ? entry as NamespaceEntry : null;
        if (space is null && _link != ServerLink.Connected && Pools.Any(p => p is { Allocates: true, ClosedByDefault: true }))
        {
            return _link == ServerLink.Unknown ? default : new AllocationOutcome(null, $"which pools are open to namespace {call.Namespace} is "
                + "not known on this node, and the server cannot be reached", IsForNow: true);
        }

        IReadOnlyList<AddressWish> wishes = new PoolChoice(Pools, space, _node).WishesOf(call, out string? whyNot);
        if (whyNot is not null)
        {
            return new AllocationOutcome(null, whyNot);
        }

        List<IpAddress> found = [];
        Refusal? why = null;
        foreach (AddressWish wish in wishes)
        {
            IpAddress? address = wish.Fixed is { } wanted
                ? Fixed(wish.Pools[0], wanted, now, actions, out Refusal? refused)
                : Next(wish.Pools, until, mayBorrow: true, now, actions, out refused);
            why ??= refused;
            if (address is { } value)
            {
                found.Add(value);
            }
        }

        return why is not null ? new AllocationOutcome(null, why.Why, why.Unreachable)
            : found.Count == wishes.Count ? new AllocationOutcome(found)
            : default;
    }

    /// <summary>Why a workload that came now would get no address, or would have to wait for a server that is not there; none if
    /// it would get one. Nothing is asked for.</summary>
    public string? WhyNone(AgentCall call, Instant now)
    {
        if (WhyClosed is { } closed)
        {
            return closed;
        }

        IReadOnlyList<AddressWish> wishes = new PoolChoice(Pools, null, _node).WishesOf(call, out string? whyNot);
        foreach (AddressWish wish in wishes)
        {
            bool isHere = wish.Pools.SelectMany(p => (string[])[p.Name, BorrowedOf(p.Name)])
                .Any(group => Book.NextFree(group, now, Cooldown, out _) is not null);
            Refusal? why = null;
            if (!isHere && (_link != ServerLink.Connected || !wish.Pools.Any(p => MayClaim(p, null, now, out why))))
            {
                whyNot ??= why?.Why ?? $"this node has no free address of IPPool {string.Join(", ", wish.Pools.Select(p => p.Name))}, "
                    + "and the server cannot be reached for a block";
            }
        }

        return whyNot;
    }

    // A deleted node's blocks are on their way to others: who has an address of them keeps it until it is taken back, and nobody gets
    // a new one.
    private string? WhyClosed => IsDeleted ? $"Node {_node} was deleted: apply it again"
        : IsLeaving ? $"Node {_node} was deleted, and is being removed"
        : null;

    /// <summary>The next address of pools: of own blocks, then of borrowed ones; else a block is asked for, pool by pool, until
    /// one is not refused; else an address of another node's.</summary>
    private IpAddress? Next(
        IReadOnlyList<PoolEntry> pools, Instant until, bool mayBorrow, Instant now, List<AllocatorAction> actions, out Refusal? why)
    {
        why = null;
        Instant? cools = null;
        foreach (string group in pools.Select(p => p.Name).Concat(mayBorrow ? pools.Select(p => BorrowedOf(p.Name)) : []))
        {
            if (Book.NextFree(group, now, Cooldown, out Instant? cool) is { } address)
            {
                return address;
            }

            cools = Earliest(cools, cool);
        }

        foreach (PoolEntry pool in pools)
        {
            if (MayClaim(pool, null, now, out Refusal? refused))
            {
                BeginClaim(pool.Name, null, ahead: false, actions);
                why = null;
                return null;
            }

            why ??= refused;
        }

        if (mayBorrow && why is { Unreachable: false } && !Allocation.StrictAffinity)
        {
            Refusal? unlent = null;
            foreach (PoolEntry pool in pools)
            {
                if (TryBorrow(pool.Name, null, now, actions, out Refusal? refused))
                {
                    why = null;
                    return null;
                }

                unlent ??= refused;
            }

            why = unlent is null ? why : why with { Why = $"{why.Why}; nor can one be borrowed: {unlent.Why}", Unreachable = unlent.Unreachable };
        }

        if (cools is { } soon && why is not null)
        {
            _cools = soon <= until ? Earliest(_cools, soon) : _cools;
            why = soon <= until ? null : why with
            {
                Why = $"{why.Why}; the next address that was released rests until "
                + $"{Math.Ceiling(soon.Since(now).TotalSeconds):0} s from now (ipCooldownSeconds)"
            };
        }

        return null;
    }

    // Of an own block it is given if it is free, also while it rests, as its runtime asks for just this one; reserved addresses
    // are given to who names them (Calico: a reservation concerns automatic assignment only).
    private IpAddress? Fixed(PoolEntry pool, IpAddress wanted, Instant now, List<AllocatorAction> actions, out Refusal? why)
    {
        why = null;
        if (Book.OwnerOf(wanted) is { } owner)
        {
            why = new Refusal(pool.Name, $"{wanted} belongs to {owner}", false, now);
            return null;
        }

        if (Book.BlockOf(wanted) is not null)
        {
            return wanted;
        }

        if (Book.Yielded.Keys.Any(b => b.Contains(wanted)))
        {
            return null; // It is being given back, and can be asked for again then.
        }

        if (BlockHolding(wanted) is RemoteBlockEntry other)
        {
            if (Allocation.StrictAffinity || other.Cidr.IsHost)
            {
                why = new Refusal(pool.Name, $"{wanted} is of {(other.Cidr.IsHost ? "" : $"block {other.Cidr} of ")}node {other.Node}"
                    + (Allocation.StrictAffinity ? ", and strictAffinity lets no other node use it" : ""), false, now);
            }
            else
            {
                TryBorrow(pool.Name, wanted, now, actions, out why);
            }
        }
        else if (MayClaim(pool, wanted, now, out why))
        {
            BeginClaim(pool.Name, wanted, ahead: false, actions);
        }

        return null;
    }

    private bool MayClaim(PoolEntry pool, IpAddress? wanted, Instant now, out Refusal? why)
    {
        if (Allocation.ClaimsNoBlocks)
        {
            why = new Refusal(pool.Name, $"no block of IPPool {pool.Name} on node {_node} has a free address, and autoAllocateBlocks "
                + "of the IPAMConfiguration is false: no other is claimed", false, now);
            return false;
        }

        bool isRefused = _refused.TryGetValue(KeyOf(pool.Name, wanted), out why) && why.Until > now;
        why = isRefused ? why : null;
        return !isRefused;
    }
}
