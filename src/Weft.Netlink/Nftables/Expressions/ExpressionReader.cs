using System.Collections.Generic;

namespace Weft.Netlink.Nftables.Expressions;

/// <summary>Reads the attributes of one expression by their numbers, and remembers what was wrong and what nobody asked
/// for: so that decoding is one line per field and nothing is lost silently.</summary>
internal ref struct ExpressionReader
{
    private readonly AttributeReader _attributes;
    private ulong _asked;

    public ExpressionReader(AttributeReader attributes)
    {
        _attributes = attributes;
    }

    /// <summary>Whether an attribute had a wrong length or value, or one that must be there was not.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Whether there are attributes that were not asked for: then the value says less than the bytes.</summary>
    public readonly bool HasMore
    {
        get
        {
            foreach (NetlinkAttribute attribute in _attributes)
            {
                if (attribute.Type >= 64 || (_asked & (1UL << attribute.Type)) == 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether the attribute is there.</summary>
    public bool Has(ushort type) => TryFind(type, out _);

    /// <summary>Four bytes in network order; 0 if absent.</summary>
    public uint UInt32(ushort type) => OptionalUInt32(type) ?? 0;

    /// <summary>Four bytes in network order; null if absent.</summary>
    public uint? OptionalUInt32(ushort type)
    {
        if (!TryFind(type, out NetlinkAttribute attribute))
        {
            return null;
        }

        return Check(attribute.TryReadNetworkOrder(out uint value), value);
    }

    /// <summary>Four bytes in network order that must be there.</summary>
    public uint RequiredUInt32(ushort type) => OptionalUInt32(type) ?? Check(false, 0U);

    /// <summary>Eight bytes in network order; 0 if absent.</summary>
    public ulong UInt64(ushort type) => TryFind(type, out NetlinkAttribute attribute)
        ? Check(attribute.TryReadNetworkOrder(out ulong value), value)
        : 0;

    /// <summary>Two bytes in network order; null if absent.</summary>
    public ushort? OptionalUInt16(ushort type)
    {
        if (!TryFind(type, out NetlinkAttribute attribute))
        {
            return null;
        }

        return Check(attribute.TryReadNetworkOrder(out ushort value), value);
    }

    /// <summary>One byte; null if absent.</summary>
    public byte? OptionalByte(ushort type)
    {
        if (!TryFind(type, out NetlinkAttribute attribute))
        {
            return null;
        }

        return Check(attribute.TryRead(out byte value), value);
    }

    /// <summary>A register that must be there.</summary>
    public NftRegister Register(ushort type) => OptionalRegister(type) ?? Check(false, default(NftRegister));

    /// <summary>A register; null if absent.</summary>
    public NftRegister? OptionalRegister(ushort type)
    {
        if (OptionalUInt32(type) is not uint number)
        {
            return null;
        }

        return Check(NftRegister.TryOf(number, out NftRegister register), register);
    }

    /// <summary>Text that must be there.</summary>
    public string Text(ushort type) => OptionalText(type) ?? Check(false, "");

    /// <summary>Text; null if absent.</summary>
    public string? OptionalText(ushort type) =>
        TryFind(type, out NetlinkAttribute attribute) ? attribute.ReadText() : null;

    /// <summary>A value (NFTA_DATA_VALUE) that must be there.</summary>
    public NftBytes Value(ushort type)
    {
        NftBytes value = default;
        return Check(
            TryFind(type, out NetlinkAttribute attribute) && NftData.TryDecodeValue(attribute, out value), value);
    }

    /// <summary>A value or a verdict that must be there.</summary>
    public NftData Data(ushort type)
    {
        NftData? data = null;
        bool read = TryFind(type, out NetlinkAttribute attribute) && NftData.TryDecode(attribute, out data);
        return Check(read, data ?? NftData.Of(NftBytes.Empty));
    }

    /// <summary>The expression in an attribute, or those in a list; none if absent.</summary>
    public NftList<NftExpression> Expressions(ushort single, ushort list, int depth)
    {
        List<NftExpression> found = [];
        if (TryFind(single, out NetlinkAttribute attribute))
        {
            Add(attribute, depth, found);
        }

        if (TryFind(list, out attribute))
        {
            if (!attribute.TryReadNested(out AttributeReader elements))
            {
                IsMalformed = true;
                return [];
            }

            foreach (NetlinkAttribute element in elements)
            {
                Add(element, depth, found);
            }
        }

        return [.. found];
    }

    private void Add(NetlinkAttribute attribute, int depth, List<NftExpression> found)
    {
        if (NftExpression.TryDecode(attribute, depth, out NftExpression? expression))
        {
            found.Add(expression);
        }
        else
        {
            IsMalformed = true;
        }
    }

    private T Check<T>(bool holds, T value)
    {
        IsMalformed |= !holds;
        return value;
    }

    private bool TryFind(ushort type, out NetlinkAttribute found)
    {
        _asked |= 1UL << type;
        foreach (NetlinkAttribute attribute in _attributes)
        {
            if (attribute.Type == type)
            {
                found = attribute;
                return true;
            }
        }

        found = default;
        return false;
    }
}
