using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Brain;
using Weft.Plan;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Tests.Node.Brain;

/// <summary>A server of one node: holds its plan, gives out blocks, follows publications.</summary>
internal sealed class FakeServer
{
    private readonly SortedDictionary<string, PlanEntry> _entries = new(StringComparer.Ordinal);

    public FakeServer(string node) => Node = node;

    public string Node { get; }

    public long Revision { get; private set; } = 1;

    /// <summary>The error for a claim, a release or a publication; none lets it pass.</summary>
    public string? Refusal { get; set; }

    public bool Reachable { get; set; } = true;

    /// <summary>Whether it takes publications, and shows nothing of them.</summary>
    public bool Forgets { get; set; }

    public int Claims { get; private set; }

    /// <summary>An address that another node lends; none if no node lends any.</summary>
    public IpAddress? Lendable { get; set; }

    public IEnumerable<WorkloadEntry> Workloads => _entries.Values.OfType<WorkloadEntry>();

    public IEnumerable<PlanEntry> Entries => _entries.Values;

    public void Put(params PlanEntry[] entries)
    {
        Revision++;
        foreach (PlanEntry entry in entries)
        {
            _entries[entry.Key] = entry;
        }
    }

    public void Remove(string key)
    {
        Revision++;
        _entries.Remove(key);
    }

    public PlanFrame Snapshot() => new() { Revision = Revision, Upserts = [.. _entries.Values] };

    public BrainEvent Answer(BrainAction.ClaimBlock claim)
    {
        Claims++;
        if (!Reachable || Refusal is not null)
        {
            return new BrainEvent.BlockClaimed(claim.Pool, null, Refusal ?? "the server cannot be reached", !Reachable, claim.Wanted);
        }

        PoolEntry? pool = _entries.GetValueOrDefault(PoolEntry.KeyOf(claim.Pool)) as PoolEntry;
        List<IpPrefix> own =
            [.. _entries.Values.OfType<OwnBlockEntry>().Where(b => b.Pool == claim.Pool && b.Lender is null).Select(b => b.Cidr).Order()];
        if (claim.Wanted is { } wanted && pool is not null)
        {
            IpPrefix holding = new(wanted, pool.BlockSize);
            Put(new OwnBlockEntry { Cidr = holding, Pool = claim.Pool });
            return new BrainEvent.BlockClaimed(claim.Pool, holding, null, false, wanted);
        }

        if (own.Count > claim.Have)
        {
            return new BrainEvent.BlockClaimed(claim.Pool, own[claim.Have], null);
        }

        for (int i = 0; pool is { Allocates: true } && (UInt128)i * 4 < pool.Cidr.Count; i++)
        {
            IpPrefix block = new(pool.Cidr.At((uint)(i * 4)), pool.BlockSize);
            if (!_entries.ContainsKey(RemoteBlockEntry.KeyOf(block)))
            {
                Put(new OwnBlockEntry { Cidr = block, Pool = claim.Pool });
                return new BrainEvent.BlockClaimed(claim.Pool, block, null);
            }
        }

        return new BrainEvent.BlockClaimed(claim.Pool, null, $"IPPool {claim.Pool} has no free block");
    }

    public BrainEvent Answer(BrainAction.ReleaseBlock release)
    {
        if (!Reachable || Refusal is not null)
        {
            return new BrainEvent.BlockReleased(release.Cidr, Refusal ?? "the server cannot be reached");
        }

        Remove(RemoteBlockEntry.KeyOf(release.Cidr));
        return new BrainEvent.BlockReleased(release.Cidr, null, Revision);
    }

    /// <summary>Lends an address of a neighbour at once, if it has one to lend.</summary>
    public BrainEvent Answer(BrainAction.RequestLoan request)
    {
        if (!Reachable || Lendable is not { } lent)
        {
            return new BrainEvent.LoanRequested(request.Pool, request.Wanted, "no node lends an address", !Reachable);
        }

        Lendable = null;
        Put(new OwnBlockEntry { Cidr = IpPrefix.Host(lent), Pool = request.Pool, Lender = "n2" });
        return new BrainEvent.LoanRequested(request.Pool, request.Wanted, null);
    }

    /// <summary>Takes what a lender says: the loan has this address, or is no more.</summary>
    public BrainEvent Answer(BrainAction.DecideLoan decision)
    {
        if (!Reachable || Refusal is not null)
        {
            return new BrainEvent.LoanDecided(decision.Loan, Refusal ?? "the server cannot be reached");
        }

        if (_entries.GetValueOrDefault(LoanEntry.KeyOf(decision.Loan)) is LoanEntry loan)
        {
            if (decision.Address is { } address)
            {
                Put(loan with { Address = address });
            }
            else
            {
                Remove(loan.Key);
            }
        }

        return new BrainEvent.LoanDecided(decision.Loan, null);
    }

    public BrainEvent Answer(BrainAction.Publish publication)
    {
        if (!Reachable || Refusal is not null)
        {
            return new BrainEvent.Published(publication.Sequence, 0, Refusal ?? "the server cannot be reached");
        }

        foreach (WorkloadPublication workload in Forgets ? [] : publication.Workloads)
        {
            string name = workload.Interface == "eth0" ? workload.Workload : $"{workload.Workload}-{workload.Interface}";
            string key = WorkloadEntry.KeyOf(workload.Namespace, name);
            if (!workload.Present)
            {
                Remove(key);
                continue;
            }

            Put(new WorkloadEntry
            {
                Namespace = workload.Namespace,
                Name = name,
                Workload = workload.Workload,
                Interface = workload.Interface,
                ContainerId = workload.ContainerId,
                Addresses = workload.Addresses,
            });
        }

        return new BrainEvent.Published(publication.Sequence, Revision, null);
    }
}
