namespace Weft.Netlink.Nftables.Expressions;

// What is done with a packet, beside deciding about it.
public abstract partial record NftExpression
{
    /// <summary>Tells of the packet: to the kernel's log, or to programs that listen to a group.</summary>
    public sealed record Log : NftExpression
    {
        private const ushort GroupAttribute = 1; // NFTA_LOG_GROUP
        private const ushort PrefixAttribute = 2; // NFTA_LOG_PREFIX
        private const ushort SnapLengthAttribute = 3; // NFTA_LOG_SNAPLEN
        private const ushort ThresholdAttribute = 4; // NFTA_LOG_QTHRESHOLD
        private const ushort LevelAttribute = 5; // NFTA_LOG_LEVEL
        private const ushort FlagsAttribute = 6; // NFTA_LOG_FLAGS

        /// <summary>The level of the kernel's log when none is said: warning.</summary>
        public const uint DefaultLevel = 4;

        /// <summary>What stands before each line; null for nothing.</summary>
        public string? Prefix { get; init; }

        /// <summary>The group of programs; null for the kernel's log.</summary>
        public ushort? Group { get; init; }

        /// <summary>Bytes of the packet that go to the group; 0 for all.</summary>
        public uint SnapLength { get; init; }

        /// <summary>Packets that are gathered before the group gets them; 0 for one.</summary>
        public ushort QueueThreshold { get; init; }

        /// <summary>The level in the kernel's log (NFT_LOGLEVEL_...).</summary>
        public uint Level { get; init; } = DefaultLevel;

        /// <summary>What the kernel's log tells beside (NF_LOG_...).</summary>
        public uint Flags { get; init; }

        /// <inheritdoc/>
        public override string Name => "log";

        internal static Log Read(ref ExpressionReader reader) => new()
        {
            Prefix = reader.OptionalText(PrefixAttribute),
            Group = reader.OptionalUInt16(GroupAttribute),
            SnapLength = reader.UInt32(SnapLengthAttribute),
            QueueThreshold = reader.OptionalUInt16(ThresholdAttribute) ?? 0,
            Level = reader.OptionalUInt32(LevelAttribute) ?? DefaultLevel,
            Flags = reader.UInt32(FlagsAttribute),
        };

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            if (Prefix is string prefix)
            {
                writer.AddText(PrefixAttribute, prefix);
            }

            if (Group is ushort group)
            {
                writer.AddUInt16NetworkOrder(GroupAttribute, group);
                if (SnapLength != 0)
                {
                    writer.AddUInt32NetworkOrder(SnapLengthAttribute, SnapLength);
                }

                if (QueueThreshold != 0)
                {
                    writer.AddUInt16NetworkOrder(ThresholdAttribute, QueueThreshold);
                }

                return;
            }

            // The kernel refuses level and flags beside a group.
            writer.AddUInt32NetworkOrder(LevelAttribute, Level);
            if (Flags != 0)
            {
                writer.AddUInt32NetworkOrder(FlagsAttribute, Flags);
            }
        }
    }

    /// <summary>Drops the packet and tells its sender.</summary>
    /// <param name="Type">How.</param>
    /// <param name="Code">The code of ICMP, ICMPv6 or NFT_REJECT_ICMPX_...; null of a TCP reset.</param>
    public sealed record Reject(RejectType Type, byte? Code) : NftExpression
    {
        private const ushort TypeAttribute = 1; // NFTA_REJECT_TYPE
        private const ushort CodeAttribute = 2; // NFTA_REJECT_ICMP_CODE

        /// <inheritdoc/>
        public override string Name => "reject";

        internal static Reject Read(ref ExpressionReader reader)
        {
            RejectType type = (RejectType)reader.RequiredUInt32(TypeAttribute);
            byte? code = reader.OptionalByte(CodeAttribute);
            return new Reject(type, type == RejectType.TcpReset ? null : code);
        }

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(TypeAttribute, (uint)Type);
            if (Code is byte code)
            {
                writer.AddByte(CodeAttribute, code);
            }
        }
    }

    /// <summary>The packet gets no connection: only before connection tracking (priority raw).</summary>
    public sealed record NoTrack : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "notrack";

        internal override void EncodeDataAttribute(ref NetlinkWriter writer)
        {
        }

        internal override void EncodeData(ref NetlinkWriter writer)
        {
        }
    }

    /// <summary>Hands the packet to a program that decides.</summary>
    /// <param name="Number">The first queue.</param>
    /// <param name="Total">How many queues share the packets.</param>
    /// <param name="Flags">What happens when nobody listens.</param>
    /// <param name="Source">The register with the queue's number, in place of the two; null if they say it.</param>
    public sealed record Queue(
        ushort Number, ushort Total = 1, QueueFlags Flags = QueueFlags.None, NftRegister? Source = null) : NftExpression
    {
        private const ushort NumberAttribute = 1; // NFTA_QUEUE_NUM
        private const ushort TotalAttribute = 2; // NFTA_QUEUE_TOTAL
        private const ushort FlagsAttribute = 3; // NFTA_QUEUE_FLAGS
        private const ushort SourceAttribute = 4; // NFTA_QUEUE_SREG_QNUM

        /// <inheritdoc/>
        public override string Name => "queue";

        internal static Queue Read(ref ExpressionReader reader) => new(
            reader.OptionalUInt16(NumberAttribute) ?? 0,
            reader.OptionalUInt16(TotalAttribute) ?? 1,
            (QueueFlags)(reader.OptionalUInt16(FlagsAttribute) ?? 0),
            reader.OptionalRegister(SourceAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            if (Source is NftRegister source)
            {
                writer.AddUInt32NetworkOrder(SourceAttribute, source.Number);
            }
            else
            {
                writer.AddUInt16NetworkOrder(NumberAttribute, Number);
                writer.AddUInt16NetworkOrder(TotalAttribute, Total);
            }

            writer.AddUInt16NetworkOrder(FlagsAttribute, (ushort)Flags);
        }
    }

    /// <summary>Sends a copy of the packet elsewhere.</summary>
    /// <param name="Address">Where the address of the next hop is; null in the netdev family.</param>
    /// <param name="Device">Where the interface's number is; null if the route says it.</param>
    public sealed record Duplicate(NftRegister? Address, NftRegister? Device) : NftExpression
    {
        private const ushort AddressAttribute = 1; // NFTA_DUP_SREG_ADDR
        private const ushort DeviceAttribute = 2; // NFTA_DUP_SREG_DEV

        /// <inheritdoc/>
        public override string Name => "dup";

        internal static Duplicate Read(ref ExpressionReader reader) =>
            new(reader.OptionalRegister(AddressAttribute), reader.OptionalRegister(DeviceAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            WriteRegister(ref writer, AddressAttribute, Address);
            WriteRegister(ref writer, DeviceAttribute, Device);
        }
    }

    /// <summary>Sends the packet out of another interface: only in the netdev family.</summary>
    /// <param name="Device">Where the interface's number is.</param>
    /// <param name="Address">Where the address of the neighbour is; null to leave the frame as it is.</param>
    /// <param name="Family">The address's family.</param>
    public sealed record Forward(
        NftRegister Device, NftRegister? Address = null, NfProtocol Family = NfProtocol.Unspecified) : NftExpression
    {
        private const ushort DeviceAttribute = 1; // NFTA_FWD_SREG_DEV
        private const ushort AddressAttribute = 2; // NFTA_FWD_SREG_ADDR
        private const ushort FamilyAttribute = 3; // NFTA_FWD_NFPROTO

        /// <inheritdoc/>
        public override string Name => "fwd";

        internal static Forward Read(ref ExpressionReader reader) => new(
            reader.Register(DeviceAttribute),
            reader.OptionalRegister(AddressAttribute),
            (NfProtocol)reader.UInt32(FamilyAttribute));

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(DeviceAttribute, Device.Number);
            WriteRegister(ref writer, AddressAttribute, Address);
            if (Family != NfProtocol.Unspecified)
            {
                writer.AddUInt32NetworkOrder(FamilyAttribute, (uint)Family);
            }
        }
    }

    /// <summary>Lets the flow's further packets pass by a flow table.</summary>
    public sealed record FlowOffload(string Table) : NftExpression
    {
        private const ushort TableAttribute = 1; // NFTA_FLOW_TABLE_NAME

        /// <inheritdoc/>
        public override string Name => "flow_offload";

        internal static FlowOffload Read(ref ExpressionReader reader) => new(reader.Text(TableAttribute));

        internal override void EncodeData(ref NetlinkWriter writer) => writer.AddText(TableAttribute, Table);
    }

    /// <summary>Runs an expression on the packet inside a tunnel's packet: Linux 6.2 and newer.</summary>
    /// <param name="Number">The program that parses: 0.</param>
    /// <param name="Type">The tunnel.</param>
    /// <param name="Flags">What is parsed.</param>
    /// <param name="HeaderSize">Bytes of the tunnel's own header.</param>
    /// <param name="Expression">What runs: a <see cref="PayloadLoad"/> or <see cref="MetaLoad"/>.</param>
    public sealed record Inner(uint Number, InnerType Type, InnerFlags Flags, uint HeaderSize, NftExpression Expression)
        : NftExpression
    {
        private const ushort NumberAttribute = 1; // NFTA_INNER_NUM
        private const ushort TypeAttribute = 2; // NFTA_INNER_TYPE
        private const ushort FlagsAttribute = 3; // NFTA_INNER_FLAGS
        private const ushort HeaderSizeAttribute = 4; // NFTA_INNER_HDRSIZE
        private const ushort ExpressionAttribute = 5; // NFTA_INNER_EXPR

        /// <inheritdoc/>
        public override string Name => "inner";

        internal static Inner? Read(ref ExpressionReader reader, int depth)
        {
            NftList<NftExpression> inside = reader.Expressions(ExpressionAttribute, ushort.MaxValue, depth);
            return inside.Count != 1
                ? null
                : new Inner(
                    reader.UInt32(NumberAttribute),
                    (InnerType)reader.UInt32(TypeAttribute),
                    (InnerFlags)reader.UInt32(FlagsAttribute),
                    reader.UInt32(HeaderSizeAttribute),
                    inside[0]);
        }

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(NumberAttribute, Number);
            writer.AddUInt32NetworkOrder(TypeAttribute, (uint)Type);
            writer.AddUInt32NetworkOrder(FlagsAttribute, (uint)Flags);
            writer.AddUInt32NetworkOrder(HeaderSizeAttribute, HeaderSize);
            Expression.Encode(ref writer, ExpressionAttribute);
        }
    }
}
