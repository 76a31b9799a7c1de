namespace Weft.Netlink.Nftables.Expressions;

// Address translation, and what answers in another's place.
public abstract partial record NftExpression
{
    private const uint MapAddresses = 1 << 0; // NF_NAT_RANGE_MAP_IPS
    private const uint ProtoSpecified = 1 << 1; // NF_NAT_RANGE_PROTO_SPECIFIED

    /// <summary>Translates a source or destination to addresses and ports in registers. Ends the chain.</summary>
    /// <param name="Type">Source or destination.</param>
    /// <param name="Family">The family of the addresses.</param>
    /// <param name="AddressMin">The first address; null if only ports change.</param>
    /// <param name="AddressMax">The last address; the first if not given.</param>
    /// <param name="ProtoMin">The first port; null if ports are left to the kernel.</param>
    /// <param name="ProtoMax">The last port; the first if not given.</param>
    /// <param name="Flags">How the kernel chooses among them.</param>
    public sealed record Nat(
        NatType Type,
        NfProtocol Family,
        NftRegister? AddressMin,
        NftRegister? AddressMax = null,
        NftRegister? ProtoMin = null,
        NftRegister? ProtoMax = null,
        NatFlags Flags = NatFlags.None) : NftExpression
    {
        private const ushort TypeAttribute = 1; // NFTA_NAT_TYPE
        private const ushort FamilyAttribute = 2; // NFTA_NAT_FAMILY
        private const ushort AddressMinAttribute = 3; // NFTA_NAT_REG_ADDR_MIN
        private const ushort AddressMaxAttribute = 4; // NFTA_NAT_REG_ADDR_MAX
        private const ushort ProtoMinAttribute = 5; // NFTA_NAT_REG_PROTO_MIN
        private const ushort ProtoMaxAttribute = 6; // NFTA_NAT_REG_PROTO_MAX
        private const ushort FlagsAttribute = 7; // NFTA_NAT_FLAGS

        /// <summary>The last address; the first if not given, as the kernel has it.</summary>
        public NftRegister? AddressMax { get; init; } = AddressMax ?? AddressMin;

        /// <summary>The last port; the first if not given, as the kernel has it.</summary>
        public NftRegister? ProtoMax { get; init; } = ProtoMax ?? ProtoMin;

        /// <inheritdoc/>
        public override string Name => "nat";

        internal static Nat Read(ref ExpressionReader reader) => new(
            (NatType)reader.RequiredUInt32(TypeAttribute),
            (NfProtocol)reader.RequiredUInt32(FamilyAttribute),
            reader.OptionalRegister(AddressMinAttribute),
            reader.OptionalRegister(AddressMaxAttribute),
            reader.OptionalRegister(ProtoMinAttribute),
            reader.OptionalRegister(ProtoMaxAttribute),
            NatFlagsOf(reader.UInt32(FlagsAttribute)));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(TypeAttribute, (uint)Type);
            writer.AddUInt32NetworkOrder(FamilyAttribute, (uint)Family);
            WriteRegister(ref writer, AddressMinAttribute, AddressMin);
            WriteRegister(ref writer, AddressMaxAttribute, AddressMax);
            WriteRegister(ref writer, ProtoMinAttribute, ProtoMin);
            WriteRegister(ref writer, ProtoMaxAttribute, ProtoMax);
            uint flags = (uint)Flags | (AddressMin is null ? 0 : MapAddresses) | (ProtoMin is null ? 0 : ProtoSpecified);
            if (flags != 0)
            {
                writer.AddUInt32NetworkOrder(FlagsAttribute, flags);
            }
        }
    }

    /// <summary>Translates the source to an address of the interface that the packet leaves by. Ends the chain.</summary>
    public sealed record Masquerade(
        NatFlags Flags = NatFlags.None, NftRegister? ProtoMin = null, NftRegister? ProtoMax = null) : NftExpression
    {
        private const ushort FlagsAttribute = 1; // NFTA_MASQ_FLAGS
        private const ushort ProtoMinAttribute = 2; // NFTA_MASQ_REG_PROTO_MIN
        private const ushort ProtoMaxAttribute = 3; // NFTA_MASQ_REG_PROTO_MAX

        /// <summary>The last port; the first if not given, as the kernel has it.</summary>
        public NftRegister? ProtoMax { get; init; } = ProtoMax ?? ProtoMin;

        /// <inheritdoc/>
        public override string Name => "masq";

        internal static Masquerade Read(ref ExpressionReader reader) => new(
            NatFlagsOf(reader.UInt32(FlagsAttribute)),
            reader.OptionalRegister(ProtoMinAttribute),
            reader.OptionalRegister(ProtoMaxAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            uint flags = (uint)Flags | (ProtoMin is null ? 0 : ProtoSpecified);
            if (flags != 0)
            {
                writer.AddUInt32NetworkOrder(FlagsAttribute, flags);
            }

            WriteRegister(ref writer, ProtoMinAttribute, ProtoMin);
            WriteRegister(ref writer, ProtoMaxAttribute, ProtoMax);
        }
    }

    /// <summary>Translates the destination to this host itself. Ends the chain.</summary>
    public sealed record Redirect(
        NftRegister? ProtoMin = null, NftRegister? ProtoMax = null, NatFlags Flags = NatFlags.None) : NftExpression
    {
        private const ushort ProtoMinAttribute = 1; // NFTA_REDIR_REG_PROTO_MIN
        private const ushort ProtoMaxAttribute = 2; // NFTA_REDIR_REG_PROTO_MAX
        private const ushort FlagsAttribute = 3; // NFTA_REDIR_FLAGS

        /// <summary>The last port; the first if not given, as the kernel has it.</summary>
        public NftRegister? ProtoMax { get; init; } = ProtoMax ?? ProtoMin;

        /// <inheritdoc/>
        public override string Name => "redir";

        internal static Redirect Read(ref ExpressionReader reader) => new(
            reader.OptionalRegister(ProtoMinAttribute),
            reader.OptionalRegister(ProtoMaxAttribute),
            NatFlagsOf(reader.UInt32(FlagsAttribute)));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            WriteRegister(ref writer, ProtoMinAttribute, ProtoMin);
            WriteRegister(ref writer, ProtoMaxAttribute, ProtoMax);
            uint flags = (uint)Flags | (ProtoMin is null ? 0 : ProtoSpecified);
            if (flags != 0)
            {
                writer.AddUInt32NetworkOrder(FlagsAttribute, flags);
            }
        }
    }

    /// <summary>Hands the packet to a local socket without changing it.</summary>
    public sealed record TransparentProxy(NfProtocol Family, NftRegister? Address, NftRegister? Port) : NftExpression
    {
        private const ushort FamilyAttribute = 1; // NFTA_TPROXY_FAMILY
        private const ushort AddressAttribute = 2; // NFTA_TPROXY_REG_ADDR
        private const ushort PortAttribute = 3; // NFTA_TPROXY_REG_PORT

        /// <inheritdoc/>
        public override string Name => "tproxy";

        internal static TransparentProxy Read(ref ExpressionReader reader) => new(
            (NfProtocol)reader.UInt32(FamilyAttribute),
            reader.OptionalRegister(AddressAttribute),
            reader.OptionalRegister(PortAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(FamilyAttribute, (uint)Family);
            WriteRegister(ref writer, AddressAttribute, Address);
            WriteRegister(ref writer, PortAttribute, Port);
        }
    }

    /// <summary>Answers SYNs in the server's place until the client has shown that it is there.</summary>
    public sealed record SynProxy(ushort Mss, byte WindowScale, SynProxyFlags Flags) : NftExpression
    {
        private const ushort MssAttribute = 1; // NFTA_SYNPROXY_MSS
        private const ushort WindowScaleAttribute = 2; // NFTA_SYNPROXY_WSCALE
        private const ushort FlagsAttribute = 3; // NFTA_SYNPROXY_FLAGS

        /// <inheritdoc/>
        public override string Name => "synproxy";

        internal static SynProxy Read(ref ExpressionReader reader) => new(
            reader.OptionalUInt16(MssAttribute) ?? 0,
            reader.OptionalByte(WindowScaleAttribute) ?? 0,
            (SynProxyFlags)reader.UInt32(FlagsAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt16NetworkOrder(MssAttribute, Mss);
            writer.AddByte(WindowScaleAttribute, WindowScale);
            writer.AddUInt32NetworkOrder(FlagsAttribute, (uint)Flags);
        }
    }

    private static NatFlags NatFlagsOf(uint flags) => (NatFlags)(flags & ~(MapAddresses | ProtoSpecified));

    private static void WriteRegister(ref NetlinkWriter writer, ushort type, NftRegister? register)
    {
        if (register is NftRegister value)
        {
            writer.AddUInt32NetworkOrder(type, value.Number);
        }
    }
}
