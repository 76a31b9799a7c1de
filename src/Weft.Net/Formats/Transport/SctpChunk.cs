using Weft.Net.Decoding;

namespace Weft.Net.Formats.Transport;

/// <summary>The chunks of SCTP (RFC 9260, 3.3; RFC 3758; RFC 6525; RFC 4895).</summary>
internal static class SctpChunk
{
    private const byte Data = 0;
    private const byte Init = 1;
    private const byte InitAck = 2;
    private const byte Sack = 3;
    private const byte Heartbeat = 4;
    private const byte HeartbeatAck = 5;
    private const byte Abort = 6;
    private const byte Shutdown = 7;
    private const byte Error = 9;
    private const byte CookieEcho = 10;
    private const byte ShutdownComplete = 14;

    private static readonly Shape Kind = Shape.Of(
        "chunk type",
        Bits.Of(
            8, Field.Dec("sctp.chunk_type", "type", number => Word((byte)number)),
            Bits.Of(1, Field.Flag("sctp.chunk_bit_1", "if it is not known: go on with the next")),
            Bits.Of(1, Field.Flag("sctp.chunk_bit_2", "if it is not known: report it")),
            Bits.Reserved(6)));

    private static readonly Field Flags = Field.Hex("sctp.chunk_flags", "flags");
    private static readonly Field Length = Field.Dec("sctp.chunk_length", "length");
    private static readonly Field Value = Field.Bytes("sctp.chunk_value", "value");
    private static readonly Field Padding = Field.Bytes("sctp.chunk_padding", "padding");

    private static readonly Shape DataFlags = Shape.Of(
        "flags",
        Bits.Of(
            8, Flags,
            Bits.Reserved(4),
            Bits.Of(1, Field.Flag("sctp.data_i_bit", "acknowledge at once")),
            Bits.Of(1, Field.Flag("sctp.data_u_bit", "unordered")),
            Bits.Of(1, Field.Flag("sctp.data_b_bit", "first piece")),
            Bits.Of(1, Field.Flag("sctp.data_e_bit", "last piece"))));

    private static readonly Shape AbortFlags = Shape.Of(
        "flags",
        Bits.Of(8, Flags, Bits.Reserved(7), Bits.Of(1, Field.Flag("sctp.abort_t_bit", "tag is the peer's"))));

    private static readonly Shape CompleteFlags = Shape.Of(
        "flags",
        Bits.Of(8, Flags, Bits.Reserved(7), Bits.Of(1, Field.Flag("sctp.shutdown_complete_t_bit", "tag is the peer's"))));

    private static readonly Shape SackFlags = Shape.Of(
        "flags", Bits.Of(8, Flags, Bits.Reserved(7), Bits.Of(1, Field.Dec("sctp.sack_nounce_sum", "nonce sum"))));

    private static readonly Shape DataHead = Shape.Of(
        "data",
        Bits.Of(32, Field.Dec("sctp.data_tsn_raw", "transmission sequence number")),
        Bits.Of(16, Field.Hex("sctp.data_sid", "stream")),
        Bits.Of(16, Field.Dec("sctp.data_ssn", "sequence number in the stream")),
        Bits.Of(32, Field.Dec("sctp.data_payload_proto_id", "payload protocol")));

    private static readonly Field DataBytes = Field.Bytes("data.data", "data");

    private static readonly Shape InitHead = Shape.Of(
        "init",
        Bits.Of(32, Field.Hex("sctp.init_initiate_tag", "initiate tag")),
        Bits.Of(32, Field.Dec("sctp.init_credit", "receiver's window")),
        Bits.Of(16, Field.Dec("sctp.init_nr_out_streams", "outbound streams")),
        Bits.Of(16, Field.Dec("sctp.init_nr_in_streams", "inbound streams")),
        Bits.Of(32, Field.Dec("sctp.init_initial_tsn", "first sequence number")));

    private static readonly Shape InitAckHead = Shape.Of(
        "init acknowledgement",
        Bits.Of(32, Field.Hex("sctp.initack_initiate_tag", "initiate tag")),
        Bits.Of(32, Field.Dec("sctp.initack_credit", "receiver's window")),
        Bits.Of(16, Field.Dec("sctp.initack_nr_out_streams", "outbound streams")),
        Bits.Of(16, Field.Dec("sctp.initack_nr_in_streams", "inbound streams")),
        Bits.Of(32, Field.Dec("sctp.initack_initial_tsn", "first sequence number")));

    private static readonly Shape SackHead = Shape.Of(
        "selective acknowledgement",
        Bits.Of(32, Field.Dec("sctp.sack_cumulative_tsn_ack_raw", "all up to")),
        Bits.Of(32, Field.Dec("sctp.sack_a_rwnd", "receiver's window")),
        Bits.Of(16, Field.Dec("sctp.sack_number_of_gap_blocks", "gap blocks")),
        Bits.Of(16, Field.Dec("sctp.sack_number_of_duplicated_tsns", "duplicates")));

    private static readonly Field GapStart = Field.Dec("sctp.sack_gap_block_start", "received from");
    private static readonly Field GapEnd = Field.Dec("sctp.sack_gap_block_end", "to");
    private static readonly Field Duplicate = Field.Dec("sctp.sack_duplicate_tsn", "duplicate");
    private static readonly Field ShutdownTsn = Field.Dec("sctp.shutdown_cumulative_tsn_ack", "all up to");
    private static readonly Field Cookie = Field.Bytes("sctp.cookie", "cookie");

    private static readonly Shape ParameterHead = Shape.Of(
        "parameter",
        Bits.Of(
            16, Field.Hex("sctp.parameter_type", "type", Parameter),
            Bits.Of(1, Field.Flag("sctp.parameter_bit_1", "if it is not known: go on with the next")),
            Bits.Of(1, Field.Flag("sctp.parameter_bit_2", "if it is not known: report it")),
            Bits.Reserved(14)),
        Bits.Of(16, Field.Dec("sctp.parameter_length", "length")));

    private static readonly Shape CauseHead = Shape.Of(
        "cause",
        Bits.Of(16, Field.Hex("sctp.cause_code", "cause", Cause)),
        Bits.Of(16, Field.Dec("sctp.cause_length", "length")));

    private static readonly Field ParameterValue = Field.Bytes("sctp.parameter_value", "value");
    private static readonly Field ParameterPadding = Field.Bytes("sctp.parameter_padding", "padding");
    private static readonly Field ParameterIpv4 = Field.V4("sctp.parameter_ipv4_address", "address");
    private static readonly Field ParameterIpv6 = Field.V6("sctp.parameter_ipv6_address", "address");
    private static readonly Field StateCookie = Field.Bytes("sctp.parameter_state_cookie", "state cookie");
    private static readonly Field HeartbeatData = Field.Bytes("sctp.parameter_heartbeat_information", "information");
    private static readonly Field AddressType = Field.Dec("sctp.parameter_supported_address_type", "address type");
    private static readonly Field SupportedChunk = Field.Dec("sctp.supported_chunk_type", "chunk type", number => Word((byte)number));
    private static readonly Field CauseData = Field.Bytes("sctp.cause_information", "information");
    private static readonly Field CausePadding = Field.Bytes("sctp.cause_padding", "padding");

    public static void Dissect(ref Walk walk, int at, int end)
    {
        if (!walk.IsDetailed)
        {
            return;
        }

        byte type = walk.Bytes[at];
        walk.Begin(Word(type) ?? "chunk", at, end - at);
        walk.Fixed(Kind, at);
        switch (type)
        {
            case Data:
                walk.Fixed(DataFlags, at + 1);
                break;
            case Abort:
                walk.Fixed(AbortFlags, at + 1);
                break;
            case ShutdownComplete:
                walk.Fixed(CompleteFlags, at + 1);
                break;
            case Sack:
                walk.Fixed(SackFlags, at + 1);
                break;
            default:
                walk.Number(Flags, at + 1, 1, walk.Bytes[at + 1]);
                break;
        }

        walk.Number(Length, at + 2, 2, walk.U16(at + 2));
        One(ref walk, type, at + 4, end);
        walk.Close();
    }

    public static void Pad(ref Walk walk, int at, int length)
    {
        if (length > 0)
        {
            walk.Bytewise(Padding, at, length);
        }
    }

    public static string? Word(byte type) => type switch
    {
        Data => "DATA",
        Init => "INIT",
        InitAck => "INIT ACK",
        Sack => "SACK",
        Heartbeat => "HEARTBEAT",
        HeartbeatAck => "HEARTBEAT ACK",
        Abort => "ABORT",
        Shutdown => "SHUTDOWN",
        8 => "SHUTDOWN ACK",
        Error => "ERROR",
        CookieEcho => "COOKIE ECHO",
        11 => "COOKIE ACK",
        12 => "ECNE",
        13 => "CWR",
        ShutdownComplete => "SHUTDOWN COMPLETE",
        15 => "AUTH",
        64 => "I-DATA",
        128 => "ASCONF ACK",
        130 => "RE-CONFIG",
        132 => "PAD",
        192 => "FORWARD TSN",
        193 => "ASCONF",
        _ => null,
    };

    private static void One(ref Walk walk, byte type, int at, int end)
    {
        switch (type)
        {
            case Data when end - at >= DataHead.ByteLength:
                walk.Fixed(DataHead, at);
                at += DataHead.ByteLength;
                if (at < end)
                {
                    walk.Bytewise(DataBytes, at, end - at);
                }

                break;
            case Init or InitAck when end - at >= InitHead.ByteLength:
                walk.Fixed(type == Init ? InitHead : InitAckHead, at);
                Parameters(ref walk, at + InitHead.ByteLength, end);
                break;
            case Sack when end - at >= SackHead.ByteLength:
                Acknowledge(ref walk, at, end);
                break;
            case Heartbeat or HeartbeatAck:
                Parameters(ref walk, at, end);
                break;
            case Shutdown when end - at >= 4:
                walk.Number(ShutdownTsn, at, 4, walk.U32(at));
                break;
            case Abort or Error:
                Causes(ref walk, at, end);
                break;
            case CookieEcho when at < end:
                walk.Bytewise(Cookie, at, end - at);
                break;
            default:
                if (at < end)
                {
                    walk.Bytewise(Value, at, end - at);
                }

                break;
        }
    }

    private static void Acknowledge(ref Walk walk, int at, int end)
    {
        walk.Fixed(SackHead, at);
        int gaps = walk.U16(at + 8);
        int duplicates = walk.U16(at + 10);
        at += SackHead.ByteLength;
        if (end - at < 4 * (gaps + duplicates))
        {
            walk.Short("the blocks of SACK", at, end - at, 4 * (gaps + duplicates));
            return;
        }

        for (int i = 0; i < gaps; i++, at += 4)
        {
            walk.Number(GapStart, at, 2, walk.U16(at));
            walk.Number(GapEnd, at + 2, 2, walk.U16(at + 2));
        }

        for (int i = 0; i < duplicates; i++, at += 4)
        {
            walk.Number(Duplicate, at, 4, walk.U32(at));
        }
    }

    private static void Parameters(ref Walk walk, int at, int end)
    {
        while (end - at >= ParameterHead.ByteLength)
        {
            int length = walk.U16(at + 2);
            if (length < ParameterHead.ByteLength || length > end - at)
            {
                walk.Report(ProblemKind.Malformed, at + 2, "sctp.parameter_length", length, end - at);
                return;
            }

            walk.Begin(Parameter(walk.U16(at)) ?? "parameter", at, length);
            walk.Fixed(ParameterHead, at);
            int from = at + ParameterHead.ByteLength;
            int size = length - ParameterHead.ByteLength;
            switch (walk.U16(at), size)
            {
                case (1, > 0):
                    walk.Bytewise(HeartbeatData, from, size);
                    break;
                case (5, 4):
                    walk.Bytewise(ParameterIpv4, from, 4);
                    break;
                case (6, 16):
                    walk.Bytewise(ParameterIpv6, from, 16);
                    break;
                case (7, > 0):
                    walk.Bytewise(StateCookie, from, size);
                    break;
                case (12, _):
                    for (; size >= 2; from += 2, size -= 2)
                    {
                        walk.Number(AddressType, from, 2, walk.U16(from));
                    }

                    break;
                case (0x8008, _):
                    for (; size > 0; from++, size--)
                    {
                        walk.Number(SupportedChunk, from, 1, walk.Bytes[from]);
                    }

                    break;
                default:
                    if (size > 0)
                    {
                        walk.Bytewise(ParameterValue, from, size);
                    }

                    break;
            }

            int padding = System.Math.Min((4 - (length % 4)) % 4, end - at - length);
            if (padding > 0)
            {
                walk.Bytewise(ParameterPadding, at + length, padding);
            }

            walk.Close();
            at += length + padding;
        }
    }

    private static void Causes(ref Walk walk, int at, int end)
    {
        while (end - at >= CauseHead.ByteLength)
        {
            int length = walk.U16(at + 2);
            if (length < CauseHead.ByteLength || length > end - at)
            {
                walk.Report(ProblemKind.Malformed, at + 2, "sctp.cause_length", length, end - at);
                return;
            }

            walk.Fixed(CauseHead, at);
            if (length > CauseHead.ByteLength)
            {
                walk.Bytewise(CauseData, at + CauseHead.ByteLength, length - CauseHead.ByteLength);
            }

            int padding = System.Math.Min((4 - (length % 4)) % 4, end - at - length);
            if (padding > 0)
            {
                walk.Bytewise(CausePadding, at + length, padding);
            }

            at += length + padding;
        }
    }

    private static string? Parameter(ulong number) => number switch
    {
        1 => "heartbeat information",
        5 => "IPv4 address",
        6 => "IPv6 address",
        7 => "state cookie",
        8 => "unrecognised parameter",
        9 => "cookie preservative",
        11 => "host name",
        12 => "supported address types",
        0x8000 => "ECN",
        0x8002 => "random",
        0x8003 => "chunk list",
        0x8004 => "requested HMAC",
        0x8008 => "supported extensions",
        0xC000 => "forward TSN supported",
        0xC006 => "adaptation layer indication",
        _ => null,
    };

    private static string? Cause(ulong number) => number switch
    {
        1 => "invalid stream",
        2 => "missing mandatory parameter",
        3 => "stale cookie",
        4 => "out of resource",
        5 => "unresolvable address",
        6 => "unrecognised chunk type",
        7 => "invalid mandatory parameter",
        8 => "unrecognised parameters",
        9 => "no user data",
        10 => "cookie received while shutting down",
        11 => "restart with new addresses",
        12 => "user-initiated abort",
        13 => "protocol violation",
        _ => null,
    };
}
