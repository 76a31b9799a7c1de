namespace Weft.Netlink.Nftables.Expressions;

// Bytes of the packet: loaded into registers, and written from them.
public abstract partial record NftExpression
{
    /// <summary>Loads bytes of the packet. A packet that is too short does not match.</summary>
    /// <param name="Destination">Where to; longer than 4 bytes goes on into the next slots.</param>
    /// <param name="Base">Where the offset counts from.</param>
    /// <param name="Offset">The first byte; 255 at most in older kernels.</param>
    /// <param name="Length">How many bytes.</param>
    public sealed record PayloadLoad(NftRegister Destination, PayloadBase Base, uint Offset, uint Length) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "payload";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(PayloadAttribute.Destination, Destination.Number);
            writer.AddUInt32NetworkOrder(PayloadAttribute.Base, (uint)Base);
            writer.AddUInt32NetworkOrder(PayloadAttribute.Offset, Offset);
            writer.AddUInt32NetworkOrder(PayloadAttribute.Length, Length);
        }
    }

    /// <summary>Writes bytes of the packet.</summary>
    /// <param name="Source">Where they are.</param>
    /// <param name="Base">Where the offsets count from.</param>
    /// <param name="Offset">The first byte.</param>
    /// <param name="Length">How many bytes.</param>
    /// <param name="Checksum">The checksum that covers them.</param>
    /// <param name="ChecksumOffset">Where it stands.</param>
    /// <param name="CoversPseudoHeader">Whether the checksum of the transport covers them, too
    /// (NFT_PAYLOAD_L4CSUM_PSEUDOHDR).</param>
    public sealed record PayloadWrite(
        NftRegister Source,
        PayloadBase Base,
        uint Offset,
        uint Length,
        PayloadChecksum Checksum = PayloadChecksum.None,
        uint ChecksumOffset = 0,
        bool CoversPseudoHeader = false) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "payload";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(PayloadAttribute.Source, Source.Number);
            writer.AddUInt32NetworkOrder(PayloadAttribute.Base, (uint)Base);
            writer.AddUInt32NetworkOrder(PayloadAttribute.Offset, Offset);
            writer.AddUInt32NetworkOrder(PayloadAttribute.Length, Length);
            writer.AddUInt32NetworkOrder(PayloadAttribute.ChecksumType, (uint)Checksum);
            writer.AddUInt32NetworkOrder(PayloadAttribute.ChecksumOffset, ChecksumOffset);
            writer.AddUInt32NetworkOrder(PayloadAttribute.ChecksumFlags, CoversPseudoHeader ? 1U : 0);
        }
    }

    /// <summary>Loads a part of an option or extension header, or whether it is there. A packet without it does not
    /// match, unless it is only asked whether it is there.</summary>
    /// <param name="Destination">Where to.</param>
    /// <param name="List">Which list of options.</param>
    /// <param name="Type">The option's or header's number.</param>
    /// <param name="Offset">The first byte, counted from the option's own start.</param>
    /// <param name="Length">How many bytes.</param>
    /// <param name="Present">Whether one byte, 0 or 1, says if it is there.</param>
    public sealed record OptionLoad(
        NftRegister Destination, OptionList List, byte Type, uint Offset, uint Length, bool Present = false)
        : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "exthdr";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(OptionAttribute.Destination, Destination.Number);
            WriteOption(ref writer, List, Type, Offset, Length, flags: Present ? PresentFlag : 0);
        }
    }

    /// <summary>Writes a part of an option of TCP; an MSS is only ever made smaller.</summary>
    /// <param name="Source">Where the bytes are; null to take the whole option out (it becomes NOPs).</param>
    /// <param name="List">Which list of options: only those of TCP can be written.</param>
    /// <param name="Type">The option's number.</param>
    /// <param name="Offset">The first byte, counted from the option's own start.</param>
    /// <param name="Length">How many bytes.</param>
    public sealed record OptionWrite(NftRegister? Source, OptionList List, byte Type, uint Offset, uint Length)
        : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => "exthdr";

        internal override void EncodeData(ref NetlinkWriter writer)
        {
            if (Source is not NftRegister source)
            {
                // To take an option out, the kernel wants to hear only which.
                writer.AddByte(OptionAttribute.Type, Type);
                writer.AddUInt32NetworkOrder(OptionAttribute.List, (uint)List);
                return;
            }

            writer.AddUInt32NetworkOrder(OptionAttribute.Source, source.Number);

            // The kernel dumps flags here, too, and refuses a request that has them.
            WriteOption(ref writer, List, Type, Offset, Length, flags: null);
        }
    }

    private const uint PresentFlag = 1; // NFT_EXTHDR_F_PRESENT

    internal static NftExpression ReadPayload(ref ExpressionReader reader)
    {
        PayloadBase from = (PayloadBase)reader.RequiredUInt32(PayloadAttribute.Base);
        uint offset = reader.RequiredUInt32(PayloadAttribute.Offset);
        uint length = reader.RequiredUInt32(PayloadAttribute.Length);
        if (reader.OptionalRegister(PayloadAttribute.Source) is not NftRegister source)
        {
            return new PayloadLoad(reader.Register(PayloadAttribute.Destination), from, offset, length);
        }

        return new PayloadWrite(
            source,
            from,
            offset,
            length,
            (PayloadChecksum)reader.UInt32(PayloadAttribute.ChecksumType),
            reader.UInt32(PayloadAttribute.ChecksumOffset),
            reader.UInt32(PayloadAttribute.ChecksumFlags) != 0);
    }

    internal static NftExpression ReadExtensionHeader(ref ExpressionReader reader)
    {
        NftRegister? destination = reader.OptionalRegister(OptionAttribute.Destination);
        NftRegister? source = reader.OptionalRegister(OptionAttribute.Source);
        OptionList list = (OptionList)reader.UInt32(OptionAttribute.List);
        byte type = reader.OptionalByte(OptionAttribute.Type) ?? 0;
        uint offset = reader.UInt32(OptionAttribute.Offset);
        uint length = reader.UInt32(OptionAttribute.Length);
        uint flags = reader.UInt32(OptionAttribute.Flags);
        return destination is NftRegister register
            ? new OptionLoad(register, list, type, offset, length, (flags & PresentFlag) != 0)
            : new OptionWrite(source, list, type, offset, length);
    }

    private static void WriteOption(
        ref NetlinkWriter writer, OptionList list, byte type, uint offset, uint length, uint? flags)
    {
        writer.AddByte(OptionAttribute.Type, type);
        writer.AddUInt32NetworkOrder(OptionAttribute.Offset, offset);
        writer.AddUInt32NetworkOrder(OptionAttribute.Length, length);
        if (flags is uint value)
        {
            writer.AddUInt32NetworkOrder(OptionAttribute.Flags, value);
        }

        writer.AddUInt32NetworkOrder(OptionAttribute.List, (uint)list);
    }

    // enum nft_payload_attributes.
    private static class PayloadAttribute
    {
        public const ushort Destination = 1;
        public const ushort Base = 2;
        public const ushort Offset = 3;
        public const ushort Length = 4;
        public const ushort Source = 5;
        public const ushort ChecksumType = 6;
        public const ushort ChecksumOffset = 7;
        public const ushort ChecksumFlags = 8;
    }

    // enum nft_exthdr_attributes.
    private static class OptionAttribute
    {
        public const ushort Destination = 1;
        public const ushort Type = 2;
        public const ushort Offset = 3;
        public const ushort Length = 4;
        public const ushort Flags = 5;
        public const ushort List = 6;
        public const ushort Source = 7;
    }
}
