namespace Weft.Netlink.Nftables.Expressions;

// What counts and what stops counting. The kernel keeps state in these.
public abstract partial record NftExpression
{
    /// <summary>Counts packets and bytes.</summary>
    /// <param name="Packets">Packets so far; in a request, where it begins.</param>
    /// <param name="Bytes">Bytes so far.</param>
    public sealed record Counter(ulong Packets = 0, ulong Bytes = 0) : NftExpression
    {
        private const ushort BytesAttribute = 1; // NFTA_COUNTER_BYTES
        private const ushort PacketsAttribute = 2; // NFTA_COUNTER_PACKETS

        /// <inheritdoc/>
        public override string Name => "counter";

        /// <inheritdoc/>
        public override NftExpression WithoutState() => Packets == 0 && Bytes == 0 ? this : new Counter();

        internal static Counter Read(ref ExpressionReader reader) =>
            new(reader.UInt64(PacketsAttribute), reader.UInt64(BytesAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt64NetworkOrder(BytesAttribute, Bytes);
            writer.AddUInt64NetworkOrder(PacketsAttribute, Packets);
        }
    }

    /// <summary>The rule goes on only for so many packets or bytes in a time, or only beyond them.</summary>
    /// <param name="Rate">How many.</param>
    /// <param name="UnitSeconds">In how many seconds.</param>
    /// <param name="Burst">How many more at once. Of packets the kernel takes 5 for 0, and tells 5.</param>
    /// <param name="Type">Of what.</param>
    /// <param name="Inverted">Whether the rule goes on beyond the limit.</param>
    public sealed record Limit(
        ulong Rate, ulong UnitSeconds, uint Burst = 5, LimitType Type = LimitType.Packets, bool Inverted = false)
        : NftExpression
    {
        private const ushort RateAttribute = 1; // NFTA_LIMIT_RATE
        private const ushort UnitAttribute = 2; // NFTA_LIMIT_UNIT
        private const ushort BurstAttribute = 3; // NFTA_LIMIT_BURST
        private const ushort TypeAttribute = 4; // NFTA_LIMIT_TYPE
        private const ushort FlagsAttribute = 5; // NFTA_LIMIT_FLAGS
        private const uint InvertFlag = 1; // NFT_LIMIT_F_INV

        /// <inheritdoc/>
        public override string Name => "limit";

        internal static Limit Read(ref ExpressionReader reader) => new(
            reader.UInt64(RateAttribute),
            reader.UInt64(UnitAttribute),
            reader.UInt32(BurstAttribute),
            (LimitType)reader.UInt32(TypeAttribute),
            (reader.UInt32(FlagsAttribute) & InvertFlag) != 0);

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt64NetworkOrder(RateAttribute, Rate);
            writer.AddUInt64NetworkOrder(UnitAttribute, UnitSeconds);
            writer.AddUInt32NetworkOrder(BurstAttribute, Burst);
            writer.AddUInt32NetworkOrder(TypeAttribute, (uint)Type);
            writer.AddUInt32NetworkOrder(FlagsAttribute, Inverted ? InvertFlag : 0);
        }
    }

    /// <summary>The rule goes on only while there are at most so many connections, or only beyond them.</summary>
    public sealed record ConnectionLimit(uint Count, bool Inverted = false) : NftExpression
    {
        private const ushort CountAttribute = 1; // NFTA_CONNLIMIT_COUNT
        private const ushort FlagsAttribute = 2; // NFTA_CONNLIMIT_FLAGS
        private const uint InvertFlag = 1; // NFT_CONNLIMIT_F_INV

        /// <inheritdoc/>
        public override string Name => "connlimit";

        internal static ConnectionLimit Read(ref ExpressionReader reader) =>
            new(reader.UInt32(CountAttribute), (reader.UInt32(FlagsAttribute) & InvertFlag) != 0);

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(CountAttribute, Count);
            if (Inverted)
            {
                writer.AddUInt32NetworkOrder(FlagsAttribute, InvertFlag);
            }
        }
    }

    /// <summary>The rule goes on only until so many bytes have passed, or only beyond them.</summary>
    /// <param name="Bytes">How many.</param>
    /// <param name="Flags">Whether beyond.</param>
    /// <param name="Consumed">How many have passed.</param>
    public sealed record Quota(ulong Bytes, QuotaFlags Flags = QuotaFlags.None, ulong Consumed = 0) : NftExpression
    {
        private const ushort BytesAttribute = 1; // NFTA_QUOTA_BYTES
        private const ushort FlagsAttribute = 2; // NFTA_QUOTA_FLAGS
        private const ushort ConsumedAttribute = 4; // NFTA_QUOTA_CONSUMED

        /// <inheritdoc/>
        public override string Name => "quota";

        /// <inheritdoc/>
        public override NftExpression WithoutState() =>
            this with { Consumed = 0, Flags = Flags & ~QuotaFlags.Depleted };

        internal static Quota Read(ref ExpressionReader reader) => new(
            reader.UInt64(BytesAttribute),
            (QuotaFlags)reader.UInt32(FlagsAttribute),
            reader.UInt64(ConsumedAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt64NetworkOrder(BytesAttribute, Bytes);
            writer.AddUInt64NetworkOrder(ConsumedAttribute, Consumed);
            writer.AddUInt32NetworkOrder(FlagsAttribute, (uint)Flags);
        }
    }

    /// <summary>Remembers when it was last passed.</summary>
    /// <param name="IsSet">Whether it ever was.</param>
    /// <param name="Milliseconds">How long ago.</param>
    public sealed record LastUsed(bool IsSet = false, ulong Milliseconds = 0) : NftExpression
    {
        private const ushort SetAttribute = 1; // NFTA_LAST_SET
        private const ushort MillisecondsAttribute = 2; // NFTA_LAST_MSECS

        /// <inheritdoc/>
        public override string Name => "last";

        /// <inheritdoc/>
        public override NftExpression WithoutState() => new LastUsed();

        internal static LastUsed Read(ref ExpressionReader reader) =>
            new(reader.UInt32(SetAttribute) != 0, reader.UInt64(MillisecondsAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(SetAttribute, IsSet ? 1U : 0);
            writer.AddUInt64NetworkOrder(MillisecondsAttribute, Milliseconds);
        }
    }
}
