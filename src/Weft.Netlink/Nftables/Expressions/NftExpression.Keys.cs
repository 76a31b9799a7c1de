namespace Weft.Netlink.Nftables.Expressions;

// What the kernel knows of a packet, beside its bytes: a key and a register.
public abstract partial record NftExpression
{
    /// <summary>Loads what is known of the packet itself.</summary>
    public sealed record MetaLoad(NftRegister Destination, MetaKey Key) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "meta";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(MetaAttribute.Key, (uint)Key);
            writer.AddUInt32NetworkOrder(MetaAttribute.Destination, Destination.Number);
        }
    }

    /// <summary>Sets what is kept with the packet: mark, priority, tracing.</summary>
    public sealed record MetaSet(MetaKey Key, NftRegister Source) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "meta";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(MetaAttribute.Key, (uint)Key);
            writer.AddUInt32NetworkOrder(MetaAttribute.Source, Source.Number);
        }
    }

    /// <summary>Loads what is known of the packet's connection. A packet without one does not match, except by
    /// <see cref="CtKey.State"/>.</summary>
    /// <param name="Destination">Where to.</param>
    /// <param name="Key">What.</param>
    /// <param name="Direction">Of which direction, where the key has one.</param>
    public sealed record CtLoad(NftRegister Destination, CtKey Key, CtDirection? Direction = null) : NftExpression
    {
        /// <summary>The direction; none where both have the same, as the kernel has it.</summary>
        public CtDirection? Direction { get; init; } =
            Key is CtKey.L3Protocol or CtKey.Protocol ? null : Direction;

        /// <inheritdoc/>
        public override string Name => "ct";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(CtAttribute.Destination, Destination.Number);
            writer.AddUInt32NetworkOrder(CtAttribute.Key, (uint)Key);
            WriteDirection(ref writer, Direction);
        }
    }

    /// <summary>Sets what is kept with the packet's connection: mark, labels, zone, events.</summary>
    /// <param name="Key">What.</param>
    /// <param name="Source">The value.</param>
    /// <param name="Direction">Of which direction: only of a zone.</param>
    public sealed record CtSet(CtKey Key, NftRegister Source, CtDirection? Direction = null) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "ct";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(CtAttribute.Source, Source.Number);
            writer.AddUInt32NetworkOrder(CtAttribute.Key, (uint)Key);
            WriteDirection(ref writer, Direction);
        }
    }

    /// <summary>Loads what is known of the packet's route.</summary>
    public sealed record RouteLoad(NftRegister Destination, RouteKey Key) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "rt";

        internal static RouteLoad Read(ref ExpressionReader reader) => new(
            reader.Register(MetaAttribute.Destination), (RouteKey)reader.RequiredUInt32(MetaAttribute.Key));

        // enum nft_rt_attributes has the numbers of enum nft_meta_attributes.
        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(MetaAttribute.Key, (uint)Key);
            writer.AddUInt32NetworkOrder(MetaAttribute.Destination, Destination.Number);
        }
    }

    /// <summary>Looks into the routing tables. Without a route the interface is 0.</summary>
    /// <param name="Destination">Where to.</param>
    /// <param name="Result">What is asked.</param>
    /// <param name="Flags">What is looked up, and by what.</param>
    public sealed record Fib(NftRegister Destination, FibResult Result, FibFlags Flags) : NftExpression
    {
        private const ushort DestinationAttribute = 1; // NFTA_FIB_DREG
        private const ushort ResultAttribute = 2; // NFTA_FIB_RESULT
        private const ushort FlagsAttribute = 3; // NFTA_FIB_FLAGS

        /// <inheritdoc/>
        public override string Name => "fib";

        internal static Fib Read(ref ExpressionReader reader) => new(
            reader.Register(DestinationAttribute),
            (FibResult)reader.RequiredUInt32(ResultAttribute),
            (FibFlags)reader.UInt32(FlagsAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(DestinationAttribute, Destination.Number);
            writer.AddUInt32NetworkOrder(ResultAttribute, (uint)Result);
            writer.AddUInt32NetworkOrder(FlagsAttribute, (uint)Flags);
        }
    }

    /// <summary>Loads what is known of the socket that the packet is for.</summary>
    /// <param name="Key">What.</param>
    /// <param name="Destination">Where to.</param>
    /// <param name="Level">The ancestor, of <see cref="SocketKey.CGroupV2"/>.</param>
    public sealed record SocketLoad(SocketKey Key, NftRegister Destination, uint? Level = null) : NftExpression
    {
        private const ushort KeyAttribute = 1; // NFTA_SOCKET_KEY
        private const ushort DestinationAttribute = 2; // NFTA_SOCKET_DREG
        private const ushort LevelAttribute = 3; // NFTA_SOCKET_LEVEL

        /// <inheritdoc/>
        public override string Name => "socket";

        internal static SocketLoad Read(ref ExpressionReader reader) => new(
            (SocketKey)reader.RequiredUInt32(KeyAttribute),
            reader.Register(DestinationAttribute),
            reader.OptionalUInt32(LevelAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(KeyAttribute, (uint)Key);
            writer.AddUInt32NetworkOrder(DestinationAttribute, Destination.Number);
            if (Level is uint level)
            {
                writer.AddUInt32NetworkOrder(LevelAttribute, level);
            }
        }
    }

    /// <summary>Loads what is known of the tunnel that the packet came by, or will go by.</summary>
    public sealed record TunnelLoad(TunnelKey Key, NftRegister Destination, TunnelMode Mode = TunnelMode.None)
        : NftExpression
    {
        private const ushort KeyAttribute = 1; // NFTA_TUNNEL_KEY
        private const ushort DestinationAttribute = 2; // NFTA_TUNNEL_DREG
        private const ushort ModeAttribute = 3; // NFTA_TUNNEL_MODE

        /// <inheritdoc/>
        public override string Name => "tunnel";

        internal static TunnelLoad Read(ref ExpressionReader reader) => new(
            (TunnelKey)reader.RequiredUInt32(KeyAttribute),
            reader.Register(DestinationAttribute),
            (TunnelMode)reader.UInt32(ModeAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(KeyAttribute, (uint)Key);
            writer.AddUInt32NetworkOrder(DestinationAttribute, Destination.Number);
            writer.AddUInt32NetworkOrder(ModeAttribute, (uint)Mode);
        }
    }

    /// <summary>Loads what is known of the packet's IPsec state.</summary>
    /// <param name="Destination">Where to.</param>
    /// <param name="Key">What.</param>
    /// <param name="IsOut">Of the way out, else in.</param>
    /// <param name="Index">Which state, counted from the innermost.</param>
    public sealed record XfrmLoad(NftRegister Destination, XfrmKey Key, bool IsOut, uint Index) : NftExpression
    {
        private const ushort DestinationAttribute = 1; // NFTA_XFRM_DREG
        private const ushort KeyAttribute = 2; // NFTA_XFRM_KEY
        private const ushort DirectionAttribute = 3; // NFTA_XFRM_DIR
        private const ushort IndexAttribute = 4; // NFTA_XFRM_SPNUM

        /// <inheritdoc/>
        public override string Name => "xfrm";

        internal static XfrmLoad Read(ref ExpressionReader reader) => new(
            reader.Register(DestinationAttribute),
            (XfrmKey)reader.RequiredUInt32(KeyAttribute),
            reader.OptionalByte(DirectionAttribute) == 1,
            reader.UInt32(IndexAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(DestinationAttribute, Destination.Number);
            writer.AddUInt32NetworkOrder(KeyAttribute, (uint)Key);
            writer.AddByte(DirectionAttribute, IsOut ? (byte)1 : (byte)0); // XFRM_POLICY_OUT, XFRM_POLICY_IN
            writer.AddUInt32NetworkOrder(IndexAttribute, Index);
        }
    }

    /// <summary>Loads the name of the operating system that a SYN looks like.</summary>
    /// <param name="Destination">Where to: 16 bytes.</param>
    /// <param name="Ttl">How the TTL is compared.</param>
    /// <param name="Flags">Whether the version is told, too (NFT_OSF_F_VERSION).</param>
    public sealed record OsFingerprint(NftRegister Destination, byte Ttl = 0, uint Flags = 0) : NftExpression
    {
        private const ushort DestinationAttribute = 1; // NFTA_OSF_DREG
        private const ushort TtlAttribute = 2; // NFTA_OSF_TTL
        private const ushort FlagsAttribute = 3; // NFTA_OSF_FLAGS

        /// <inheritdoc/>
        public override string Name => "osf";

        internal static OsFingerprint Read(ref ExpressionReader reader) => new(
            reader.Register(DestinationAttribute),
            reader.OptionalByte(TtlAttribute) ?? 0,
            reader.UInt32(FlagsAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddByte(TtlAttribute, Ttl);
            if (Flags != 0)
            {
                // The kernel dumps 0, too, and refuses it.
                writer.AddUInt32NetworkOrder(FlagsAttribute, Flags);
            }

            writer.AddUInt32NetworkOrder(DestinationAttribute, Destination.Number);
        }
    }

    internal static NftExpression ReadMeta(ref ExpressionReader reader)
    {
        MetaKey key = (MetaKey)reader.RequiredUInt32(MetaAttribute.Key);
        return reader.OptionalRegister(MetaAttribute.Source) is NftRegister source
            ? new MetaSet(key, source)
            : new MetaLoad(reader.Register(MetaAttribute.Destination), key);
    }

    internal static NftExpression ReadCt(ref ExpressionReader reader)
    {
        CtKey key = (CtKey)reader.RequiredUInt32(CtAttribute.Key);
        CtDirection? direction = (CtDirection?)reader.OptionalByte(CtAttribute.Direction);
        return reader.OptionalRegister(CtAttribute.Source) is NftRegister source
            ? new CtSet(key, source, direction)
            : new CtLoad(reader.Register(CtAttribute.Destination), key, direction);
    }

    private static void WriteDirection(ref NetlinkWriter writer, CtDirection? direction)
    {
        if (direction is CtDirection value)
        {
            writer.AddByte(CtAttribute.Direction, (byte)value);
        }
    }

    // enum nft_meta_attributes.
    private static class MetaAttribute
    {
        public const ushort Destination = 1;
        public const ushort Key = 2;
        public const ushort Source = 3;
    }

    // enum nft_ct_attributes.
    private static class CtAttribute
    {
        public const ushort Destination = 1;
        public const ushort Key = 2;
        public const ushort Direction = 3;
        public const ushort Source = 4;
    }
}
