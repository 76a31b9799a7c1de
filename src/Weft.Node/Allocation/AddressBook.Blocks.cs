using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;

namespace Weft.Node.Allocation;

/// <content>Which free address is next. What an answer costs follows neither the size of the blocks nor how many of their
/// addresses are taken or rest.</content>
internal sealed partial class AddressBook
{
    // Addresses that were used and are free, longest idle first: by a number that only grows.
    private readonly Dictionary<IpAddress, Idle> _resting = [];
    private readonly SortedDictionary<long, IpAddress> _restingInOrder = [];
    private long _lastRest;

    private readonly Dictionary<IpPrefix, BlockState> _blocks = [];
    private readonly Dictionary<string, BlockGroup> _groups = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(IpFamily Family, int Length), int> _lengths = [];
    private AddressRanges _reserved = AddressRanges.None;

    /// <summary>Where a free address that was used stands in the queue.</summary>
    internal readonly record struct Idle(long Number, Instant Since);

    /// <summary>The blocks that addresses are taken from, of one group: of one pool, own or borrowed.</summary>
    public IReadOnlyCollection<BlockState> BlocksOf(string group) =>
        _groups.TryGetValue(group, out BlockGroup? found) ? found.Blocks.Values : [];

    /// <summary>A block, if addresses are taken from it.</summary>
    public BlockState? Find(IpPrefix cidr) => _blocks.GetValueOrDefault(cidr);

    /// <summary>The block that holds an address, of those that addresses are taken from.</summary>
    public BlockState? BlockOf(IpAddress address)
    {
        foreach ((IpFamily family, int length) in _lengths.Keys)
        {
            if (family == address.Family && _blocks.TryGetValue(new IpPrefix(address, length), out BlockState? use))
            {
                return use;
            }
        }

        return null;
    }

    /// <summary>How many addresses a group has, and how many of them cannot be given out: taken, or reserved.</summary>
    public (UInt128 All, UInt128 Gone) CountOf(string group) =>
        _groups.TryGetValue(group, out BlockGroup? found) ? (found.All, found.Gone) : (0, 0);

    /// <summary>How many free addresses of a block that nobody reserves rest, as they were released not long enough ago.</summary>
    public int RestingIn(IpPrefix cidr, Instant now, TimeSpan cooldown) => cooldown <= TimeSpan.Zero
        ? 0
        : AddressesIn(cidr, _resting).Count(a => !_reserved.Contains(a, out _) && _resting[a].Since.After(cooldown) > now);

    /// <summary>The addresses that were released not long enough ago, longest idle first, and how long they still rest.</summary>
    public IEnumerable<(IpAddress Address, TimeSpan Left)> Resting(Instant now, TimeSpan cooldown) => cooldown <= TimeSpan.Zero
        ? []
        : _restingInOrder.Values.Select(address => (address, _resting[address].Since.After(cooldown).Since(now)))
            .Where(resting => resting.Item2 > TimeSpan.Zero);

    /// <summary>Where a free address stands in the queue; none if it was never used.</summary>
    public Idle? IdleOf(IpAddress address) => _resting.TryGetValue(address, out Idle idle) ? idle : null;

    /// <summary>A free address goes back to where it stood in the queue: nothing came of giving it to somebody.</summary>
    public void PutBack(IpAddress address, Idle? idle)
    {
        if (_owners.ContainsKey(address))
        {
            return;
        }

        Rouse(address);
        BlockState? use = BlockOf(address);
        if (idle is { } stood)
        {
            _resting.Add(address, stood);
            _restingInOrder.Add(stood.Number, address);
            if (use is not null)
            {
                Offer(use, address);
            }
        }
        else if (use is not null)
        {
            use.Next = UInt128.Min(use.Next, address.Number - use.Cidr.Address.Number);
            _groups[use.Group].Fresh.Add(use);
        }
    }

    /// <summary>A block is not being given back after all: its addresses rest as they did.</summary>
    public void Keep(IpPrefix cidr) => _yielded.Remove(cidr);

    /// <summary>From now on addresses may be taken from a block.</summary>
    public void Put(IpPrefix cidr, string group, Instant now)
    {
        Drop(cidr);
        BlockState use = new(cidr, group, now) { Reserved = _reserved.CountIn(cidr) };
        _blocks.Add(cidr, use);
        _lengths[(cidr.Family, cidr.Length)] = _lengths.GetValueOrDefault((cidr.Family, cidr.Length)) + 1;
        if (!_groups.TryGetValue(group, out BlockGroup? into))
        {
            into = new BlockGroup();
            _groups.Add(group, into);
        }

        foreach (IpAddress address in AddressesIn(cidr, _owners))
        {
            use.Count(_owners[address], 1);
            use.Hidden += _reserved.Contains(address, out _) ? 1 : 0;
        }

        into.Add(use);
        foreach (IpAddress address in AddressesIn(cidr, _resting))
        {
            Offer(use, address);
        }
    }

    /// <summary>No address is taken from a block any more; who has one of it keeps it.</summary>
    public void Drop(IpPrefix cidr)
    {
        if (_blocks.Remove(cidr, out BlockState? use))
        {
            BlockGroup group = _groups[use.Group];
            group.Remove(use, _resting.Count == 0 ? [] : AddressesIn(cidr, _resting).Select(a => (_resting[a].Number, a)));
            if (group.Blocks.Count == 0)
            {
                _groups.Remove(use.Group);
            }

            if (--_lengths[(cidr.Family, cidr.Length)] == 0)
            {
                _lengths.Remove((cidr.Family, cidr.Length));
            }
        }
    }

    /// <summary>Addresses that are not given out unless somebody asks for just that one; who has one keeps it.</summary>
    public void Reserve(IEnumerable<IpPrefix> ranges, Instant now)
    {
        _reserved = AddressRanges.Of(ranges);
        foreach (BlockState use in _blocks.Values.ToList())
        {
            (Instant empty, Instant rested) = (use.EmptySince, use.RestedLast);
            Put(use.Cidr, use.Group, now);
            (_blocks[use.Cidr].EmptySince, _blocks[use.Cidr].RestedLast) = (empty, rested);
        }
    }

    /// <summary>The address of a group to give out next: the lowest that was never used, else the one that has been idle
    /// longest, if it has been for <paramref name="cooldown"/>. None when there is no such address.</summary>
    /// <param name="group">The group.</param>
    /// <param name="now">The present.</param>
    /// <param name="cooldown">How long an address rests after its release.</param>
    /// <param name="cools">When the first of those that rest may be given out, if none may now.</param>
    public IpAddress? NextFree(string group, Instant now, TimeSpan cooldown, out Instant? cools)
    {
        cools = null;
        if (!_groups.TryGetValue(group, out BlockGroup? found))
        {
            return null;
        }

        while (found.Fresh.Count > 0)
        {
            BlockState use = found.Fresh.Min!;
            if (NextFresh(use) is { } fresh)
            {
                return fresh;
            }

            found.Fresh.Remove(use);
        }

        return found.Resting.Count > 0 ? IfCool(found.Resting.Min.Address, now, cooldown, out cools) : null;
    }

    /// <summary>The address of one block to give out next, by the same rules.</summary>
    public IpAddress? NextFreeIn(IpPrefix cidr, Instant now, TimeSpan cooldown, out Instant? cools)
    {
        cools = null;
        if (!_blocks.TryGetValue(cidr, out BlockState? use))
        {
            return null;
        }

        if (NextFresh(use) is { } fresh)
        {
            return fresh;
        }

        (long Number, IpAddress Address)[] resting =
            [.. AddressesIn(cidr, _resting).Where(a => !_reserved.Contains(a, out _)).Select(a => (_resting[a].Number, a))];
        return resting.Length > 0 ? IfCool(resting.Min().Address, now, cooldown, out cools) : null;
    }

    private IpAddress? IfCool(IpAddress address, Instant now, TimeSpan cooldown, out Instant? cools)
    {
        Instant cool = _resting[address].Since.After(cooldown);
        cools = cool <= now ? null : cool;
        return cool <= now ? address : null;
    }

    // An address that was used once never counts as new again; a reserved range is one step.
    private IpAddress? NextFresh(BlockState use)
    {
        while (use.Next < use.Cidr.Count)
        {
            IpAddress address = use.Cidr.At(use.Next);
            if (_reserved.Contains(address, out IpAddress last))
            {
                use.Next = UInt128.Min(last.Number - use.Cidr.Address.Number, use.Cidr.Count - 1) + 1;
            }
            else if (_owners.ContainsKey(address) || _resting.ContainsKey(address))
            {
                use.Next++;
            }
            else
            {
                return address;
            }
        }

        return null;
    }

    // Whichever is fewer is looked at: the addresses of the block, or those that there are.
    private static IEnumerable<IpAddress> AddressesIn<T>(IpPrefix cidr, Dictionary<IpAddress, T> among)
    {
        if (cidr.Count > (UInt128)among.Count)
        {
            foreach (IpAddress address in among.Keys)
            {
                if (cidr.Contains(address))
                {
                    yield return address;
                }
            }

            yield break;
        }

        for (UInt128 i = 0; i < cidr.Count; i++)
        {
            if (among.ContainsKey(cidr.At(i)))
            {
                yield return cidr.At(i);
            }
        }
    }

    private void Take(IpAddress address, AddressOwner owner)
    {
        bool isNew = _owners.TryAdd(address, owner);
        _taken.Add(address);
        Rouse(address);
        if (isNew && BlockOf(address) is { } use)
        {
            Count(use, address, owner, 1);
        }
    }

    private void Rest(IpAddress address, Instant at)
    {
        BlockState? use = BlockOf(address);
        if (_owners.Remove(address, out AddressOwner owner) && use is not null)
        {
            Count(use, address, owner, -1);
            use.EmptySince = at;
            use.RestedLast = at;
        }

        _taken.Remove(address);
        Rouse(address);
        Idle rest = new(++_lastRest, at);
        _resting.Add(address, rest);
        _restingInOrder.Add(rest.Number, address);
        if (use is not null)
        {
            Offer(use, address);
        }
    }

    private void Rouse(IpAddress address)
    {
        if (_resting.Remove(address, out Idle rest))
        {
            _restingInOrder.Remove(rest.Number);
            if (BlockOf(address) is { } use)
            {
                _groups[use.Group].Resting.Remove((rest.Number, address));
            }
        }
    }

    private void Offer(BlockState use, IpAddress address)
    {
        if (!_reserved.Contains(address, out _))
        {
            _groups[use.Group].Resting.Add((_resting[address].Number, address));
        }
    }

    private void Count(BlockState use, IpAddress address, AddressOwner owner, int more)
    {
        BlockGroup group = _groups[use.Group];
        group.Gone -= use.Gone;
        use.Count(owner, more);
        use.Hidden += _reserved.Contains(address, out _) ? more : 0;
        group.Gone += use.Gone;
    }

    // A block that was given back comes back, if it ever does, with addresses that others may have used since.
    private void Forget(IpPrefix cidr)
    {
        foreach (IpAddress address in AddressesIn(cidr, _resting).ToList())
        {
            Rouse(address);
        }

        if (_blocks.TryGetValue(cidr, out BlockState? use))
        {
            use.Next = 0;
            _groups[use.Group].Fresh.Add(use);
        }
    }
}
