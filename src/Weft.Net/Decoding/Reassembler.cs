using System;
using System.Collections.Generic;

namespace Weft.Net.Decoding;

/// <summary>What the fragments of one packet have in common.</summary>
internal readonly record struct FragmentKey(UInt128 Source, UInt128 Destination, uint Identification, byte Protocol);

/// <summary>Joins fragments of IP packets, from whichever packet of a capture they come.</summary>
/// <remarks>Bounded: so many unfinished packets, the oldest of which goes when there is one more, each of what IP can carry at
/// most. Fragments that overlap are not joined (RFC 5722), nor is anything that they would have been part of.</remarks>
public sealed class Reassembler
{
    /// <summary>Packets that wait for more fragments, at most.</summary>
    public const int UnfinishedMax = 256;

    private const int PacketLengthMax = 65_535;

    private readonly Dictionary<FragmentKey, Unfinished> _unfinished = [];
    private readonly Queue<FragmentKey> _order = [];

    /// <summary>How many packets wait for more fragments.</summary>
    public int UnfinishedCount => _unfinished.Count;

    /// <summary>Takes a fragment; the whole payload, if it was the last one that was missing.</summary>
    internal byte[]? Take(in FragmentKey key, int offset, bool hasMore, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || offset + bytes.Length > PacketLengthMax)
        {
            return null;
        }

        if (!_unfinished.TryGetValue(key, out Unfinished? packet))
        {
            packet = new Unfinished();
            _unfinished.Add(key, packet);
            _order.Enqueue(key);
            while (_unfinished.Count > UnfinishedMax)
            {
                _unfinished.Remove(_order.Dequeue());
            }
        }

        if (!packet.TryAdd(offset, hasMore, bytes) || !packet.IsWhole)
        {
            return null;
        }

        _unfinished.Remove(key);
        if (_order.Count > 2 * UnfinishedMax)
        {
            Forget();
        }

        return packet.Bytes;
    }

    // Keys of packets that have been joined are still in the queue.
    private void Forget()
    {
        for (int i = _order.Count; i > 0; i--)
        {
            FragmentKey key = _order.Dequeue();
            if (_unfinished.ContainsKey(key))
            {
                _order.Enqueue(key);
            }
        }
    }

    private sealed class Unfinished
    {
        private const int PiecesMax = 1024;

        private readonly SortedList<int, int> _pieces = [];
        private byte[] _bytes = [];
        private int _received;
        private int _total = -1;

        public bool IsWhole => _received == _total;

        public byte[] Bytes => _bytes.Length == _total ? _bytes : _bytes[.._total];

        public bool TryAdd(int offset, bool hasMore, ReadOnlySpan<byte> bytes)
        {
            int end = offset + bytes.Length;
            if (_pieces.Count == PiecesMax)
            {
                _total = int.MaxValue; // Never whole.
                return false;
            }

            if (_pieces.TryGetValue(offset, out int length) && length == bytes.Length)
            {
                return false; // The same again: a capture may see a packet twice.
            }

            foreach ((int start, int size) in _pieces)
            {
                if (start < end && offset < start + size)
                {
                    _total = int.MaxValue;
                    return false;
                }
            }

            if (!hasMore)
            {
                _total = _total < 0 ? end : int.MaxValue;
            }

            if (_bytes.Length < end)
            {
                Array.Resize(ref _bytes, hasMore ? Math.Min(PacketLengthMax, Math.Max(end, 2 * _bytes.Length)) : end);
            }

            bytes.CopyTo(_bytes.AsSpan(offset));
            _pieces.Add(offset, bytes.Length);
            _received += bytes.Length;
            return true;
        }
    }
}
