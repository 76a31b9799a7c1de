using System.Diagnostics.CodeAnalysis;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Netlink.Nftables;

/// <summary>What a named object is (NFTA_OBJ_DATA). The family is closed; kinds that are not modelled keep their bytes.
/// </summary>
public abstract partial record NftObjectContent
{
    private NftObjectContent()
    {
    }

    /// <summary>The kind.</summary>
    public abstract NftObjectType Type { get; }

    /// <summary>This without what the kernel counts.</summary>
    public virtual NftObjectContent AsMeant() => this;

    /// <summary>Adds what is inside NFTA_OBJ_DATA.</summary>
    internal abstract void Encode(ref NetlinkWriter writer);

    /// <summary>Reads what is inside NFTA_OBJ_DATA.</summary>
    internal static bool TryDecode(
        NftObjectType type, NetlinkAttribute data, [NotNullWhen(true)] out NftObjectContent? content)
    {
        content = null;
        if (!data.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        content = type switch
        {
            NftObjectType.Counter => Counter.Decode(attributes),
            NftObjectType.Quota => Quota.Decode(attributes),
            NftObjectType.Limit => Limit.Decode(attributes),
            NftObjectType.ConnectionLimit => ConnectionLimit.Decode(attributes),
            NftObjectType.Tunnel => Tunnel.Decode(attributes),
            _ => new Other(type, new NftBytes(data.Value)),
        };
        return content is not null;
    }

    /// <summary>A kind that is not modelled here.</summary>
    /// <param name="Kind">The kind.</param>
    /// <param name="Data">What is inside NFTA_OBJ_DATA.</param>
    public sealed record Other(NftObjectType Kind, NftBytes Data) : NftObjectContent
    {
        /// <inheritdoc/>
        public override NftObjectType Type => Kind;

        internal override void Encode(ref NetlinkWriter writer) => Data.Span.CopyTo(writer.AddRaw(Data.Length));
    }

    /// <summary>Counts packets and bytes.</summary>
    public sealed record Counter(ulong Packets, ulong Bytes) : NftObjectContent
    {
        private const ushort BytesAttribute = 1; // NFTA_COUNTER_BYTES
        private const ushort PacketsAttribute = 2; // NFTA_COUNTER_PACKETS

        /// <inheritdoc/>
        public override NftObjectType Type => NftObjectType.Counter;

        /// <inheritdoc/>
        public override NftObjectContent AsMeant() => new Counter(0, 0);

        internal static Counter? Decode(AttributeReader attributes)
        {
            ulong packets = 0;
            ulong bytes = 0;
            bool valid = true;
            foreach (NetlinkAttribute attribute in attributes)
            {
                switch (attribute.Type)
                {
                    case BytesAttribute:
                        valid &= attribute.TryReadNetworkOrder(out bytes);
                        break;
                    case PacketsAttribute:
                        valid &= attribute.TryReadNetworkOrder(out packets);
                        break;
                }
            }

            return valid ? new Counter(packets, bytes) : null;
        }

        internal override void Encode(ref NetlinkWriter writer)
        {
            writer.AddUInt64NetworkOrder(BytesAttribute, Bytes);
            writer.AddUInt64NetworkOrder(PacketsAttribute, Packets);
        }
    }

    /// <summary>Matches until so many bytes have passed; inverted, from then on.</summary>
    public sealed record Quota(ulong Bytes, bool Inverted = false, ulong Consumed = 0) : NftObjectContent
    {
        private const ushort BytesAttribute = 1; // NFTA_QUOTA_BYTES
        private const ushort FlagsAttribute = 2; // NFTA_QUOTA_FLAGS
        private const ushort ConsumedAttribute = 4; // NFTA_QUOTA_CONSUMED
        private const uint InvertedFlag = 0x1; // NFT_QUOTA_F_INV

        /// <inheritdoc/>
        public override NftObjectType Type => NftObjectType.Quota;

        /// <inheritdoc/>
        public override NftObjectContent AsMeant() => this with { Consumed = 0 };

        internal static Quota? Decode(AttributeReader attributes)
        {
            ulong bytes = 0;
            ulong consumed = 0;
            uint flags = 0;
            bool valid = true;
            foreach (NetlinkAttribute attribute in attributes)
            {
                switch (attribute.Type)
                {
                    case BytesAttribute:
                        valid &= attribute.TryReadNetworkOrder(out bytes);
                        break;
                    case FlagsAttribute:
                        valid &= attribute.TryReadNetworkOrder(out flags);
                        break;
                    case ConsumedAttribute:
                        valid &= attribute.TryReadNetworkOrder(out consumed);
                        break;
                }
            }

            return valid ? new Quota(bytes, (flags & InvertedFlag) != 0, consumed) : null;
        }

        internal override void Encode(ref NetlinkWriter writer)
        {
            writer.AddUInt64NetworkOrder(BytesAttribute, Bytes);
            writer.AddUInt64NetworkOrder(ConsumedAttribute, Consumed);
            writer.AddUInt32NetworkOrder(FlagsAttribute, Inverted ? InvertedFlag : 0);
        }
    }

    /// <summary>Matches while no more than so many packets or bytes pass in a time; inverted, otherwise.</summary>
    /// <param name="Rate">How many.</param>
    /// <param name="Seconds">In how long a time.</param>
    /// <param name="Burst">How many more at once.</param>
    /// <param name="CountsBytes">Bytes (NFT_LIMIT_PKT_BYTES) rather than packets.</param>
    /// <param name="Inverted">Whether it matches what is too much.</param>
    public sealed record Limit(
        ulong Rate, ulong Seconds, uint Burst, bool CountsBytes = false, bool Inverted = false) : NftObjectContent
    {
        private const ushort RateAttribute = 1; // NFTA_LIMIT_RATE
        private const ushort UnitAttribute = 2; // NFTA_LIMIT_UNIT
        private const ushort BurstAttribute = 3; // NFTA_LIMIT_BURST
        private const ushort TypeAttribute = 4; // NFTA_LIMIT_TYPE
        private const ushort FlagsAttribute = 5; // NFTA_LIMIT_FLAGS
        private const uint InvertedFlag = 0x1; // NFT_LIMIT_F_INV

        /// <inheritdoc/>
        public override NftObjectType Type => NftObjectType.Limit;

        internal static Limit? Decode(AttributeReader attributes)
        {
            ulong rate = 0;
            ulong unit = 0;
            uint burst = 0;
            uint type = 0;
            uint flags = 0;
            bool valid = true;
            foreach (NetlinkAttribute attribute in attributes)
            {
                switch (attribute.Type)
                {
                    case RateAttribute:
                        valid &= attribute.TryReadNetworkOrder(out rate);
                        break;
                    case UnitAttribute:
                        valid &= attribute.TryReadNetworkOrder(out unit);
                        break;
                    case BurstAttribute:
                        valid &= attribute.TryReadNetworkOrder(out burst);
                        break;
                    case TypeAttribute:
                        valid &= attribute.TryReadNetworkOrder(out type);
                        break;
                    case FlagsAttribute:
                        valid &= attribute.TryReadNetworkOrder(out flags);
                        break;
                }
            }

            return valid ? new Limit(rate, unit, burst, type != 0, (flags & InvertedFlag) != 0) : null;
        }

        internal override void Encode(ref NetlinkWriter writer)
        {
            writer.AddUInt64NetworkOrder(RateAttribute, Rate);
            writer.AddUInt64NetworkOrder(UnitAttribute, Seconds);
            writer.AddUInt32NetworkOrder(BurstAttribute, Burst);
            writer.AddUInt32NetworkOrder(TypeAttribute, CountsBytes ? 1u : 0);
            writer.AddUInt32NetworkOrder(FlagsAttribute, Inverted ? InvertedFlag : 0);
        }
    }

    /// <summary>Matches while there are no more connections than this; inverted, otherwise.</summary>
    public sealed record ConnectionLimit(uint Count, bool Inverted = false) : NftObjectContent
    {
        private const ushort CountAttribute = 1; // NFTA_CONNLIMIT_COUNT
        private const ushort FlagsAttribute = 2; // NFTA_CONNLIMIT_FLAGS
        private const uint InvertedFlag = 0x1; // NFT_CONNLIMIT_F_INV

        /// <inheritdoc/>
        public override NftObjectType Type => NftObjectType.ConnectionLimit;

        internal static ConnectionLimit? Decode(AttributeReader attributes)
        {
            uint count = 0;
            uint flags = 0;
            bool valid = true;
            foreach (NetlinkAttribute attribute in attributes)
            {
                switch (attribute.Type)
                {
                    case CountAttribute:
                        valid &= attribute.TryReadNetworkOrder(out count);
                        break;
                    case FlagsAttribute:
                        valid &= attribute.TryReadNetworkOrder(out flags);
                        break;
                }
            }

            return valid ? new ConnectionLimit(count, (flags & InvertedFlag) != 0) : null;
        }

        internal override void Encode(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(CountAttribute, Count);
            writer.AddUInt32NetworkOrder(FlagsAttribute, Inverted ? InvertedFlag : 0);
        }
    }
}
