using System;
using System.Text;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink;

/// <summary>A list of attributes whose lengths have all been checked: walking it cannot fail.</summary>
/// <remarks>Each attribute (<c>struct nlattr</c>): <code>
///  0               2               4
/// | length        | type          | value, padded to 4 ...
/// </code></remarks>
internal readonly ref struct AttributeReader
{
    /// <summary>Bytes before an attribute's value.</summary>
    public const int HeaderLength = TypeOffset + 2;

    private const int LengthOffset = 0;
    private const int TypeOffset = LengthOffset + 2;

    private readonly ReadOnlySpan<byte> _bytes;

    private AttributeReader(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
    }

    /// <summary>Accepts bytes that are attributes from start to end; up to 3 bytes of padding may remain.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out AttributeReader attributes)
    {
        attributes = new AttributeReader(bytes);
        ReadOnlySpan<byte> rest = bytes;
        while (rest.Length >= HeaderLength)
        {
            int length = HostOrder.ReadUInt16(rest, LengthOffset);
            if (length < HeaderLength || length > rest.Length)
            {
                return false;
            }

            rest = rest[Math.Min(NetlinkPadding.Padded(length), rest.Length)..];
        }

        return rest.IsEmpty;
    }

    /// <summary>All of them.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Walks the attributes in their order.</summary>
    public Enumerator GetEnumerator() => new(_bytes);

    /// <summary>Position in a checked list.</summary>
    internal ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;

        internal Enumerator(ReadOnlySpan<byte> bytes)
        {
            _rest = bytes;
        }

        /// <summary>The attribute at this position.</summary>
        public NetlinkAttribute Current { get; private set; }

        /// <summary>Goes to the next attribute.</summary>
        public bool MoveNext()
        {
            if (_rest.Length < HeaderLength)
            {
                return false;
            }

            int length = HostOrder.ReadUInt16(_rest, LengthOffset);
            ushort type = HostOrder.ReadUInt16(_rest, TypeOffset);
            Current = new NetlinkAttribute(type, _rest[HeaderLength..length]);
            _rest = _rest[Math.Min(NetlinkPadding.Padded(length), _rest.Length)..];
            return true;
        }
    }
}

/// <summary>One attribute: a type and a value that is read by what the type says it is. A value of another length
/// than asked for is not read.</summary>
internal readonly ref struct NetlinkAttribute
{
    private const ushort NestedFlag = 0x8000; // NLA_F_NESTED
    private const ushort NetworkOrderFlag = 0x4000; // NLA_F_NET_BYTEORDER

    internal NetlinkAttribute(ushort type, ReadOnlySpan<byte> value)
    {
        Type = (ushort)(type & ~(NestedFlag | NetworkOrderFlag));
        Value = value;
    }

    /// <summary>The type, without the two flags that the kernel keeps in it.</summary>
    public ushort Type { get; }

    /// <summary>The value, without padding.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The attributes inside the value.</summary>
    public bool TryReadNested(out AttributeReader attributes) => AttributeReader.TryParse(Value, out attributes);

    /// <summary>One byte.</summary>
    public bool TryRead(out byte value)
    {
        value = Value.Length == 1 ? Value[0] : default;
        return Value.Length == 1;
    }

    /// <summary>Two bytes in network order.</summary>
    public bool TryReadNetworkOrder(out ushort value)
    {
        value = Value.Length == 2 ? NetworkOrder.ReadUInt16(Value) : default;
        return Value.Length == 2;
    }

    /// <summary>Four bytes in network order.</summary>
    public bool TryReadNetworkOrder(out uint value)
    {
        value = Value.Length == 4 ? NetworkOrder.ReadUInt32(Value) : default;
        return Value.Length == 4;
    }

    /// <summary>Eight bytes in network order.</summary>
    public bool TryReadNetworkOrder(out ulong value)
    {
        value = Value.Length == 8 ? NetworkOrder.ReadUInt64(Value) : default;
        return Value.Length == 8;
    }

    /// <summary>Four bytes in host order.</summary>
    public bool TryRead(out uint value)
    {
        value = Value.Length == 4 ? HostOrder.ReadUInt32(Value) : default;
        return Value.Length == 4;
    }

    /// <summary>Four bytes in host order, signed.</summary>
    public bool TryRead(out int value)
    {
        value = Value.Length == 4 ? HostOrder.ReadInt32(Value) : default;
        return Value.Length == 4;
    }

    /// <summary>An address of either family, told by its length.</summary>
    public bool TryRead(out IpAddress value) => IpAddress.TryReadFrom(Value, out value);

    /// <summary>A link-layer address of 6 bytes.</summary>
    public bool TryRead(out MacAddress value)
    {
        value = Value.Length == MacAddress.ByteLength ? MacAddress.ReadFrom(Value) : default;
        return Value.Length == MacAddress.ByteLength;
    }

    /// <summary>Text up to the first zero byte, which may be missing.</summary>
    public string ReadText()
    {
        int end = Value.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
    }
}
