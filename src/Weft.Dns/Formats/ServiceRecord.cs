using Weft.Net.Decoding;

namespace Weft.Dns.Formats;

/// <summary>The data of SVCB and HTTPS records (RFC 9460, 2.2).</summary>
internal static class ServiceRecord
{
    private static readonly Field Priority = Field.Dec("dns.svcb.svcpriority", "priority");
    private static readonly Field Target = Field.Text("dns.svcb.targetname", "target");
    private static readonly Field Key = Field.Dec("dns.svcb.svcparam.key", "key", Word);
    private static readonly Field Length = Field.Dec("dns.svcb.svcparam.value.length", "length");
    private static readonly Field Value = Field.Bytes("dns.svcb.svcparam.value", "value");
    private static readonly Field Mandatory = Field.Dec("dns.svcb.svcparam.mandatory.key", "mandatory key", Word);
    private static readonly Field ProtocolLength = Field.Dec("dns.svcb.svcparam.alpn.length", "length of the protocol");
    private static readonly Field Protocol = Field.Text("dns.svcb.svcparam.alpn", "protocol");
    private static readonly Field Port = Field.Dec("dns.svcb.svcparam.port", "port");
    private static readonly Field Hint4 = Field.V4("dns.svcb.svcparam.ipv4hint.ip", "address hint");
    private static readonly Field Hint6 = Field.V6("dns.svcb.svcparam.ipv6hint.ip", "address hint");
    private static readonly Field Encrypted = Field.Bytes("dns.svcb.svcparam.echconfig", "encrypted hello");

    public static void Dissect(ref Walk walk, int messageAt, int at, int end)
    {
        if (end - at < 3)
        {
            walk.Report(ProblemKind.Malformed, at, "a service record is too short", end - at, 3);
            return;
        }

        walk.Number(Priority, at, 2, walk.U16(at));
        at += 2;
        if (!RecordData.Name(ref walk, Target, messageAt, ref at, end))
        {
            return;
        }

        while (at < end)
        {
            int length = end - at >= 4 ? walk.U16(at + 2) : int.MaxValue;
            if (length > end - at - 4)
            {
                walk.Report(ProblemKind.Malformed, at, "a parameter of a service record", length, end - at - 4);
                return;
            }

            int key = walk.U16(at);
            walk.Number(Key, at, 2, (ulong)key);
            walk.Number(Length, at + 2, 2, (ulong)length);
            One(ref walk, key, at + 4, at + 4 + length);
            at += 4 + length;
        }
    }

    private static void One(ref Walk walk, int key, int at, int end)
    {
        switch (key)
        {
            case 0:
                for (; at + 2 <= end; at += 2)
                {
                    walk.Number(Mandatory, at, 2, walk.U16(at));
                }

                break;
            case 1:
                while (at < end && at + 1 + walk.Bytes[at] <= end)
                {
                    int length = walk.Bytes[at];
                    walk.Number(ProtocolLength, at, 1, (ulong)length);
                    walk.Text(Protocol, at + 1, length, walk.Bytes.Slice(at + 1, length));
                    at += length + 1;
                }

                break;
            case 3 when end - at == 2:
                walk.Number(Port, at, 2, walk.U16(at));
                break;
            case 4:
                for (; at + 4 <= end; at += 4)
                {
                    walk.Bytewise(Hint4, at, 4);
                }

                break;
            case 5 when at < end:
                walk.Bytewise(Encrypted, at, end - at);
                break;
            case 6:
                for (; at + 16 <= end; at += 16)
                {
                    walk.Bytewise(Hint6, at, 16);
                }

                break;
            default:
                if (at < end)
                {
                    walk.Bytewise(Value, at, end - at);
                }

                break;
        }
    }

    private static string? Word(ulong number) => number switch
    {
        0 => "mandatory",
        1 => "alpn",
        2 => "no-default-alpn",
        3 => "port",
        4 => "ipv4hint",
        5 => "ech",
        6 => "ipv6hint",
        7 => "dohpath",
        _ => null,
    };
}
