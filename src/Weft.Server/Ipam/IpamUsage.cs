using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Blocks;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;

namespace Weft.Server.Ipam;

/// <summary>How pools, blocks and nodes use addresses. From the store, which follows the journals; only what is of the moment
/// (addresses that rest, or look leaked) is from the agents' reports.</summary>
internal sealed class IpamUsage
{
    private readonly FleetState _state;
    private readonly ReservedRanges _reserved;
    private readonly Dictionary<IpPrefix, Count> _blocks = [];
    private readonly Dictionary<(string Pool, string Node), int> _outside = [];

    /// <summary>Counts what a state says.</summary>
    public IpamUsage(FleetState state)
    {
        _state = state;
        _reserved = new ReservedRanges(state);
        foreach (StoredAddress stored in AddressesInUse.Of(state))
        {
            Add(stored);
        }
    }

    /// <summary>The state that was counted.</summary>
    public FleetState State => _state;

    // What is held of a block, by its use; and how much of that is reserved as well.
    private sealed class Count
    {
        public int Workloads { get; set; }

        public int Tunnels { get; set; }

        public int ReservedInUse { get; set; }
    }

    /// <summary>The pools.</summary>
    /// <param name="reportOf">What each node's agent, if it is connected, said last.</param>
    public IpamStatus Describe(Func<string, NodeReport?> reportOf) =>
        new() { Revision = _state.Revision, Pools = [.. _state.Pools.Select(pool => Describe(pool, reportOf))] };

    private void Add(StoredAddress stored)
    {
        if (_state.FindLoanOf(stored.Address) is { } loan && loan.Borrower == stored.Node)
        {
            return; // Counted with the loans.
        }

        if (_state.FindBlockOf(stored.Address) is not { } block)
        {
            if (_state.Pools.FirstOrDefault(pool => pool.Cidr.Contains(stored.Address)) is { } pool)
            {
                (string, string) key = (pool.Metadata.Name, stored.Node);
                _outside[key] = _outside.GetValueOrDefault(key) + 1;
            }

            return;
        }

        if (!_blocks.TryGetValue(block.Cidr, out Count? count))
        {
            count = new Count();
            _blocks.Add(block.Cidr, count);
        }

        count.Workloads += stored.Use == AddressUse.Workload ? 1 : 0;
        count.Tunnels += stored.Use == AddressUse.Tunnel ? 1 : 0;
        count.ReservedInUse += IsReserved(stored.Address) ? 1 : 0;
    }

    private bool IsReserved(IpAddress address) => _reserved.Any && _reserved.Find(address) is not null;

    private PoolUsage Describe(IpPool pool, Func<string, NodeReport?> reportOf)
    {
        string name = pool.Metadata.Name;
        ILookup<string, IpamBlock> blocks = _state.BlocksOfPool(name).ToLookup(block => block.Node ?? block.Affinity, StringComparer.Ordinal);
        ILookup<string, AddressLoan> loans = _state.LoansOfPool(name).Where(loan => loan.Address is not null)
            .ToLookup(loan => loan.Borrower, StringComparer.Ordinal);
        List<NodeUsage> nodes = [.. blocks.Select(group => group.Key).Union(loans.Select(group => group.Key))
            .Union(_outside.Keys.Where(key => key.Pool == name).Select(key => key.Node))
            .Order(StringComparer.Ordinal)
            .Select(node => Describe(pool, node, reportOf(node), blocks[node], [.. loans[node]]))];
        long inUse = nodes.Sum(node => node.InUse);
        double size = (double)pool.Cidr.Count;
        double reserved = _reserved.CountIn(pool.Cidr) - _state.BlocksOfPool(name).Sum(block => ReservedInUse(block));
        return new PoolUsage
        {
            Name = name,
            Cidr = pool.Cidr,
            BlockSize = pool.BlockSize,
            Allocates = pool is { Disabled: false, Metadata.IsTerminating: false },
            Size = size,
            Blocks = _state.BlocksOfPool(name).Count,
            BlocksMax = (double)BlockArithmetic.CountOf(pool.Cidr, pool.BlockSize),
            InUse = inUse,
            Borrowed = nodes.Sum(node => (long)node.Borrowed),
            Reserved = reserved,
            Free = size - inUse - reserved,
            UsedPercent = Math.Round((inUse + reserved) / size * 100, 2),
            Nodes = nodes,
        };
    }

    private NodeUsage Describe(
        IpPool pool, string node, NodeReport? report, IEnumerable<IpamBlock> blocks, IReadOnlyList<AddressLoan> borrowed)
    {
        List<BlockUsage> usages = [.. blocks.OrderBy(block => block.Cidr).Select(block => Describe(block, report))];
        PoolLeaks? leaks = report?.Leaks?.FirstOrDefault(leaks => leaks.Pool == pool.Metadata.Name);
        return new NodeUsage
        {
            Node = node,
            InUse = usages.Sum(usage => usage.Workloads + usage.Tunnels) + borrowed.Count
                + _outside.GetValueOrDefault((pool.Metadata.Name, node)),
            Borrowed = borrowed.Count,
            Candidates = report is null ? null : leaks?.Candidates ?? 0,
            Reclaimed = report is null ? null : leaks?.Reclaimed ?? 0,
            Blocks = usages,
            Borrows = [.. borrowed.OrderBy(loan => loan.Address!.Value)
                .Select(loan => new BorrowedAddress(loan.Address!.Value, loan.Lender, loan.Block))],
        };
    }

    private BlockUsage Describe(IpamBlock block, NodeReport? report)
    {
        Count count = _blocks.GetValueOrDefault(block.Cidr) ?? new Count();
        int size = (int)block.Cidr.Count;
        int lent = _state.LoansOfBlock(block.Cidr).Count(loan => loan.Address is not null);
        int reserved = Math.Max(0, (int)_reserved.CountIn(block.Cidr) - ReservedInUse(block));
        return new BlockUsage
        {
            Cidr = block.Cidr,
            Size = size,
            Workloads = count.Workloads,
            Tunnels = count.Tunnels,
            Lent = lent,
            Reserved = reserved,
            Resting = report?.Blocks?.FirstOrDefault(use => use.Cidr == block.Cidr)?.Resting,
            Free = Math.Max(0, size - count.Workloads - count.Tunnels - lent - reserved),
        };
    }

    private int ReservedInUse(IpamBlock block) => (_blocks.GetValueOrDefault(block.Cidr)?.ReservedInUse ?? 0)
        + _state.LoansOfBlock(block.Cidr).Count(loan => loan.Address is { } address && IsReserved(address));
}
