using System.Runtime.CompilerServices;

namespace Weft.Net;

public sealed partial class PrefixTable<TAddress, TValue>
{
    /// <summary>All prefixes with their values, in the order of <see cref="Prefix{TAddress}"/>.</summary>
    /// <remarks>Allocates nothing. The table must not change while it is walked.</remarks>
    public Enumerator GetEnumerator() => new(this, Root);

    /// <summary>The prefixes that lie inside <paramref name="outer"/>, itself included, in order.</summary>
    public Subtree Within(Prefix<TAddress> outer) => new(this, outer);

    /// <summary>The part of a table inside one prefix, for <c>foreach</c>.</summary>
    public readonly ref struct Subtree
    {
        private readonly PrefixTable<TAddress, TValue> _table;
        private readonly Prefix<TAddress> _outer;

        internal Subtree(PrefixTable<TAddress, TValue> table, Prefix<TAddress> outer)
        {
            _table = table;
            _outer = outer;
        }

        /// <summary>Walks the part in order.</summary>
        public Enumerator GetEnumerator()
        {
            int at = Root;
            while (_table._nodes[at].Prefix.Length < _outer.Length)
            {
                at = _table._nodes[at].Child(_outer.Address.Bit(_table._nodes[at].Prefix.Length));
                if (at == None)
                {
                    return default;
                }
            }

            return _outer.Contains(_table._nodes[at].Prefix) ? new Enumerator(_table, at) : default;
        }
    }

    /// <summary>A walk: a node, what is below its zero, what is below its one.</summary>
    public ref struct Enumerator
    {
        private readonly Node[]? _nodes;
        private Path _pending;
        private int _depth;
        private int _at;

        internal Enumerator(PrefixTable<TAddress, TValue> table, int start)
        {
            _nodes = table._nodes;
            _pending[0] = start;
            _depth = 1;
        }

        /// <summary>The prefix and the value at which the walk stands.</summary>
        public readonly (Prefix<TAddress> Prefix, TValue Value) Current =>
            (_nodes![_at].Prefix, _nodes[_at].Value);

        /// <summary>Goes to the next prefix that has a value.</summary>
        public bool MoveNext()
        {
            while (_depth > 0)
            {
                _at = _pending[--_depth];
                ref readonly Node node = ref _nodes![_at];
                if (node.One != None)
                {
                    _pending[_depth++] = node.One;
                }

                if (node.Zero != None)
                {
                    _pending[_depth++] = node.Zero;
                }

                if (node.HasValue)
                {
                    return true;
                }
            }

            return false;
        }
    }

    // Each step down is longer by a bit and leaves one sibling behind: 128 of them, and the two of the last step.
    [InlineArray(130)]
    private struct Path
    {
        private int _first;
    }
}
