using System;
using Weft.Net.Decoding;

namespace Weft.Dns.Formats;

/// <summary>The OPT record, by which DNS is extended (RFC 6891), and its options.</summary>
internal static class ExtensionRecord
{
    private const int ClientSubnet = 8;
    private const int Cookie = 10;
    private const int KeepAlive = 11;
    private const int PaddingOption = 12;
    private const int ExtendedError = 15;
    private const int ClientCookieLength = 8;

    private static readonly Shape Fixed = Shape.Of(
        "extension",
        Bits.Of(16, Field.Dec("dns.rr.udp_payload_size", "longest UDP payload")),
        Bits.Of(8, Field.Hex("dns.resp.ext_rcode", "high bits of the result")),
        Bits.Of(8, Field.Dec("dns.resp.edns0_version", "version")),
        Bits.Of(
            16, Field.Hex("dns.resp.z", "flags"),
            Bits.Of(1, Field.Flag("dns.resp.z.do", "DNSSEC wanted")),
            Bits.Of(15, Field.Hex("dns.resp.z.reserved", "reserved"))));

    private static readonly Field Code = Field.Dec("dns.opt.code", "option", DnsWords.Option);
    private static readonly Field Length = Field.Dec("dns.opt.len", "length");
    private static readonly Field Data = Field.Bytes("dns.opt.data", "data");
    private static readonly Field Family = Field.Dec("dns.opt.client.family", "address family");
    private static readonly Field SourceLength = Field.Dec("dns.opt.client.netmask", "prefix length");
    private static readonly Field ScopeLength = Field.Dec("dns.opt.client.scope", "prefix length of the answer");
    private static readonly Field Client4 = Field.Text("dns.opt.client.addr4", "client subnet");
    private static readonly Field Client6 = Field.Text("dns.opt.client.addr6", "client subnet");
    private static readonly Field ClientOther = Field.Bytes("dns.opt.client.addr", "client subnet");
    private static readonly Field ClientCookie = Field.Bytes("dns.opt.cookie.client", "client's cookie");
    private static readonly Field ServerCookie = Field.Bytes("dns.opt.cookie.server", "server's cookie");
    private static readonly Field Timeout = Field.Dec("dns.opt.edns_tcp_keepalive.timeout", "timeout");
    private static readonly Field Padding = Field.Bytes("dns.opt.padding", "padding");
    private static readonly Field ErrorCode = Field.Dec("dns.opt.ext_error.info_code", "error");
    private static readonly Field ErrorText = Field.Text("dns.opt.ext_error.extra_text", "why");

    /// <summary>What stands in the places of class and time to live.</summary>
    public static void Head(ref Walk walk, int at) => walk.Fixed(Fixed, at);

    /// <summary>The options.</summary>
    public static void Options(ref Walk walk, int at, int end)
    {
        while (at < end)
        {
            int length = end - at >= 4 ? walk.U16(at + 2) : int.MaxValue;
            if (length > end - at - 4)
            {
                walk.Report(ProblemKind.Malformed, at, "an option of EDNS", length, Math.Max(0, end - at - 4));
                return;
            }

            int code = walk.U16(at);
            walk.Begin(DnsWords.Option((ulong)code) ?? "option", at, length + 4);
            walk.Number(Code, at, 2, (ulong)code);
            walk.Number(Length, at + 2, 2, (ulong)length);
            if (length > 0)
            {
                walk.Bytewise(Data, at + 4, length);
                One(ref walk, code, at + 4, length);
            }

            walk.Close();
            at += length + 4;
        }
    }

    private static void One(ref Walk walk, int code, int at, int length)
    {
        switch (code)
        {
            case ClientSubnet when length >= 4:
                Client(ref walk, at, length);
                break;
            case Cookie when length >= ClientCookieLength:
                walk.Bytewise(ClientCookie, at, ClientCookieLength);
                if (length > ClientCookieLength)
                {
                    walk.Bytewise(ServerCookie, at + ClientCookieLength, length - ClientCookieLength);
                }

                break;
            case KeepAlive when length == 2:
                walk.Number(Timeout, at, 2, walk.U16(at));
                break;
            case PaddingOption:
                walk.Bytewise(Padding, at, length);
                break;
            case ExtendedError when length >= 2:
                walk.Number(ErrorCode, at, 2, walk.U16(at));
                if (length > 2)
                {
                    walk.Text(ErrorText, at + 2, length - 2, walk.Bytes.Slice(at + 2, length - 2));
                }

                break;
            default:
                break;
        }
    }

    // RFC 7871, 6: no more bytes of the address than its prefix has.
    private static void Client(ref Walk walk, int at, int length)
    {
        int family = walk.U16(at);
        walk.Number(Family, at, 2, (ulong)family);
        walk.Number(SourceLength, at + 2, 1, walk.Bytes[at + 2]);
        walk.Number(ScopeLength, at + 3, 1, walk.Bytes[at + 3]);
        if (length == 4)
        {
            return;
        }

        Span<byte> address = stackalloc byte[16];
        address.Clear();
        walk.Bytes.Slice(at + 4, Math.Min(length - 4, 16)).CopyTo(address);
        switch (family)
        {
            case 1:
                walk.BeginText(out int start4).AddIpv4(address);
                walk.EndText(Client4, at + 4, length - 4, start4);
                break;
            case 2:
                walk.BeginText(out int start6).AddIpv6(address);
                walk.EndText(Client6, at + 4, length - 4, start6);
                break;
            default:
                walk.Bytewise(ClientOther, at + 4, length - 4);
                break;
        }
    }
}
