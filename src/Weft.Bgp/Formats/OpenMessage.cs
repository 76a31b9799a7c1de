using System;
using Weft.Net.Decoding;

namespace Weft.Bgp.Formats;

/// <summary>OPEN (RFC 4271, 4.2), its capabilities (RFC 5492) and its longer form (RFC 9072).</summary>
internal static class OpenMessage
{
    private const byte Capabilities = 2;
    private const byte Extended = 255;

    private static readonly Shape Head = Shape.Of(
        "OPEN",
        Bits.Of(8, Field.Dec("bgp.open.version", "version")),
        Bits.Of(16, Field.Dec("bgp.open.myas", "AS of the sender")),
        Bits.Of(16, Field.Dec("bgp.open.holdtime", "hold time in seconds")),
        Bits.Of(32, Field.V4("bgp.open.identifier", "identifier of the sender")),
        Bits.Of(8, Field.Dec("bgp.open.opt.len", "length of the parameters")));

    private static readonly Field ExtendedLength = Field.Dec("bgp.open.opt.extended_len", "length of the parameters");
    private static readonly Field ParameterType = Field.Dec("bgp.open.opt.param.type", "type");
    private static readonly Field ParameterLength = Field.Dec("bgp.open.opt.param.len", "length");
    private static readonly Field ParameterData = Field.Bytes("bgp.open.opt.param.unknown", "data");
    private static readonly Field CapabilityType = Field.Dec("bgp.cap.type", "capability", BgpWords.Capability);
    private static readonly Field CapabilityLength = Field.Dec("bgp.cap.length", "length");
    private static readonly Field Unknown = Field.Bytes("bgp.cap.unknown", "data");
    private static readonly Field Reserved = Field.Bytes("bgp.cap.reserved", "reserved");
    private static readonly Field Family = Field.Dec("bgp.cap.mp.afi", "family", BgpWords.Family);
    private static readonly Field Subsequent = Field.Dec("bgp.cap.mp.safi", "kind", BgpWords.Subsequent);
    private static readonly Field AsNumber = Field.Dec("bgp.cap.4as", "AS of the sender");
    private static readonly Field PathFamily = Field.Dec("bgp.cap.ap.afi", "family", BgpWords.Family);
    private static readonly Field PathKind = Field.Dec("bgp.cap.ap.safi", "kind", BgpWords.Subsequent);
    private static readonly Field PathDirection = Field.Dec("bgp.cap.ap.sendreceive", "direction", Direction);
    private static readonly Field NextHopFamily = Field.Dec("bgp.cap.enh.afi", "family", BgpWords.Family);
    private static readonly Field NextHopKind = Field.Dec("bgp.cap.enh.safi", "kind", BgpWords.Subsequent);
    private static readonly Field NextHopNextFamily = Field.Dec("bgp.cap.enh.nhafi", "family of the next hop", BgpWords.Family);
    private static readonly Field Role = Field.Dec("bgp.cap.role", "role", RoleWord);
    private static readonly Field DynamicType = Field.Dec("bgp.cap.dc", "capability", BgpWords.Capability);
    private static readonly Field HostLength = Field.Dec("bgp.cap.orf.fqdn.hostname.len", "length of the host's name");
    private static readonly Field HostName = Field.Text("bgp.cap.orf.fqdn.hostname", "host's name");
    private static readonly Field DomainLength = Field.Dec("bgp.cap.orf.fqdn.domain_name.len", "length of the domain");
    private static readonly Field DomainName = Field.Text("bgp.cap.orf.fqdn.domain_name", "domain");
    private static readonly Field Session = Field.Hex("bgp.cap.multisession.flags", "flags");
    private static readonly Field FilterFamily = Field.Dec("bgp.cap.orf.afi", "family", BgpWords.Family);
    private static readonly Field FilterKind = Field.Dec("bgp.cap.orf.safi", "kind", BgpWords.Subsequent);
    private static readonly Field FilterCount = Field.Dec("bgp.cap.orf.number", "filters");
    private static readonly Field FilterType = Field.Dec("bgp.cap.orf.type", "filter type");
    private static readonly Field FilterDirection = Field.Dec("bgp.cap.orf.sendreceive", "direction", Direction);

    private static readonly Shape Restart = Shape.Of(
        "graceful restart",
        Bits.Of(
            16, Field.Hex("bgp.cap.gr.timers", "flags and time"),
            Bits.Of(1, Field.Flag("bgp.cap.gr.timers.restart_flag", "has restarted")),
            Bits.Of(1, Field.Flag("bgp.cap.gr.timers.notification_flag", "also after NOTIFICATION")),
            Bits.Reserved(2),
            Bits.Of(12, Field.Dec("bgp.cap.gr.timers.restart_time", "back within seconds"))));

    private static readonly Shape RestartFamily = Shape.Of(
        "family",
        Bits.Of(16, Field.Dec("bgp.cap.gr.afi", "family", BgpWords.Family)),
        Bits.Of(8, Field.Dec("bgp.cap.gr.safi", "kind", BgpWords.Subsequent)),
        Bits.Of(
            8, Field.Hex("bgp.cap.gr.flag", "flags"),
            Bits.Of(1, Field.Flag("bgp.cap.gr.flag.pfs", "has kept forwarding")),
            Bits.Reserved(7)));

    private static readonly Shape Secure = Shape.Of(
        "BGPsec",
        Bits.Of(
            8, Field.Hex("bgp.cap.bgpsec.flags", "flags"),
            Bits.Of(4, Field.Dec("bgp.cap.bgpsec.version", "version")),
            Bits.Of(1, Field.Dec("bgp.cap.bgpsec.sendreceive", "can send")),
            Bits.Of(3, Field.Hex("bgp.cap.bgpsec.reserved", "reserved"))),
        Bits.Of(16, Field.Dec("bgp.cap.bgpsec.afi", "family", BgpWords.Family)));

    public static void Dissect(ref Walk walk, Part body)
    {
        if (body.Length < Head.ByteLength)
        {
            walk.Fixed(Head, body.Begin);
            return;
        }

        walk.Fixed(Head, body.Begin);
        int at = body.Begin + Head.ByteLength;
        int length = walk.Bytes[at - 1];
        bool isExtended = length != 0 && at < body.End && walk.Bytes[at] == Extended && body.End - at >= 3;
        if (isExtended)
        {
            length = walk.U16(at + 1);
            walk.Number(ParameterType, at, 1, Extended);
            walk.Number(ExtendedLength, at + 1, 2, (ulong)length);
            at += 3;
        }

        if (length > body.End - at)
        {
            body.Lacks(ref walk, at - 1, "bgp.open.opt.len", length);
        }

        int end = Math.Min(body.End, at + length);
        int head = isExtended ? 3 : 2;
        while (at < end)
        {
            int size = end - at < head ? int.MaxValue : isExtended ? walk.U16(at + 1) : walk.Bytes[at + 1];
            if (size > end - at - head)
            {
                body.Lacks(ref walk, at, "a parameter of OPEN", size == int.MaxValue ? head : head + size);
                return;
            }

            walk.Begin("parameter", at, head + size);
            walk.Number(ParameterType, at, 1, walk.Bytes[at]);
            walk.Number(ParameterLength, at + 1, head - 1, (ulong)size);
            Parameter(ref walk, walk.Bytes[at], at + head, at + head + size);
            walk.Close();
            at += head + size;
        }
    }

    private static void Parameter(ref Walk walk, byte type, int at, int end)
    {
        if (type != Capabilities)
        {
            if (at < end)
            {
                walk.Bytewise(ParameterData, at, end - at);
            }

            return;
        }

        while (at < end)
        {
            int length = end - at >= 2 ? walk.Bytes[at + 1] : int.MaxValue;
            if (length > end - at - 2)
            {
                walk.Report(ProblemKind.Malformed, at, "a capability is too short", end - at, length == int.MaxValue ? 2 : length + 2);
                return;
            }

            byte capability = walk.Bytes[at];
            walk.Begin(BgpWords.Capability(capability) ?? "capability", at, length + 2);
            walk.Number(CapabilityType, at, 1, capability);
            walk.Number(CapabilityLength, at + 1, 1, (ulong)length);
            if (walk.IsDetailed)
            {
                Capability(ref walk, capability, at + 2, at + 2 + length);
            }

            walk.Close();
            at += length + 2;
        }
    }

    private static void Capability(ref Walk walk, byte capability, int at, int end)
    {
        int length = end - at;
        switch (capability, length)
        {
            case (1, 4):
                walk.Number(Family, at, 2, walk.U16(at));
                walk.Bytewise(Reserved, at + 2, 1);
                walk.Number(Subsequent, at + 3, 1, walk.Bytes[at + 3]);
                break;
            case (3 or 130, >= 5):
                Filters(ref walk, at, end);
                break;
            case (5, _) when length % 6 == 0:
                for (; at < end; at += 6)
                {
                    walk.Number(NextHopFamily, at, 2, walk.U16(at));
                    walk.Number(NextHopKind, at + 2, 2, walk.U16(at + 2));
                    walk.Number(NextHopNextFamily, at + 4, 2, walk.U16(at + 4));
                }

                break;
            case (7, 3):
                walk.Fixed(Secure, at);
                break;
            case (9, 1):
                walk.Number(Role, at, 1, walk.Bytes[at]);
                break;
            case (64, >= 2) when length % 4 == 2:
                walk.Fixed(Restart, at);
                for (at += 2; at < end; at += 4)
                {
                    walk.Fixed(RestartFamily, at);
                }

                break;
            case (65, 4):
                walk.Number(AsNumber, at, 4, walk.U32(at));
                break;
            case (67, > 0):
                for (; at < end; at++)
                {
                    walk.Number(DynamicType, at, 1, walk.Bytes[at]);
                }

                break;
            case (68, >= 1):
                walk.Number(Session, at, 1, walk.Bytes[at]);
                if (length > 1)
                {
                    walk.Bytewise(Unknown, at + 1, length - 1);
                }

                break;
            case (69, > 0) when length % 4 == 0:
                for (; at < end; at += 4)
                {
                    walk.Number(PathFamily, at, 2, walk.U16(at));
                    walk.Number(PathKind, at + 2, 1, walk.Bytes[at + 2]);
                    walk.Number(PathDirection, at + 3, 1, walk.Bytes[at + 3]);
                }

                break;
            case (73, >= 2):
                Names(ref walk, at, end);
                break;
            default:
                if (length > 0)
                {
                    walk.Bytewise(Unknown, at, length);
                }

                break;
        }
    }

    private static void Filters(ref Walk walk, int at, int end)
    {
        while (end - at >= 5)
        {
            int count = walk.Bytes[at + 4];
            walk.Number(FilterFamily, at, 2, walk.U16(at));
            walk.Bytewise(Reserved, at + 2, 1);
            walk.Number(FilterKind, at + 3, 1, walk.Bytes[at + 3]);
            walk.Number(FilterCount, at + 4, 1, (ulong)count);
            at += 5;
            for (int i = 0; i < count && end - at >= 2; i++, at += 2)
            {
                walk.Number(FilterType, at, 1, walk.Bytes[at]);
                walk.Number(FilterDirection, at + 1, 1, walk.Bytes[at + 1]);
            }
        }
    }

    private static void Names(ref Walk walk, int at, int end)
    {
        int host = walk.Bytes[at];
        if (host + 2 > end - at || walk.Bytes[at + 1 + host] > end - at - 2 - host)
        {
            walk.Report(ProblemKind.Malformed, at, "bgp.cap.orf.fqdn.hostname.len", host, end - at - 2);
            return;
        }

        int domain = walk.Bytes[at + 1 + host];
        walk.Number(HostLength, at, 1, (ulong)host);
        walk.Text(HostName, at + 1, host, walk.Bytes.Slice(at + 1, host));
        at += host + 1;
        walk.Number(DomainLength, at, 1, (ulong)domain);
        walk.Text(DomainName, at + 1, domain, walk.Bytes.Slice(at + 1, domain));
    }

    private static string? Direction(ulong number) => number switch
    {
        1 => "receive",
        2 => "send",
        3 => "both",
        _ => null,
    };

    private static string? RoleWord(ulong number) => number switch
    {
        0 => "provider",
        1 => "route server",
        2 => "route server's client",
        3 => "customer",
        4 => "peer",
        _ => null,
    };
}
