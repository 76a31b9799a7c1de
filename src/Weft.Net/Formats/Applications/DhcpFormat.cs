using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using Weft.Net.Bytes;
using Weft.Net.Decoding;

namespace Weft.Net.Formats.Applications;

/// <summary>DHCP and BOOTP for IPv4 (RFC 2131, 2; options: RFC 2132).</summary>
internal sealed class DhcpFormat() : Format(
    "dhcp", "Dynamic Host Configuration Protocol", new FormatKey(KeySpace.UdpPort, 67),
    new FormatKey(KeySpace.UdpPort, 68))
{
    private const int HardwareAt = 28;
    private const int HardwareMax = 16;
    private const int ServerAt = 44;
    private const int FileAt = 108;
    private const int CookieAt = 236;
    private const uint Cookie = 0x6382_5363;
    private const byte Pad = 0;
    private const byte MessageOption = 53;
    private const byte ParameterList = 55;
    private const byte ClientId = 61;
    private const byte EndOption = 255;

    private static readonly Shape Head = Shape.Of(
        "DHCP header",
        Bits.Of(8, Field.Dec("dhcp.type", "message", number => number == 1 ? "request" : number == 2 ? "reply" : null)),
        Bits.Of(8, Field.Hex("dhcp.hw.type", "hardware", number => number == 1 ? "Ethernet" : null)),
        Bits.Of(8, Field.Dec("dhcp.hw.len", "hardware address length")),
        Bits.Of(8, Field.Dec("dhcp.hops", "hops")),
        Bits.Of(32, Field.Hex("dhcp.id", "transaction")),
        Bits.Of(16, Field.Dec("dhcp.secs", "seconds since it began")),
        Bits.Of(
            16, Field.Hex("dhcp.flags", "flags"),
            Bits.Of(1, Field.Flag("dhcp.flags.bc", "broadcast")),
            Bits.Of(15, Field.Hex("dhcp.flags.reserved", "reserved"))),
        Bits.Of(32, Field.V4("dhcp.ip.client", "client's address")),
        Bits.Of(32, Field.V4("dhcp.ip.your", "your address")),
        Bits.Of(32, Field.V4("dhcp.ip.server", "next server")),
        Bits.Of(32, Field.V4("dhcp.ip.relay", "relay")));

    private static readonly Field HardwareType = Field.Hex("dhcp.hw.type", "hardware");
    private static readonly Field Mac = Field.Mac("dhcp.hw.mac_addr", "client's link address");
    private static readonly Field Hardware = Field.Bytes("dhcp.hw.addr", "client's link address");
    private static readonly Field HardwarePadding = Field.Bytes("dhcp.hw.addr_padding", "padding");
    private static readonly Field ServerName = Field.Text("dhcp.server", "server's name");
    private static readonly Field FileName = Field.Text("dhcp.file", "boot file");
    private static readonly Field Magic = Field.V4("dhcp.cookie", "magic cookie");
    private static readonly Field OptionType = Field.Dec("dhcp.option.type", "option", Word);
    private static readonly Field OptionLength = Field.Dec("dhcp.option.length", "length");
    private static readonly Field OptionValue = Field.Bytes("dhcp.option.value", "value");
    private static readonly Field Message = Field.Dec("dhcp.option.dhcp", "message", MessageWord);
    private static readonly Field Requested = Field.Dec("dhcp.option.request_list_item", "asks for", Word);
    private static readonly Field EndOfOptions = Field.Dec("dhcp.option.end", "end of options");
    private static readonly Field Padding = Field.Bytes("dhcp.option.padding", "padding");

    // Options whose value is one or several of the same kind.
    private static readonly FrozenDictionary<byte, Field> Values = new Dictionary<byte, Field>
    {
        [1] = Field.V4("dhcp.option.subnet_mask", "subnet mask"),
        [3] = Field.V4("dhcp.option.router", "router"),
        [4] = Field.V4("dhcp.option.time_server", "time server"),
        [6] = Field.V4("dhcp.option.domain_name_server", "DNS server"),
        [7] = Field.V4("dhcp.option.log_server", "log server"),
        [12] = Field.Text("dhcp.option.hostname", "host name"),
        [15] = Field.Text("dhcp.option.domain_name", "domain"),
        [17] = Field.Text("dhcp.option.root_path", "root path"),
        [23] = Field.Dec("dhcp.option.default_ip_ttl", "default time to live"),
        [26] = Field.Dec("dhcp.option.interface_mtu", "MTU"),
        [28] = Field.V4("dhcp.option.broadcast_address", "broadcast address"),
        [42] = Field.V4("dhcp.option.ntp_server", "NTP server"),
        [50] = Field.V4("dhcp.option.requested_ip_address", "wants the address"),
        [51] = Field.Dec("dhcp.option.ip_address_lease_time", "lease time in seconds"),
        [54] = Field.V4("dhcp.option.dhcp_server_id", "DHCP server"),
        [56] = Field.Text("dhcp.option.message", "message"),
        [57] = Field.Dec("dhcp.option.dhcp_max_message_size", "longest message"),
        [58] = Field.Dec("dhcp.option.renewal_time_value", "renew after seconds"),
        [59] = Field.Dec("dhcp.option.rebinding_time_value", "rebind after seconds"),
        [60] = Field.Text("dhcp.option.vendor_class_id", "vendor class"),
        [66] = Field.Text("dhcp.option.tftp_server_name", "TFTP server"),
        [67] = Field.Text("dhcp.option.bootfile_name", "boot file"),
        [116] = Field.Dec("dhcp.option.dhcp_autoconfiguration", "may configure itself"),
    }.ToFrozenDictionary();

    public override bool TellsLength => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (!walk.Head(Head))
        {
            return;
        }

        if (!walk.Has(start, CookieAt))
        {
            walk.Short("the DHCP header", start, walk.Length, CookieAt);
            return;
        }

        int length = walk.Bytes[start + 2];
        bool isMac = walk.Bytes[start + 1] == 1 && length == 6;
        if (length is > 0 and <= HardwareMax)
        {
            walk.Bytewise(isMac ? Mac : Hardware, start + HardwareAt, length);
            if (length < HardwareMax)
            {
                walk.Bytewise(HardwarePadding, start + HardwareAt + length, HardwareMax - length);
            }
        }

        FixedText(ref walk, ServerName, start + ServerAt, FileAt - ServerAt);
        FixedText(ref walk, FileName, start + FileAt, CookieAt - FileAt);
        if (!walk.Has(start + CookieAt, 4) || walk.U32(start + CookieAt) != Cookie)
        {
            return; // BOOTP, before there were options.
        }

        walk.Bytewise(Magic, start + CookieAt, 4);
        Options(ref walk, start + CookieAt + 4);
    }

    public override void WriteLine(in LayerLine line)
    {
        ReadOnlySpan<byte> bytes = line.Bytes;
        TextBuffer text = line.Text;
        ReadOnlySpan<byte> message = default;
        if (bytes.Length > CookieAt + 4 && NetworkOrder.ReadUInt32(bytes, CookieAt) == Cookie)
        {
            message = Find(bytes[(CookieAt + 4)..], MessageOption);
        }

        text.Add("DHCP "u8).Add(message.Length == 1 ? MessageWord(message[0]) ?? "message" : bytes[0] == 1 ? "request" : "reply");
        text.Add(", transaction "u8).AddHex(NetworkOrder.ReadUInt32(bytes, 4), 8);
        if (bytes.Length >= HardwareAt + 6 && bytes[1] == 1 && bytes[2] == 6)
        {
            text.Add(", client "u8).AddMac(bytes.Slice(HardwareAt, 6));
        }

        if (NetworkOrder.ReadUInt32(bytes, 16) != 0)
        {
            text.Add(", gives "u8).AddIpv4(bytes[16..]);
        }

        text.Add(", length "u8).AddDec((ulong)bytes.Length);
    }

    private static void FixedText(ref Walk walk, Field field, int at, int room)
    {
        ReadOnlySpan<byte> bytes = walk.Bytes.Slice(at, room);
        int end = bytes.IndexOf((byte)0);
        int length = end < 0 ? room : end;
        walk.Text(field, at, room, bytes[..length]);
    }

    private static void Options(ref Walk walk, int at)
    {
        while (at < walk.End)
        {
            byte type = walk.Bytes[at];
            if (type == EndOption)
            {
                walk.Number(EndOfOptions, at, 1, EndOption);
                if (at + 1 < walk.End)
                {
                    walk.Bytewise(Padding, at + 1, walk.End - at - 1);
                }

                return;
            }

            if (type == Pad)
            {
                walk.Number(OptionType, at, 1, type);
                at++;
                continue;
            }

            int length = walk.Has(at, 2) ? walk.Bytes[at + 1] : int.MaxValue / 2;
            if (!walk.Has(at + 2, length))
            {
                walk.Short("an option of DHCP", at, walk.End - at, length > 255 ? 2 : length + 2);
                return;
            }

            walk.Begin(Word(type) ?? "option", at, length + 2);
            walk.Number(OptionType, at, 1, type);
            walk.Number(OptionLength, at + 1, 1, (ulong)length);
            if (length > 0)
            {
                walk.Bytewise(OptionValue, at + 2, length);
                Value(ref walk, type, at + 2, length);
            }

            walk.Close();
            at += length + 2;
        }
    }

    private static void Value(ref Walk walk, byte type, int at, int length)
    {
        if (type == MessageOption && length == 1)
        {
            walk.Number(Message, at, 1, walk.Bytes[at]);
            return;
        }

        if (type == ParameterList)
        {
            for (int i = 0; i < length; i++)
            {
                walk.Number(Requested, at + i, 1, walk.Bytes[at + i]);
            }

            return;
        }

        if (type == ClientId && length == 7 && walk.Bytes[at] == 1)
        {
            walk.Number(HardwareType, at, 1, 1);
            walk.Bytewise(Mac, at + 1, 6);
            return;
        }

        if (!Values.TryGetValue(type, out Field? field))
        {
            return;
        }

        switch (field.Type)
        {
            case FieldType.Ipv4 when length % 4 == 0:
                for (int i = 0; i < length; i += 4)
                {
                    walk.Bytewise(field, at + i, 4);
                }

                break;
            case FieldType.Decimal when length is 1 or 2 or 4:
                walk.Number(field, at, length, length == 1 ? walk.Bytes[at] : length == 2 ? walk.U16(at) : walk.U32(at));
                break;
            case FieldType.Text:
                walk.Text(field, at, length, walk.Bytes.Slice(at, length).TrimEnd((byte)0));
                break;
            default:
                walk.Report(ProblemKind.Malformed, at - 1, field.Name, length, 4);
                break;
        }
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> options, byte wanted)
    {
        while (options.Length >= 2 && options[0] != EndOption)
        {
            if (options[0] == Pad)
            {
                options = options[1..];
                continue;
            }

            int length = options[1];
            if (length > options.Length - 2)
            {
                break;
            }

            if (options[0] == wanted)
            {
                return options.Slice(2, length);
            }

            options = options[(length + 2)..];
        }

        return default;
    }

    private static string? MessageWord(ulong number) => number switch
    {
        1 => "DISCOVER",
        2 => "OFFER",
        3 => "REQUEST",
        4 => "DECLINE",
        5 => "ACK",
        6 => "NAK",
        7 => "RELEASE",
        8 => "INFORM",
        _ => null,
    };

    private static string? Word(ulong number) => number switch
    {
        Pad => "padding",
        MessageOption => "message",
        ParameterList => "wanted options",
        ClientId => "client",
        82 => "relay agent",
        121 => "classless routes",
        EndOption => "end of options",
        _ => Values.TryGetValue((byte)(number & 0xFF), out Field? field) ? field.Title : null,
    };
}
