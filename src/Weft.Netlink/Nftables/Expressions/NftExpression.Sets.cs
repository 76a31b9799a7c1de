using System.Linq;

namespace Weft.Netlink.Nftables.Expressions;

// Sets, maps and named objects of the table.
public abstract partial record NftExpression
{
    /// <summary>Looks up a key in a set or map. Without a hit the rule does not go on, or only then if
    /// <paramref name="Inverted"/>.</summary>
    /// <param name="Set">The set's name.</param>
    /// <param name="Source">Where the key begins.</param>
    /// <param name="Destination">Where a map's value goes; <see cref="NftRegister.Verdict"/> of a verdict map; null of a
    /// set.</param>
    /// <param name="Inverted">Whether it must not be there.</param>
    /// <param name="SetId">Names a set that is made in the same batch, if not 0. The kernel does not give it back.</param>
    public sealed record Lookup(
        string Set, NftRegister Source, NftRegister? Destination = null, bool Inverted = false, uint SetId = 0)
        : NftExpression
    {
        private const ushort SetAttribute = 1; // NFTA_LOOKUP_SET
        private const ushort SourceAttribute = 2; // NFTA_LOOKUP_SREG
        private const ushort DestinationAttribute = 3; // NFTA_LOOKUP_DREG
        private const ushort SetIdAttribute = 4; // NFTA_LOOKUP_SET_ID
        private const ushort FlagsAttribute = 5; // NFTA_LOOKUP_FLAGS
        private const uint InvertFlag = 1; // NFT_LOOKUP_F_INV

        /// <inheritdoc/>
        public override string Name => "lookup";

        /// <inheritdoc/>
        public override NftExpression WithoutState() => SetId == 0 ? this : this with { SetId = 0 };

        internal static Lookup Read(ref ExpressionReader reader) => new(
            reader.Text(SetAttribute),
            reader.Register(SourceAttribute),
            reader.OptionalRegister(DestinationAttribute),
            (reader.UInt32(FlagsAttribute) & InvertFlag) != 0,
            reader.UInt32(SetIdAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddText(SetAttribute, Set);
            writer.AddUInt32NetworkOrder(SourceAttribute, Source.Number);
            if (Destination is NftRegister destination)
            {
                writer.AddUInt32NetworkOrder(DestinationAttribute, destination.Number);
            }

            WriteSetId(ref writer, SetIdAttribute, SetId);
            writer.AddUInt32NetworkOrder(FlagsAttribute, Inverted ? InvertFlag : 0);
        }
    }

    /// <summary>Puts an element into a set, or takes it out, as the packet says.</summary>
    /// <param name="Operation">What happens to the element.</param>
    /// <param name="Set">The set's name.</param>
    /// <param name="Key">Where the key begins.</param>
    /// <param name="Data">Where a map's value begins; null of a set.</param>
    public sealed record DynamicSet(DynamicSetOperation Operation, string Set, NftRegister Key, NftRegister? Data = null)
        : NftExpression
    {
        private const ushort SetAttribute = 1; // NFTA_DYNSET_SET_NAME
        private const ushort SetIdAttribute = 2; // NFTA_DYNSET_SET_ID
        private const ushort OperationAttribute = 3; // NFTA_DYNSET_OP
        private const ushort KeyAttribute = 4; // NFTA_DYNSET_SREG_KEY
        private const ushort ValueAttribute = 5; // NFTA_DYNSET_SREG_DATA
        private const ushort TimeoutAttribute = 6; // NFTA_DYNSET_TIMEOUT
        private const ushort ExpressionAttribute = 7; // NFTA_DYNSET_EXPR
        private const ushort FlagsAttribute = 9; // NFTA_DYNSET_FLAGS
        private const ushort ExpressionsAttribute = 10; // NFTA_DYNSET_EXPRESSIONS
        private const ushort ListElement = 1; // NFTA_LIST_ELEM
        private const uint InvertFlag = 1; // NFT_DYNSET_F_INV
        private const uint ExpressionsFlag = 2; // NFT_DYNSET_F_EXPR

        /// <summary>How long the element stays, in milliseconds; 0 for the set's own timeout.</summary>
        public ulong TimeoutMs { get; init; }

        /// <summary>Whether the rule goes on only if the set is full.</summary>
        public bool Inverted { get; init; }

        /// <summary>What each element carries: a counter, a limit.</summary>
        public NftList<NftExpression> Expressions { get; init; } = [];

        /// <summary>Names a set that is made in the same batch, if not 0. The kernel does not give it back.</summary>
        public uint SetId { get; init; }

        /// <inheritdoc/>
        public override string Name => "dynset";

        /// <inheritdoc/>
        public override NftExpression WithoutState() => this with
        {
            SetId = 0,
            Expressions = NftList.Create<NftExpression>([.. Expressions.Select(e => e.WithoutState())]),
        };

        internal static DynamicSet Read(ref ExpressionReader reader, int depth) => new(
            (DynamicSetOperation)reader.UInt32(OperationAttribute),
            reader.Text(SetAttribute),
            reader.Register(KeyAttribute),
            reader.OptionalRegister(ValueAttribute))
        {
            SetId = reader.UInt32(SetIdAttribute),
            TimeoutMs = reader.UInt64(TimeoutAttribute),
            Inverted = (reader.UInt32(FlagsAttribute) & InvertFlag) != 0,
            Expressions = reader.Expressions(ExpressionAttribute, ExpressionsAttribute, depth),
        };

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(KeyAttribute, Key.Number);
            if (Data is NftRegister data)
            {
                writer.AddUInt32NetworkOrder(ValueAttribute, data.Number);
            }

            writer.AddUInt32NetworkOrder(OperationAttribute, (uint)Operation);
            writer.AddText(SetAttribute, Set);
            WriteSetId(ref writer, SetIdAttribute, SetId);
            if (TimeoutMs != 0)
            {
                // The kernel dumps 0, too, and refuses it for a set without timeouts.
                writer.AddUInt64NetworkOrder(TimeoutAttribute, TimeoutMs);
            }

            uint flags = Inverted ? InvertFlag : 0;
            if (Expressions.Count == 1)
            {
                Expressions[0].Encode(ref writer, ExpressionAttribute);
            }
            else if (Expressions.Count > 1)
            {
                // The kernel takes a list only with this flag, and does not give the flag back.
                flags |= ExpressionsFlag;
                int nest = writer.BeginNest(ExpressionsAttribute);
                foreach (NftExpression expression in Expressions)
                {
                    expression.Encode(ref writer, ListElement);
                }

                writer.EndNest(nest);
            }

            writer.AddUInt32NetworkOrder(FlagsAttribute, flags);
        }
    }

    /// <summary>Uses a named object: counts in it, is limited by it.</summary>
    public sealed record ObjectReference(NftObjectType Type, string Object) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "objref";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddText(ObjectAttribute.Name, Object);
            writer.AddUInt32NetworkOrder(ObjectAttribute.Type, (uint)Type);
        }
    }

    /// <summary>Uses the named object that a map gives for a key.</summary>
    /// <param name="Source">Where the key begins.</param>
    /// <param name="Set">The map's name.</param>
    /// <param name="SetId">Names a map that is made in the same batch, if not 0. The kernel does not give it back.</param>
    public sealed record ObjectMap(NftRegister Source, string Set, uint SetId = 0) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "objref";

        /// <inheritdoc/>
        public override NftExpression WithoutState() => SetId == 0 ? this : this with { SetId = 0 };

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(ObjectAttribute.Source, Source.Number);
            writer.AddText(ObjectAttribute.Set, Set);
            WriteSetId(ref writer, ObjectAttribute.SetId, SetId);
        }
    }

    internal static NftExpression ReadObject(ref ExpressionReader reader) =>
        reader.OptionalRegister(ObjectAttribute.Source) is NftRegister source
            ? new ObjectMap(source, reader.Text(ObjectAttribute.Set), reader.UInt32(ObjectAttribute.SetId))
            : new ObjectReference(
                (NftObjectType)reader.RequiredUInt32(ObjectAttribute.Type), reader.Text(ObjectAttribute.Name));

    private static void WriteSetId(ref NetlinkWriter writer, ushort type, uint id)
    {
        if (id != 0)
        {
            writer.AddUInt32NetworkOrder(type, id);
        }
    }

    // enum nft_objref_attributes.
    private static class ObjectAttribute
    {
        public const ushort Type = 1;
        public const ushort Name = 2;
        public const ushort Source = 3;
        public const ushort Set = 4;
        public const ushort SetId = 5;
    }
}
