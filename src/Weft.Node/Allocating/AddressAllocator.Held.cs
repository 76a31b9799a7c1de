using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Plan.Entries;

namespace Weft.Node.Allocating;

/// <content>Addresses in use of which the store does not know that their blocks are this node's: it was restored from an older
/// copy, or made anew. The server is told, so that it gives them to nobody else, and asked for the very blocks.</content>
internal sealed partial class AddressAllocator
{
    // Borrowed addresses whose loans the store has lost: their blocks are their lenders'.
    private readonly HashSet<IpAddress> _unlent = [];
    private IReadOnlyList<IpPrefix> _held = [];
    private bool _heldIsDue;

    /// <summary>Ranges of which this journal has addresses, in no block that the plan gives to anybody; of a node that the
    /// server does not know, all of which it has any. In order.</summary>
    public IReadOnlyList<IpPrefix> Held
    {
        get
        {
            if (_heldIsDue)
            {
                _heldIsDue = false;
                _unlent.RemoveWhere(address => !Book.IsTaken(address));
                _held = [.. Book.Taken.Where(IsHeld).Select(RangeOf).Distinct().Order()];
            }

            return _held;
        }
    }

    // What was taken back with a deleted node is not used: it is asked for when the node is known again, if it is nobody's then.
    private bool IsHeld(IpAddress address) => !IsDeleted
        && (IsForgotten || (Book.BlockOf(address) is null && BlockHolding(address) is not RemoteBlockEntry));

    private IpPrefix RangeOf(IpAddress address) => Book.BlockOf(address)?.Cidr
        ?? (!_unlent.Contains(address) && PoolOf(address) is { } pool ? new IpPrefix(address, pool.BlockSize) : IpPrefix.Host(address));

    private PoolEntry? PoolOf(IpAddress address) => Pools.FirstOrDefault(p => p.Cidr.Contains(address));

    // What becomes free, or is given out while nobody knows this node, changes what is held.
    private void FollowHeld() => _heldIsDue |= _held.Count > 0 || IsForgotten;

    private void ClaimHeld(List<AllocatorAction> actions)
    {
        if (_link != ServerLink.Connected || IsForgotten || IsDeleted || IsLeaving || Self is null)
        {
            return;
        }

        foreach (IpPrefix range in Held)
        {
            IpAddress wanted = Book.TakenIn(range).First();
            if (PoolOf(wanted) is { } pool && pool.BlockSize == range.Length && !_unlent.Contains(wanted)
                && !_refused.ContainsKey(KeyOf(pool.Name, wanted)))
            {
                BeginClaim(pool.Name, wanted, ahead: true, actions);
            }
        }
    }
}
