using System;
using System.Collections.Generic;
using System.Text;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink;

/// <summary>Builds one message: header, fixed part, attributes, nested as deep as needed. Lengths are patched when a
/// nest ends and when the message is complete; padding is zero.</summary>
internal ref struct NetlinkWriter
{
    private const ushort NestedFlag = 0x8000; // NLA_F_NESTED
    private const int FirstCapacity = 256;

    private readonly ushort _type;
    private readonly NetlinkFlags _flags;
    private byte[] _buffer;
    private int _length;
    private List<NamespaceReference>? _references;

    /// <summary>Begins a message whose fixed part, all zero, has <paramref name="fixedLength"/> bytes.</summary>
    public NetlinkWriter(ushort type, NetlinkFlags flags, int fixedLength)
    {
        _type = type;
        _flags = flags;
        _buffer = new byte[FirstCapacity];
        _length = NetlinkHeader.ByteLength + NetlinkPadding.Padded(fixedLength);
    }

    /// <summary>The fixed part, to be filled in; not to be kept while attributes are added.</summary>
    public readonly Span<byte> Fixed => _buffer.AsSpan(NetlinkHeader.ByteLength.._length);

    /// <summary>Adds an attribute of raw bytes.</summary>
    public void Add(ushort type, scoped ReadOnlySpan<byte> value) => value.CopyTo(Reserve(type, value.Length));

    /// <summary>Adds an attribute without value (NLA_FLAG).</summary>
    public void AddFlag(ushort type) => Reserve(type, 0);

    /// <summary>Adds one byte.</summary>
    public void AddByte(ushort type, byte value) => Reserve(type, 1)[0] = value;

    /// <summary>Adds two bytes in network order.</summary>
    public void AddUInt16NetworkOrder(ushort type, ushort value) =>
        NetworkOrder.WriteUInt16(Reserve(type, 2), 0, value);

    /// <summary>Adds four bytes in network order.</summary>
    public void AddUInt32NetworkOrder(ushort type, uint value) =>
        NetworkOrder.WriteUInt32(Reserve(type, 4), 0, value);

    /// <summary>Adds eight bytes in network order.</summary>
    public void AddUInt64NetworkOrder(ushort type, ulong value) =>
        NetworkOrder.WriteUInt64(Reserve(type, 8), 0, value);

    /// <summary>Adds four bytes in host order.</summary>
    public void AddUInt32(ushort type, uint value) => HostOrder.WriteUInt32(Reserve(type, 4), 0, value);

    /// <summary>Adds four bytes in host order, signed.</summary>
    public void AddInt32(ushort type, int value) => HostOrder.WriteInt32(Reserve(type, 4), 0, value);

    /// <summary>Adds text and its zero byte.</summary>
    public void AddText(ushort type, string value)
    {
        Span<byte> destination = Reserve(type, Encoding.UTF8.GetByteCount(value) + 1);
        Encoding.UTF8.GetBytes(value, destination);
    }

    /// <summary>Adds an address in network order: 4 or 16 bytes.</summary>
    public void AddAddress(ushort type, IpAddress value) => value.WriteTo(Reserve(type, value.ByteLength));

    /// <summary>Adds a link-layer address.</summary>
    public void AddMac(ushort type, MacAddress value) => value.WriteTo(Reserve(type, MacAddress.ByteLength));

    /// <summary>Adds the place of a descriptor of the network namespace at <paramref name="path"/>: four bytes that the
    /// sender fills.</summary>
    public void AddNamespace(ushort type, string path)
    {
        Reserve(type, 4);
        _references ??= [];
        _references.Add(new NamespaceReference(_length - 4, path));
    }

    /// <summary>Adds an attribute that holds attributes, whose bytes are there already.</summary>
    public void AddNested(ushort type, scoped ReadOnlySpan<byte> attributes) =>
        Add((ushort)(type | NestedFlag), attributes);

    /// <summary>Begins an attribute that holds attributes; give the result to <see cref="EndNest"/>.</summary>
    public int BeginNest(ushort type)
    {
        int start = _length;
        Reserve((ushort)(type | NestedFlag), 0);
        return start;
    }

    /// <summary>Adds bytes that are not an attribute (the fixed part of a nested message), padded.</summary>
    public Span<byte> AddRaw(int length) => Extend(NetlinkPadding.Padded(length))[..length];

    /// <summary>Ends the attribute that began at <paramref name="start"/>.</summary>
    public readonly void EndNest(int start) =>
        HostOrder.WriteUInt16(_buffer, start, checked((ushort)(_length - start)));

    /// <summary>The bytes so far: where the next attribute will begin.</summary>
    public readonly int Length => _length;

    /// <summary>Takes back everything from <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        _buffer.AsSpan(length.._length).Clear();
        _length = length;
    }

    /// <summary>Writes two bytes in host order over what is there.</summary>
    public readonly void PatchUInt16(int offset, ushort value) =>
        HostOrder.WriteUInt16(_buffer, offset, value);

    /// <summary>The complete message; its answer is an acknowledgement.</summary>
    public readonly NetlinkRequest ToRequest() => ToRequest(isDump: false);

    /// <summary>The complete message; its answer is a list.</summary>
    public readonly NetlinkRequest ToDump() => ToRequest(isDump: true);

    private readonly NetlinkRequest ToRequest(bool isDump)
    {
        NetlinkHeader header = new(_length, _type, _flags, 0, 0);
        header.WriteTo(_buffer);
        return new NetlinkRequest(_buffer.AsSpan(0, _length).ToArray(), isDump, _references?.ToArray() ?? []);
    }

    private Span<byte> Reserve(ushort type, int length)
    {
        Span<byte> attribute = Extend(NetlinkPadding.Padded(AttributeReader.HeaderLength + length));
        HostOrder.WriteUInt16(attribute, 0, checked((ushort)(AttributeReader.HeaderLength + length)));
        HostOrder.WriteUInt16(attribute, 2, type);
        return attribute.Slice(AttributeReader.HeaderLength, length);
    }

    private Span<byte> Extend(int length)
    {
        int start = _length;
        _length += length;
        if (_length > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_length, 2 * _buffer.Length));
        }

        return _buffer.AsSpan(start, length);
    }
}
