namespace Weft.Netlink.Nftables.Expressions;

// Numbers to choose with.
public abstract partial record NftExpression
{
    /// <summary>The next number, or any.</summary>
    /// <param name="Destination">Where to: 4 bytes in host order.</param>
    /// <param name="Modulus">How many numbers.</param>
    /// <param name="Type">In turn, or at random.</param>
    /// <param name="Offset">The first.</param>
    public sealed record NumberGenerator(
        NftRegister Destination, uint Modulus, NumberGeneratorType Type, uint Offset = 0) : NftExpression
    {
        private const ushort DestinationAttribute = 1; // NFTA_NG_DREG
        private const ushort ModulusAttribute = 2; // NFTA_NG_MODULUS
        private const ushort TypeAttribute = 3; // NFTA_NG_TYPE
        private const ushort OffsetAttribute = 4; // NFTA_NG_OFFSET

        /// <inheritdoc/>
        public override string Name => "numgen";

        internal static NumberGenerator Read(ref ExpressionReader reader) => new(
            reader.Register(DestinationAttribute),
            reader.RequiredUInt32(ModulusAttribute),
            (NumberGeneratorType)reader.UInt32(TypeAttribute),
            reader.UInt32(OffsetAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(DestinationAttribute, Destination.Number);
            writer.AddUInt32NetworkOrder(ModulusAttribute, Modulus);
            writer.AddUInt32NetworkOrder(TypeAttribute, (uint)Type);
            writer.AddUInt32NetworkOrder(OffsetAttribute, Offset);
        }
    }

    /// <summary>Jenkins's hash of a register (NFT_HASH_JENKINS).</summary>
    /// <param name="Source">What is hashed.</param>
    /// <param name="Destination">Where to: 4 bytes in host order.</param>
    /// <param name="Length">How many bytes are hashed.</param>
    /// <param name="Modulus">How many results.</param>
    /// <param name="Seed">The kernel makes one up if null.</param>
    /// <param name="Offset">The first result.</param>
    public sealed record JenkinsHash(
        NftRegister Source, NftRegister Destination, uint Length, uint Modulus, uint? Seed = null, uint Offset = 0)
        : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "hash";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(HashAttribute.Source, Source.Number);
            writer.AddUInt32NetworkOrder(HashAttribute.Destination, Destination.Number);
            writer.AddUInt32NetworkOrder(HashAttribute.Length, Length);
            writer.AddUInt32NetworkOrder(HashAttribute.Modulus, Modulus);
            if (Seed is uint seed)
            {
                writer.AddUInt32NetworkOrder(HashAttribute.Seed, seed);
            }

            WriteOffset(ref writer, Offset);
            writer.AddUInt32NetworkOrder(HashAttribute.Type, JenkinsType);
        }
    }

    /// <summary>The kernel's hash of the flow, the same in both directions (NFT_HASH_SYM).</summary>
    public sealed record SymmetricHash(NftRegister Destination, uint Modulus, uint Offset = 0) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "hash";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(HashAttribute.Destination, Destination.Number);
            writer.AddUInt32NetworkOrder(HashAttribute.Modulus, Modulus);
            WriteOffset(ref writer, Offset);
            writer.AddUInt32NetworkOrder(HashAttribute.Type, SymmetricType);
        }
    }

    private const uint JenkinsType = 0; // NFT_HASH_JENKINS
    private const uint SymmetricType = 1; // NFT_HASH_SYM

    internal static NftExpression? ReadHash(ref ExpressionReader reader)
    {
        NftRegister destination = reader.Register(HashAttribute.Destination);
        uint modulus = reader.RequiredUInt32(HashAttribute.Modulus);
        uint offset = reader.UInt32(HashAttribute.Offset);
        return reader.UInt32(HashAttribute.Type) switch
        {
            JenkinsType => new JenkinsHash(
                reader.Register(HashAttribute.Source),
                destination,
                reader.RequiredUInt32(HashAttribute.Length),
                modulus,
                reader.OptionalUInt32(HashAttribute.Seed),
                offset),
            SymmetricType => new SymmetricHash(destination, modulus, offset),
            _ => null,
        };
    }

    private static void WriteOffset(ref NetlinkWriter writer, uint offset)
    {
        if (offset != 0)
        {
            writer.AddUInt32NetworkOrder(HashAttribute.Offset, offset);
        }
    }

    // enum nft_hash_attributes.
    private static class HashAttribute
    {
        public const ushort Source = 1;
        public const ushort Destination = 2;
        public const ushort Length = 3;
        public const ushort Modulus = 4;
        public const ushort Seed = 5;
        public const ushort Offset = 6;
        public const ushort Type = 7;
    }
}
