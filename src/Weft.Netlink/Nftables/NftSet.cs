using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Netlink.Nftables;

/// <summary>Flags of a set (<c>enum nft_set_flags</c>).</summary>
[Flags]
public enum NftSetFlags : uint
{
    /// <summary>None: a hash table of single values.</summary>
    None = 0,

    /// <summary>NFT_SET_ANONYMOUS: it has no name of its own and goes with the rule that uses it.</summary>
    Anonymous = 0x1,

    /// <summary>NFT_SET_CONSTANT: it does not change once a rule uses it.</summary>
    Constant = 0x2,

    /// <summary>NFT_SET_INTERVAL: its elements are intervals.</summary>
    Interval = 0x4,

    /// <summary>NFT_SET_MAP: each element has data.</summary>
    Map = 0x8,

    /// <summary>NFT_SET_TIMEOUT: elements may go by themselves.</summary>
    Timeout = 0x10,

    /// <summary>NFT_SET_EVAL: rules may add elements (<c>dynamic</c>).</summary>
    Dynamic = 0x20,

    /// <summary>NFT_SET_OBJECT: each element names an object.</summary>
    Object = 0x40,

    /// <summary>NFT_SET_CONCAT: its key is a concatenation of intervals.</summary>
    Concat = 0x80,

    /// <summary>NFT_SET_EXPR: each element has expressions.</summary>
    Expressions = 0x100,
}

/// <summary>A set or map of a table (NFT_MSG_NEWSET), without its elements.</summary>
/// <remarks>A list of the elements of a hash table without <see cref="Size"/> is not to be trusted while the kernel makes
/// the table larger, just after many were added: some elements are told twice then, and as many not at all. A list in
/// which no key repeats is whole. With a size the kernel takes a table that does not grow.</remarks>
public sealed record NftSet
{
    private const ushort TableAttribute = 1; // NFTA_SET_TABLE
    private const ushort NameAttribute = 2; // NFTA_SET_NAME
    private const ushort FlagsAttribute = 3; // NFTA_SET_FLAGS
    private const ushort KeyTypeAttribute = 4; // NFTA_SET_KEY_TYPE
    private const ushort KeyLengthAttribute = 5; // NFTA_SET_KEY_LEN
    private const ushort DataTypeAttribute = 6; // NFTA_SET_DATA_TYPE
    private const ushort DataLengthAttribute = 7; // NFTA_SET_DATA_LEN
    private const ushort PolicyAttribute = 8; // NFTA_SET_POLICY
    private const ushort DescriptionAttribute = 9; // NFTA_SET_DESC
    private const ushort IdAttribute = 10; // NFTA_SET_ID
    private const ushort TimeoutAttribute = 11; // NFTA_SET_TIMEOUT
    private const ushort CollectionIntervalAttribute = 12; // NFTA_SET_GC_INTERVAL
    private const ushort UserDataAttribute = 13; // NFTA_SET_USERDATA
    private const ushort ObjectTypeAttribute = 15; // NFTA_SET_OBJ_TYPE
    private const ushort HandleAttribute = 16; // NFTA_SET_HANDLE
    private const ushort ExpressionAttribute = 17; // NFTA_SET_EXPR
    private const ushort ExpressionsAttribute = 18; // NFTA_SET_EXPRESSIONS
    private const ushort SizeAttribute = 1; // NFTA_SET_DESC_SIZE
    private const ushort ConcatAttribute = 2; // NFTA_SET_DESC_CONCAT
    private const ushort ElementAttribute = 1; // NFTA_LIST_ELEM
    private const ushort FieldLengthAttribute = 1; // NFTA_SET_FIELD_LEN

    /// <summary>The table's family.</summary>
    public required NftFamily Family { get; init; }

    /// <summary>The table.</summary>
    public required string Table { get; init; }

    /// <summary>Its name, unique in its table.</summary>
    public required string Name { get; init; }

    /// <summary>The flags.</summary>
    public NftSetFlags Flags { get; init; }

    /// <summary>nft's number of the key's type.</summary>
    public uint KeyType { get; init; }

    /// <summary>Bytes of a key.</summary>
    public required int KeyLength { get; init; }

    /// <summary>nft's number of the data's type, of a map.</summary>
    public uint DataType { get; init; }

    /// <summary>Bytes of a map's data; 16 of a verdict map.</summary>
    public int DataLength { get; init; }

    /// <summary>The kind of the objects that an object map names.</summary>
    public NftObjectType ObjectType { get; init; }

    /// <summary>How many elements it takes at most; 0 for no bound.</summary>
    public uint Size { get; init; }

    /// <summary>Bytes of each field of a concatenation of intervals, without padding; empty of any other key.</summary>
    public NftList<int> FieldLengths { get; init; } = [];

    /// <summary>When elements go that say nothing of themselves, in milliseconds; 0 for never.</summary>
    public ulong Timeout { get; init; }

    /// <summary>How often old elements are cleared away, in milliseconds; 0 for the kernel's choice.</summary>
    public uint CollectionInterval { get; init; }

    /// <summary>Whether it shall save memory rather than time (NFT_SET_POL_MEMORY). Not for single values: the kernel
    /// may choose a tree of intervals then, which takes the second of them for an overlap (EEXIST).</summary>
    public bool SavesMemory { get; init; }

    /// <summary>What each element gets when it is made: counters, limits.</summary>
    public NftList<NftExpression> Expressions { get; init; } = [];

    /// <summary>What its maker put down beside it (<see cref="NftUserData.OfSet"/>).</summary>
    public NftBytes UserData { get; init; }

    /// <summary>The kernel's number of it; 0 if it is not in a kernel yet.</summary>
    public ulong Handle { get; init; }

    /// <summary>A number by which rules of the same transaction may name it. Named sets need none.</summary>
    public uint Id { get; init; }

    /// <summary>The comment in the user data.</summary>
    public string? Comment => NftUserData.CommentOfSet(UserData);

    /// <summary>This without what the kernel adds: two that were meant alike are equal.</summary>
    public NftSet AsMeant() => this with
    {
        Handle = 0,
        Id = 0,
        Expressions = NftExpressionList.WithoutState(Expressions),
    };

    /// <summary>A set of single values or, with <see cref="NftSetFlags.Interval"/>, of intervals; a map if it has
    /// <paramref name="data"/>.</summary>
    public static NftSet Of(
        NftFamily family,
        string table,
        string name,
        IReadOnlyList<NftDataType> key,
        NftSetFlags flags = NftSetFlags.None,
        NftDataType? data = null,
        string? comment = null)
    {
        NftDataType type = NftDataType.Concat(key);

        // The kernel needs to know the fields only where each is an interval of its own.
        bool isConcat = key.Count > 1 && flags.HasFlag(NftSetFlags.Interval);
        return new NftSet
        {
            Family = family,
            Table = table,
            Name = name,
            Flags = flags | (isConcat ? NftSetFlags.Concat : 0) | (data is null ? 0 : NftSetFlags.Map),
            KeyType = type.Number,
            KeyLength = type.Length,
            FieldLengths = isConcat ? [.. key.Select(field => field.Length)] : [],
            DataType = data?.Number ?? 0,
            DataLength = data?.Length ?? 0,
            UserData = NftUserData.OfSet(type.Order, data?.Order, comment),
        };
    }

    internal static bool TryDecode(
        NftFamily family, AttributeReader attributes, [NotNullWhen(true)] out NftSet? value)
    {
        string? table = null;
        string? name = null;
        uint flags = 0;
        uint keyType = 0;
        uint keyLength = 0;
        uint dataType = 0;
        uint dataLength = 0;
        uint objectType = 0;
        uint policy = 0;
        uint collection = 0;
        uint id = 0;
        ulong timeout = 0;
        ulong handle = 0;
        (uint Size, NftList<int> Fields) description = (0, []);
        NftList<NftExpression> expressions = [];
        NftBytes userData = default;
        bool valid = true;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case TableAttribute:
                    table = attribute.ReadText();
                    break;
                case NameAttribute:
                    name = attribute.ReadText();
                    break;
                case FlagsAttribute:
                    valid &= attribute.TryReadNetworkOrder(out flags);
                    break;
                case KeyTypeAttribute:
                    valid &= attribute.TryReadNetworkOrder(out keyType);
                    break;
                case KeyLengthAttribute:
                    valid &= attribute.TryReadNetworkOrder(out keyLength);
                    break;
                case DataTypeAttribute:
                    valid &= attribute.TryReadNetworkOrder(out dataType);
                    break;
                case DataLengthAttribute:
                    valid &= attribute.TryReadNetworkOrder(out dataLength);
                    break;
                case ObjectTypeAttribute:
                    valid &= attribute.TryReadNetworkOrder(out objectType);
                    break;
                case PolicyAttribute:
                    valid &= attribute.TryReadNetworkOrder(out policy);
                    break;
                case CollectionIntervalAttribute:
                    valid &= attribute.TryReadNetworkOrder(out collection);
                    break;
                case IdAttribute:
                    valid &= attribute.TryReadNetworkOrder(out id);
                    break;
                case TimeoutAttribute:
                    valid &= attribute.TryReadNetworkOrder(out timeout);
                    break;
                case HandleAttribute:
                    valid &= attribute.TryReadNetworkOrder(out handle);
                    break;
                case DescriptionAttribute:
                    valid &= TryDecodeDescription(attribute, out description);
                    break;
                case ExpressionAttribute:
                    valid &= NftExpressionList.TryDecodeSingle(attribute, out expressions);
                    break;
                case ExpressionsAttribute:
                    valid &= NftExpressionList.TryDecode(attribute, out expressions);
                    break;
                case UserDataAttribute:
                    userData = new NftBytes(attribute.Value);
                    break;
            }
        }

        valid &= keyLength <= int.MaxValue && dataLength <= int.MaxValue;
        value = !valid || table is null || name is null ? null : new NftSet
        {
            Family = family,
            Table = table,
            Name = name,
            Flags = (NftSetFlags)flags,
            KeyType = keyType,
            KeyLength = (int)keyLength,
            DataType = dataType,
            DataLength = (int)dataLength,
            ObjectType = (NftObjectType)objectType,
            Size = description.Size,
            FieldLengths = description.Fields,
            Timeout = timeout,
            CollectionInterval = collection,
            SavesMemory = policy != 0,
            Expressions = expressions,
            UserData = userData,
            Handle = handle,
            Id = id,
        };
        return value is not null;
    }

    /// <summary>Adds everything, in the kernel's order; a request has an id, which a kernel does not tell.</summary>
    internal void Encode(ref NetlinkWriter writer, bool isRequest)
    {
        writer.AddText(TableAttribute, Table);
        writer.AddText(NameAttribute, Name);
        if (isRequest)
        {
            writer.AddUInt32NetworkOrder(IdAttribute, Id);
        }

        AddUnlessZero(ref writer, HandleAttribute, Handle);
        AddUnlessZero(ref writer, FlagsAttribute, (uint)Flags);
        writer.AddUInt32NetworkOrder(KeyTypeAttribute, KeyType);
        writer.AddUInt32NetworkOrder(KeyLengthAttribute, checked((uint)KeyLength));
        if (Flags.HasFlag(NftSetFlags.Map))
        {
            writer.AddUInt32NetworkOrder(DataTypeAttribute, DataType);
            writer.AddUInt32NetworkOrder(DataLengthAttribute, checked((uint)DataLength));
        }

        AddUnlessZero(ref writer, ObjectTypeAttribute, (uint)ObjectType);
        AddUnlessZero(ref writer, TimeoutAttribute, Timeout);
        AddUnlessZero(ref writer, CollectionIntervalAttribute, CollectionInterval);
        AddUnlessZero(ref writer, PolicyAttribute, SavesMemory ? 1u : 0);
        if (UserData.Length > 0)
        {
            writer.Add(UserDataAttribute, UserData.Span);
        }

        EncodeDescription(ref writer);
        NftExpressionList.Encode(ref writer, ExpressionAttribute, ExpressionsAttribute, Expressions);
    }

    /// <summary>Adds table, and the name or with none the handle.</summary>
    internal static void EncodeIdentity(ref NetlinkWriter writer, string? table, string? name, ulong handle = 0)
    {
        if (table is not null)
        {
            writer.AddText(TableAttribute, table);
        }

        if (name is not null)
        {
            writer.AddText(NameAttribute, name);
        }

        AddUnlessZero(ref writer, HandleAttribute, handle);
    }

    private static void AddUnlessZero(ref NetlinkWriter writer, ushort type, uint value)
    {
        if (value != 0)
        {
            writer.AddUInt32NetworkOrder(type, value);
        }
    }

    private static void AddUnlessZero(ref NetlinkWriter writer, ushort type, ulong value)
    {
        if (value != 0)
        {
            writer.AddUInt64NetworkOrder(type, value);
        }
    }

    private void EncodeDescription(ref NetlinkWriter writer)
    {
        int description = writer.BeginNest(DescriptionAttribute);
        AddUnlessZero(ref writer, SizeAttribute, Size);
        if (FieldLengths.Count > 0)
        {
            int concat = writer.BeginNest(ConcatAttribute);
            foreach (int length in FieldLengths)
            {
                int field = writer.BeginNest(ElementAttribute);
                writer.AddUInt32NetworkOrder(FieldLengthAttribute, checked((uint)length));
                writer.EndNest(field);
            }

            writer.EndNest(concat);
        }

        writer.EndNest(description);
    }

    private static bool TryDecodeDescription(
        NetlinkAttribute attribute, out (uint Size, NftList<int> Fields) description)
    {
        description = (0, []);
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        uint size = 0;
        List<int> fields = [];
        bool valid = true;
        foreach (NetlinkAttribute inner in attributes)
        {
            switch (inner.Type)
            {
                case SizeAttribute:
                    valid &= inner.TryReadNetworkOrder(out size);
                    break;
                case ConcatAttribute:
                    valid &= TryDecodeFields(inner, fields);
                    break;
            }
        }

        description = (size, [.. fields]);
        return valid;
    }

    private static bool TryDecodeFields(NetlinkAttribute attribute, List<int> fields)
    {
        if (!attribute.TryReadNested(out AttributeReader elements))
        {
            return false;
        }

        foreach (NetlinkAttribute element in elements)
        {
            if (!element.TryReadNested(out AttributeReader attributes))
            {
                return false;
            }

            foreach (NetlinkAttribute inner in attributes)
            {
                if (inner.Type == FieldLengthAttribute)
                {
                    if (!inner.TryReadNetworkOrder(out uint length) || length > int.MaxValue)
                    {
                        return false;
                    }

                    fields.Add((int)length);
                }
            }
        }

        return true;
    }
}
