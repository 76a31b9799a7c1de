using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Net;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Allocating;

/// <content>Blocks are asked for when there is no free address left, and before.</content>
internal sealed partial class AddressAllocator
{
    /// <summary>Of a hundred addresses of a pool's own blocks, how many are taken when the next block is asked for.</summary>
    public const int ClaimAheadPercent = 80;

    private static readonly TimeSpan ClaimRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShownWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RefusalKept = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClaimAheadRetryMax = TimeSpan.FromMinutes(5);

    // Claims on their way, and those whose last claim was refused, by what they ask for: a pool, or one address of it.
    private readonly SortedDictionary<string, Claim> _claims = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Refusal> _refused = new(StringComparer.Ordinal);

    // Pools of which no further block could be had ahead of need: how long the pause is, and when it ends.
    private readonly SortedDictionary<string, (TimeSpan Pause, Instant Until)> _aheadRefused = new(StringComparer.Ordinal);

    /// <summary>What workloads that have no address yet wait for; none if for nothing of the server.</summary>
    public string? Awaited => IsBehind
        ? $"a plan of revision {Book.Horizon} or later: the one that there is has {plan.Revision}, and blocks of it may be another node's"
        : _isLentUnknown ? "the address journal"
        : _claims.Values.Where(c => !c.IsAhead).Select(c => $"a block of pool {c.Pool}{(c.NotYet.Length == 0 ? "" : $" ({c.NotYet})")}")
        .Concat(_loanRequests.Values.Select(l => $"an address of pool {l.Pool} that another node lends"))
        .FirstOrDefault();

    private Instant? ClaimsDeadline
    {
        get
        {
            Instant? earliest = Earliest(_stockAt, _cools);
            if (!IsTunnelUnwritten && _claims.Count == 0)
            {
                foreach (PoolEntry pool in Pools.Where(p => p is { Allocates: true, Tunnels: true } && LacksTunnel(p.Cidr.Family)))
                {
                    earliest = Earliest(earliest, _refused.TryGetValue(pool.Name, out Refusal? refused)
                        && refused.Until > _settledAt ? refused.Until : null);
                }
            }

            foreach (Refusal refused in _refused.Values)
            {
                earliest = Earliest(earliest, refused.Until.After(RefusalKept));
            }

            foreach (Claim claim in _claims.Values)
            {
                earliest = Earliest(earliest, claim.Until);
            }

            return earliest;
        }
    }

    private sealed class Claim(string pool, IpAddress? wanted)
    {
        public string Pool { get; } = pool;

        public IpAddress? Wanted { get; } = wanted;

        // Whether nobody waits for it.
        public bool IsAhead { get; set; }

        // The block that was given, and until when the plan is waited for that shows it: other nodes hear of it first.
        public IpPrefix? Block { get; set; }

        // Why the server gives none yet; empty if it did not say so.
        public string NotYet { get; set; } = "";

        public Instant? Until { get; set; }
    }

    /// <summary>Why there is none, and until when that counts.</summary>
    private sealed record Refusal(string Pool, string Why, bool Unreachable, Instant Until);

    /// <summary>The server gives no block yet: it is asked again in a moment, and who waits for one goes on waiting.</summary>
    public void TakeNotYet(string pool, IpAddress? wanted, string why, Instant now)
    {
        string key = KeyOf(pool, wanted);
        if (_claims.TryGetValue(key, out Claim? claim))
        {
            (claim.NotYet, claim.Until) = (why, now.After(ClaimRetry));
            if (claim.IsAhead)
            {
                _claims.Remove(key);
                RefuseAhead(pool, null, now);
            }
        }
    }

    /// <summary>The server's answer to a claim.</summary>
    public void TakeClaim(
        string pool, IpAddress? wanted, IpPrefix? cidr, string? error, bool unreachable, Instant now,
        List<AllocatorAction> actions)
    {
        string key = KeyOf(pool, wanted);
        _claims.TryGetValue(key, out Claim? claim);
        if (error is null && wanted is { } one && cidr?.Contains(one) != true)
        {
            error = $"the server has given block {cidr}, which does not hold {one}"; // Asking again would claim them all.
        }

        if (error is null)
        {
            _refused.Remove(key);
            _aheadRefused.Remove(pool);
            findings.Remove($"claim {key}");
            findings.Remove($"ahead {pool}");
            if (claim is not null)
            {
                (claim.Block, claim.Until) = (cidr, now.After(ShownWithin));
                DropAnsweredClaims(now);
            }

            return;
        }

        _claims.Remove(key);
        bool isAhead = claim is { IsAhead: true };
        if (wanted is null)
        {
            RefuseAhead(pool, isAhead && !unreachable ? error : null, now);
        }

        if (isAhead && wanted is null)
        {
            return;
        }

        _refused[key] = new Refusal(pool, error, unreachable, now.After(ClaimRetry));
        if (wanted is null && (!findings.TryGetValue($"claim {key}", out Finding? known) || known.Message != error))
        {
            Find($"claim {key}", FindingSeverity.Error, error, $"IPPool/{pool}");
            actions.Add(new AllocatorAction.Note(FindingSeverity.Error, $"no block of pool {pool}: {error}"));
        }
    }

    private static string KeyOf(string pool, IpAddress? wanted) => wanted is { } address ? $"{pool} {address}" : pool;

    private int OwnBlocksOf(string pool) => _ownBlocks.Values.Count(b => b.Pool == pool && b.Lender is null);

    private void BeginClaim(string pool, IpAddress? wanted, bool ahead, List<AllocatorAction> actions)
    {
        string key = KeyOf(pool, wanted);
        if (_claims.TryGetValue(key, out Claim? claim))
        {
            claim.IsAhead &= ahead;
            return;
        }

        _claims.Add(key, new Claim(pool, wanted) { IsAhead = ahead });
        actions.Add(new AllocatorAction.ClaimBlock(pool, OwnBlocksOf(pool), wanted));
    }

    // A claim stays open until the plan shows its block: else it would be asked for again.
    private void DropAnsweredClaims(Instant now)
    {
        foreach ((string key, Claim claim) in _claims.ToList())
        {
            bool isShown = claim.Block is { } block && _ownBlocks.ContainsKey(RemoteBlockEntry.KeyOf(block));
            if (isShown || claim.Until <= now || !_pools.ContainsKey(PoolEntry.KeyOf(claim.Pool)))
            {
                _claims.Remove(key);
            }
        }
    }

    // Whoever needs an address asks again sooner: what nobody asks for any more is no trouble any more.
    private void ForgetRefusals(Instant now)
    {
        foreach ((string key, Refusal refused) in _refused.ToList())
        {
            if (refused.Until.After(RefusalKept) <= now)
            {
                _refused.Remove(key);
                findings.Remove($"claim {key}");
            }
        }
    }

    // The next block comes before somebody waits for it.
    private void ClaimAhead(Instant now, List<AllocatorAction> actions)
    {
        foreach (string gone in _aheadRefused.Keys.Where(pool => !_pools.ContainsKey(PoolEntry.KeyOf(pool))).ToList())
        {
            _aheadRefused.Remove(gone);
            findings.Remove($"ahead {gone}");
        }

        foreach (PoolEntry pool in Pools)
        {
            if (!IsRunningOut(pool))
            {
                _aheadRefused.Remove(pool.Name);
                findings.Remove($"ahead {pool.Name}");
            }
            else if (_aheadRefused.TryGetValue(pool.Name, out (TimeSpan Pause, Instant Until) refused) && refused.Until > now)
            {
                _stockAt = Earliest(_stockAt, refused.Until);
                if (HasRoomBeside(pool))
                {
                    findings.Remove($"ahead {pool.Name}");
                }
            }
            else if (IsCurrent && !_claims.ContainsKey(pool.Name))
            {
                BeginClaim(pool.Name, null, ahead: true, actions);
            }
        }
    }

    private bool IsRunningOut(PoolEntry pool)
    {
        const uint Whole = 100;
        (UInt128 all, UInt128 gone) = Book.CountOf(pool.Name);
        return pool is { Allocates: true, Terminating: false, NoWorkloads: false } && !Allocation.ClaimsNoBlocks
            && all > 0 && gone * Whole >= all * (uint)ClaimAheadPercent
            && !(Allocation.MaxBlocksPerHost <= OwnBlocksOf(pool.Name));
    }

    // Who names no pool gets an address of another one.
    private bool HasRoomBeside(PoolEntry pool) => Pools.Any(other =>
        other.Name != pool.Name && other.Cidr.Family == pool.Cidr.Family
        && other is { Allocates: true, NoWorkloads: false, ByNameOnly: false, ClosedByDefault: false }
        && Book.CountOf(other.Name).All > 0 && !IsRunningOut(other));

    private void RefuseAhead(string pool, string? error, Instant now)
    {
        TimeSpan pause = _aheadRefused.TryGetValue(pool, out (TimeSpan Pause, Instant Until) last) ? last.Pause * 2 : ClaimRetry;
        pause = pause > ClaimAheadRetryMax ? ClaimAheadRetryMax : pause;
        _aheadRefused[pool] = (pause, now.After(pause));
        _stockIsDue = true;
        if (error is not null)
        {
            (UInt128 all, UInt128 gone) = Book.CountOf(pool);
            Find($"ahead {pool}", FindingSeverity.Notice, string.Create(CultureInfo.InvariantCulture,
                $"of {all} addresses of pool {pool} on this node {gone} are taken, and there is no further block: {error}"), $"IPPool/{pool}");
        }
    }
}
