using System;
using System.Collections.Generic;
using Weft.Net;

namespace Weft.Node.Allocation;

/// <summary>A block that addresses are taken from.</summary>
internal sealed class BlockState(IpPrefix cidr, string group, Instant since) : IComparable<BlockState>
{
    /// <summary>The block.</summary>
    public IpPrefix Cidr { get; } = cidr;

    /// <summary>The group that it belongs to.</summary>
    public string Group { get; } = group;

    /// <summary>How many addresses from its start were used, or are reserved.</summary>
    public UInt128 Next { get; set; }

    /// <summary>How many of its addresses workloads have.</summary>
    public int Workloads { get; private set; }

    /// <summary>How many the node itself has.</summary>
    public int Tunnels { get; private set; }

    /// <summary>How many other nodes borrow.</summary>
    public int Lent { get; private set; }

    /// <summary>How many of its addresses are somebody's.</summary>
    public int Taken => Workloads + Tunnels + Lent;

    /// <summary>How many are reserved.</summary>
    public UInt128 Reserved { get; init; }

    /// <summary>How many are reserved, and somebody's all the same.</summary>
    public int Hidden { get; set; }

    /// <summary>How many cannot be given out.</summary>
    public UInt128 Gone => Reserved + (UInt128)(Taken - Hidden);

    /// <summary>Since when it has been empty, if it is.</summary>
    public Instant EmptySince { get; set; } = since;

    /// <summary>When the last of its addresses was released, or this run of the agent began.</summary>
    public Instant RestedLast { get; set; } = since;

    /// <summary>So many addresses more, or less, that an owner of this sort has.</summary>
    public void Count(AddressOwner owner, int more)
    {
        Workloads += owner.Workload is null ? 0 : more;
        Lent += owner.Loan is null ? 0 : more;
        Tunnels += owner == AddressOwner.Tunnel ? more : 0;
    }

    /// <inheritdoc/>
    public int CompareTo(BlockState? other) => other is null ? 1 : Cidr.CompareTo(other.Cidr);
}

/// <summary>Blocks that serve the same: the free address of any of them will do.</summary>
internal sealed class BlockGroup
{
    /// <summary>The blocks, in order.</summary>
    public SortedDictionary<IpPrefix, BlockState> Blocks { get; } = [];

    /// <summary>Blocks that may have addresses that were never used.</summary>
    public SortedSet<BlockState> Fresh { get; } = [];

    /// <summary>Addresses that were used and may be given out, longest idle first.</summary>
    public SortedSet<(long Number, IpAddress Address)> Resting { get; } = [];

    /// <summary>How many addresses there are.</summary>
    public UInt128 All { get; private set; }

    /// <summary>How many cannot be given out.</summary>
    public UInt128 Gone { get; set; }

    /// <summary>One more block; its addresses that rest come separately.</summary>
    public void Add(BlockState use)
    {
        Blocks.Add(use.Cidr, use);
        Fresh.Add(use);
        All += use.Cidr.Count;
        Gone += use.Gone;
    }

    /// <summary>A block less.</summary>
    public void Remove(BlockState use, IEnumerable<(long Number, IpAddress Address)> resting)
    {
        Blocks.Remove(use.Cidr);
        Fresh.Remove(use);
        All -= use.Cidr.Count;
        Gone -= use.Gone;
        foreach ((long Number, IpAddress Address) rest in resting)
        {
            Resting.Remove(rest);
        }
    }
}
