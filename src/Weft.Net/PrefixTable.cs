using System;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Net;

/// <summary>Values by prefix, with longest-prefix match, of one family. A lookup allocates nothing.</summary>
/// <remarks>
/// A path-compressed binary trie (Patricia) whose nodes lie in one array: at most two nodes per prefix, a walk of
/// at most as many steps as there are nested prefixes and branches above the address, and no pointer per node for
/// the collector to follow. Freed nodes are used again. Not for several threads while one of them writes.
/// </remarks>
/// <typeparam name="TAddress">The family's address.</typeparam>
/// <typeparam name="TValue">What a prefix leads to.</typeparam>
public sealed partial class PrefixTable<TAddress, TValue>
    where TAddress : struct, IAddress<TAddress>
{
    private const int Root = 0;

    // The root is never anybody's child, so its index says "no child" and "no free node".
    private const int None = 0;

    private Node[] _nodes = new Node[16];
    private int _used = 1;
    private int _free = None;

    /// <summary>How many prefixes have a value.</summary>
    public int Count { get; private set; }

    internal int Capacity => _nodes.Length;

    /// <summary>Gives a prefix its value; true if it had none before.</summary>
    public bool Set(Prefix<TAddress> prefix, TValue value)
    {
        int at = Place(prefix);
        bool added = !_nodes[at].HasValue;
        _nodes[at].HasValue = true;
        _nodes[at].Value = value;
        Count += added ? 1 : 0;
        return added;
    }

    /// <summary>The value of exactly this prefix.</summary>
    public bool TryGet(Prefix<TAddress> prefix, [MaybeNullWhen(false)] out TValue value)
    {
        int at = Root;
        while (_nodes[at].Prefix.Length < prefix.Length)
        {
            at = _nodes[at].Child(prefix.Address.Bit(_nodes[at].Prefix.Length));
            if (at == None)
            {
                value = default;
                return false;
            }
        }

        bool found = _nodes[at].HasValue && _nodes[at].Prefix == prefix;
        value = found ? _nodes[at].Value : default;
        return found;
    }

    /// <summary>The value of the longest prefix that holds the address.</summary>
    public bool TryMatch(TAddress address, [MaybeNullWhen(false)] out TValue value) =>
        TryMatch(Prefix<TAddress>.Host(address), out _, out value);

    /// <summary>The longest prefix that holds the whole of <paramref name="wanted"/>, which may be that one itself,
    /// and its value.</summary>
    public bool TryMatch(
        Prefix<TAddress> wanted, out Prefix<TAddress> match, [MaybeNullWhen(false)] out TValue value)
    {
        Node[] nodes = _nodes;
        int best = -1;
        int at = Root;
        do
        {
            ref readonly Node node = ref nodes[at];
            if (!node.Prefix.Contains(wanted))
            {
                break;
            }

            best = node.HasValue ? at : best;
            if (node.Prefix.Length == wanted.Length)
            {
                break;
            }

            at = node.Child(wanted.Address.Bit(node.Prefix.Length));
        }
        while (at != None);

        match = best >= 0 ? nodes[best].Prefix : default;
        value = best >= 0 ? nodes[best].Value : default;
        return best >= 0;
    }

    /// <summary>Takes a prefix and its value out; false if it had none.</summary>
    public bool Remove(Prefix<TAddress> prefix)
    {
        int above = Root;
        int parent = Root;
        int at = Root;
        while (_nodes[at].Prefix.Length < prefix.Length)
        {
            above = parent;
            parent = at;
            at = _nodes[at].Child(prefix.Address.Bit(_nodes[at].Prefix.Length));
            if (at == None)
            {
                return false;
            }
        }

        if (!_nodes[at].HasValue || _nodes[at].Prefix != prefix)
        {
            return false;
        }

        _nodes[at].HasValue = false;
        _nodes[at].Value = default!;
        Count--;
        Collapse(at, parent);
        Collapse(parent, above);
        return true;
    }

    /// <summary>Takes everything out.</summary>
    public void Clear()
    {
        _nodes = new Node[16];
        _used = 1;
        _free = None;
        Count = 0;
    }

    // The node of a prefix, made if there is none yet.
    private int Place(Prefix<TAddress> prefix)
    {
        int parent = Root;
        while (_nodes[parent].Prefix != prefix)
        {
            bool side = prefix.Address.Bit(_nodes[parent].Prefix.Length);
            int child = _nodes[parent].Child(side);
            if (child == None)
            {
                int leaf = Allocate(prefix);
                _nodes[parent].SetChild(side, leaf);
                return leaf;
            }

            Prefix<TAddress> below = _nodes[child].Prefix;
            if (!below.Contains(prefix))
            {
                // The paths part inside the child's compressed piece: a node goes where they part.
                int common = Math.Min(
                    below.Address.CommonPrefixLength(prefix.Address), Math.Min(below.Length, prefix.Length));
                int branch = Allocate(new Prefix<TAddress>(prefix.Address, common));
                _nodes[branch].SetChild(below.Address.Bit(common), child);
                _nodes[parent].SetChild(side, branch);
                child = branch;
            }

            parent = child;
        }

        return parent;
    }

    // Takes a node without a value out of the path if it does not branch.
    private void Collapse(int at, int parent)
    {
        ref Node node = ref _nodes[at];
        if (at == Root || node.HasValue || (node.Zero != None && node.One != None))
        {
            return;
        }

        int child = node.Zero != None ? node.Zero : node.One;
        _nodes[parent].SetChild(node.Prefix.Address.Bit(_nodes[parent].Prefix.Length), child);
        node = new Node { Zero = _free };
        _free = at;
    }

    private int Allocate(Prefix<TAddress> prefix)
    {
        int at = _free;
        if (at != None)
        {
            _free = _nodes[at].Zero;
        }
        else
        {
            if (_used == _nodes.Length)
            {
                Array.Resize(ref _nodes, _nodes.Length * 2);
            }

            at = _used++;
        }

        _nodes[at] = new Node { Prefix = prefix };
        return at;
    }

    private struct Node
    {
        public Prefix<TAddress> Prefix;
        public int Zero;
        public int One;
        public bool HasValue;
        public TValue Value;

        public readonly int Child(bool side) => side ? One : Zero;

        public void SetChild(bool side, int child)
        {
            if (side)
            {
                One = child;
            }
            else
            {
                Zero = child;
            }
        }
    }
}
