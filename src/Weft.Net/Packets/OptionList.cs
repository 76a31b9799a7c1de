using System;

namespace Weft.Net.Packets;

/// <summary>The options of an IPv4 (RFC 791, 3.1) or TCP (RFC 9293, 3.1) header, checked: both are lists of
/// kind, length and data, with kind 0 as the end and kind 1 as padding.</summary>
public readonly ref struct OptionList
{
    private const byte End = 0;
    private const byte NoOperation = 1;

    private readonly ReadOnlySpan<byte> _bytes;

    private OptionList(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Accepts options that each lie inside; what is behind the end is not looked at.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out OptionList list)
    {
        list = default;
        int at = 0;
        while (at < bytes.Length && bytes[at] != End)
        {
            int length = LengthAt(bytes, at);
            if (length == 0 || length > bytes.Length - at)
            {
                return false;
            }

            at += length;
        }

        list = new OptionList(bytes[..at]);
        return true;
    }

    /// <summary>Walks the options; padding is passed over.</summary>
    public Enumerator GetEnumerator() => new(_bytes);

    // 0 says that the length is missing or shorter than its own two bytes.
    private static int LengthAt(ReadOnlySpan<byte> bytes, int at)
    {
        if (bytes[at] == NoOperation)
        {
            return 1;
        }

        return at + 1 < bytes.Length && bytes[at + 1] >= 2 ? bytes[at + 1] : 0;
    }

    /// <summary>One option.</summary>
    public readonly ref struct Option
    {
        internal Option(ReadOnlySpan<byte> bytes)
        {
            Kind = bytes[0];
            Data = bytes[2..];
        }

        /// <summary>The kind, from the registry of the protocol.</summary>
        public byte Kind { get; }

        /// <summary>What is behind kind and length.</summary>
        public ReadOnlySpan<byte> Data { get; }
    }

    /// <summary>A walk through checked options, which cannot fail.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _bytes;
        private int _next;
        private int _at;

        internal Enumerator(ReadOnlySpan<byte> bytes) => _bytes = bytes;

        /// <summary>The option at which the walk stands.</summary>
        public readonly Option Current => new(_bytes[_at.._next]);

        /// <summary>Goes to the next option.</summary>
        public bool MoveNext()
        {
            while (_next < _bytes.Length)
            {
                _at = _next;
                _next += LengthAt(_bytes, _at);
                if (_bytes[_at] != NoOperation)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
