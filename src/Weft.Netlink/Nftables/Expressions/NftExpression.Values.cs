namespace Weft.Netlink.Nftables.Expressions;

// Values in registers: put there, compared, changed; and the verdict.
public abstract partial record NftExpression
{
    /// <summary>Puts a value into a register.</summary>
    public sealed record Immediate(NftRegister Destination, NftBytes Value) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "immediate";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(ImmediateDestination, Destination.Number);
            NftData.Encode(ref writer, ImmediateData, Value);
        }
    }

    /// <summary>Ends the rule with a verdict.</summary>
    public sealed record Decide(NftVerdict Verdict) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "immediate";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(ImmediateDestination, NftRegister.Verdict.Number);
            NftData.Of(Verdict).Encode(ref writer, ImmediateData);
        }
    }

    /// <summary>The rule goes on only if what is in the register compares so with a value.</summary>
    public sealed record Compare(NftRegister Source, CompareOperation Operation, NftBytes Value) : NftExpression
    {
        private const ushort SourceAttribute = 1; // NFTA_CMP_SREG
        private const ushort OperationAttribute = 2; // NFTA_CMP_OP
        private const ushort ValueAttribute = 3; // NFTA_CMP_DATA

        /// <inheritdoc/>
        public override string Name => "cmp";

        internal static Compare Read(ref ExpressionReader reader) => new(
            reader.Register(SourceAttribute),
            (CompareOperation)reader.RequiredUInt32(OperationAttribute),
            reader.Value(ValueAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(SourceAttribute, Source.Number);
            writer.AddUInt32NetworkOrder(OperationAttribute, (uint)Operation);
            NftData.Encode(ref writer, ValueAttribute, Value);
        }
    }

    /// <summary>The rule goes on only if what is in the register lies between two values, both included, or does
    /// not.</summary>
    public sealed record Range(NftRegister Source, NftBytes From, NftBytes To, bool Inverted = false) : NftExpression
    {
        private const ushort SourceAttribute = 1; // NFTA_RANGE_SREG
        private const ushort OperationAttribute = 2; // NFTA_RANGE_OP
        private const ushort FromAttribute = 3; // NFTA_RANGE_FROM_DATA
        private const ushort ToAttribute = 4; // NFTA_RANGE_TO_DATA

        /// <inheritdoc/>
        public override string Name => "range";

        internal static Range Read(ref ExpressionReader reader) => new(
            reader.Register(SourceAttribute),
            reader.Value(FromAttribute),
            reader.Value(ToAttribute),
            reader.RequiredUInt32(OperationAttribute) != 0);

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(SourceAttribute, Source.Number);
            writer.AddUInt32NetworkOrder(OperationAttribute, Inverted ? 1U : 0); // NFT_RANGE_NEQ, NFT_RANGE_EQ
            NftData.Encode(ref writer, FromAttribute, From);
            NftData.Encode(ref writer, ToAttribute, To);
        }
    }

    /// <summary><c>(source &amp; mask) ^ xor</c>: and, or, xor, not, with constants.</summary>
    public sealed record MaskXor(NftRegister Source, NftRegister Destination, uint Length, NftBytes Mask, NftBytes Xor)
        : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "bitwise";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            WriteBitwise(ref writer, Source, Destination, Length, BitwiseOperation.MaskXor);
            NftData.Encode(ref writer, BitwiseAttribute.Mask, Mask);
            NftData.Encode(ref writer, BitwiseAttribute.Xor, Xor);
        }
    }

    /// <summary>A shift by a constant number of bits.</summary>
    /// <param name="Source">What is shifted: in host order, as numbers are.</param>
    /// <param name="Destination">Where to.</param>
    /// <param name="Length">How many bytes.</param>
    /// <param name="IsLeft">To the left, else to the right.</param>
    /// <param name="Bits">How far: 1 to 31.</param>
    public sealed record Shift(NftRegister Source, NftRegister Destination, uint Length, bool IsLeft, uint Bits)
        : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "bitwise";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            WriteBitwise(
                ref writer,
                Source,
                Destination,
                Length,
                IsLeft ? BitwiseOperation.LeftShift : BitwiseOperation.RightShift);
            NftData.Encode(ref writer, BitwiseAttribute.Data, NftBytes.OfHostUInt32(Bits));
        }
    }

    /// <summary>And, or, xor of a register with another one or with a constant: Linux 6.13 and newer.</summary>
    /// <param name="Operation">One of the three.</param>
    /// <param name="Source">The first value.</param>
    /// <param name="Second">The register of the second value; null if it is <paramref name="Constant"/>.</param>
    /// <param name="Constant">The second value, without a register.</param>
    /// <param name="Destination">Where to.</param>
    /// <param name="Length">How many bytes.</param>
    public sealed record Combine(
        BitwiseOperation Operation,
        NftRegister Source,
        NftRegister? Second,
        NftBytes Constant,
        NftRegister Destination,
        uint Length) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "bitwise";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            WriteBitwise(ref writer, Source, Destination, Length, Operation);
            if (Second is NftRegister second)
            {
                writer.AddUInt32NetworkOrder(BitwiseAttribute.Second, second.Number);
            }
            else
            {
                NftData.Encode(ref writer, BitwiseAttribute.Data, Constant);
            }
        }
    }

    /// <summary>Turns the bytes of each number round.</summary>
    /// <param name="Source">The numbers.</param>
    /// <param name="Destination">Where to.</param>
    /// <param name="Operation">Which way.</param>
    /// <param name="Length">How many bytes in all.</param>
    /// <param name="Size">Bytes of one number: 2, 4 or 8.</param>
    public sealed record ByteOrder(
        NftRegister Source, NftRegister Destination, ByteOrderOperation Operation, uint Length, uint Size)
        : NftExpression
    {
        private const ushort SourceAttribute = 1; // NFTA_BYTEORDER_SREG
        private const ushort DestinationAttribute = 2; // NFTA_BYTEORDER_DREG
        private const ushort OperationAttribute = 3; // NFTA_BYTEORDER_OP
        private const ushort LengthAttribute = 4; // NFTA_BYTEORDER_LEN
        private const ushort SizeAttribute = 5; // NFTA_BYTEORDER_SIZE

        /// <inheritdoc/>
        public override string Name => "byteorder";

        internal static ByteOrder Read(ref ExpressionReader reader) => new(
            reader.Register(SourceAttribute),
            reader.Register(DestinationAttribute),
            (ByteOrderOperation)reader.RequiredUInt32(OperationAttribute),
            reader.RequiredUInt32(LengthAttribute),
            reader.RequiredUInt32(SizeAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(SourceAttribute, Source.Number);
            writer.AddUInt32NetworkOrder(DestinationAttribute, Destination.Number);
            writer.AddUInt32NetworkOrder(OperationAttribute, (uint)Operation);
            writer.AddUInt32NetworkOrder(LengthAttribute, Length);
            writer.AddUInt32NetworkOrder(SizeAttribute, Size);
        }
    }

    private const ushort ImmediateDestination = 1; // NFTA_IMMEDIATE_DREG
    private const ushort ImmediateData = 2; // NFTA_IMMEDIATE_DATA

    internal static NftExpression ReadImmediate(ref ExpressionReader reader)
    {
        NftRegister destination = reader.Register(ImmediateDestination);
        return reader.Data(ImmediateData) switch
        {
            NftData.Verdict verdict => new Decide(verdict.Says),
            NftData.Value value => new Immediate(destination, value.Bytes),
            _ => new Immediate(destination, default),
        };
    }

    internal static NftExpression? ReadBitwise(ref ExpressionReader reader)
    {
        NftRegister source = reader.Register(BitwiseAttribute.Source);
        NftRegister destination = reader.Register(BitwiseAttribute.Destination);
        uint length = reader.RequiredUInt32(BitwiseAttribute.Length);
        BitwiseOperation operation = (BitwiseOperation)reader.UInt32(BitwiseAttribute.Operation);
        switch (operation)
        {
            case BitwiseOperation.MaskXor:
                return new MaskXor(
                    source,
                    destination,
                    length,
                    reader.Value(BitwiseAttribute.Mask),
                    reader.Value(BitwiseAttribute.Xor));
            case BitwiseOperation.LeftShift or BitwiseOperation.RightShift:
                NftBytes bits = reader.Value(BitwiseAttribute.Data);
                return bits.Length == 4
                    ? new Shift(
                        source,
                        destination,
                        length,
                        operation == BitwiseOperation.LeftShift,
                        Weft.Net.Bytes.HostOrder.ReadUInt32(bits.Span))
                    : null;
            case BitwiseOperation.And or BitwiseOperation.Or or BitwiseOperation.Xor:
                NftRegister? second = reader.OptionalRegister(BitwiseAttribute.Second);
                NftBytes constant = second is null ? reader.Value(BitwiseAttribute.Data) : default;
                return new Combine(operation, source, second, constant, destination, length);
            default:
                return null;
        }
    }

    private static void WriteBitwise(
        ref NetlinkWriter writer, NftRegister source, NftRegister destination, uint length, BitwiseOperation operation)
    {
        writer.AddUInt32NetworkOrder(BitwiseAttribute.Source, source.Number);
        writer.AddUInt32NetworkOrder(BitwiseAttribute.Destination, destination.Number);
        writer.AddUInt32NetworkOrder(BitwiseAttribute.Length, length);
        writer.AddUInt32NetworkOrder(BitwiseAttribute.Operation, (uint)operation);
    }

    // enum nft_bitwise_attributes.
    private static class BitwiseAttribute
    {
        public const ushort Source = 1;
        public const ushort Destination = 2;
        public const ushort Length = 3;
        public const ushort Mask = 4;
        public const ushort Xor = 5;
        public const ushort Operation = 6;
        public const ushort Data = 7;
        public const ushort Second = 8;
    }
}
