using System.Globalization;
using Weft.Net.Decoding;

namespace Weft.Net.Formats.Applications;

/// <summary>NTP (RFC 5905, 7.3), all versions with that header.</summary>
internal sealed class NtpFormat() : Format("ntp", "Network Time Protocol", new FormatKey(KeySpace.UdpPort, 123))
{
    private const int HeaderLength = 48;
    private const byte Control = 6;
    private const long FromNtpToUnix = 2_208_988_800;
    private const long Second = 1_000_000_000;

    private static readonly Shape Head = Shape.Of(
        "NTP header",
        Bits.Of(
            8, Field.Hex("ntp.flags", "flags"),
            Bits.Of(2, Field.Dec("ntp.flags.li", "leap indicator", Leap)),
            Bits.Of(3, Field.Dec("ntp.flags.vn", "version")),
            Bits.Of(3, Field.Dec("ntp.flags.mode", "mode", Mode))),
        Bits.Of(8, Field.Dec("ntp.stratum", "stratum", Stratum)),
        Bits.Of(8, Field.Dec("ntp.ppoll", "polls every 2 to the power of seconds")),
        Bits.Of(8, Field.Dec("ntp.precision", "precision, 2 to the power of seconds, with a sign")));

    private static readonly Shape First = Shape.Of(
        "NTP header",
        Bits.Of(
            8, Field.Hex("ntp.flags", "flags"),
            Bits.Of(2, Field.Dec("ntp.flags.li", "leap indicator", Leap)),
            Bits.Of(3, Field.Dec("ntp.flags.vn", "version")),
            Bits.Of(3, Field.Dec("ntp.flags.mode", "mode", Mode))));

    private static readonly Field Delay = Field.Dec("ntp.rootdelay", "round trip to the reference, in parts of a second", Seconds);
    private static readonly Field Dispersion = Field.Dec("ntp.rootdispersion", "dispersion, in parts of a second", Seconds);
    private static readonly Field Reference = Field.Bytes("ntp.refid", "reference");
    private static readonly Field ReferenceTime = Field.Text("ntp.reftime", "set at");
    private static readonly Field OriginTime = Field.Text("ntp.org", "request left at");
    private static readonly Field ReceiveTime = Field.Text("ntp.rec", "request arrived at");
    private static readonly Field TransmitTime = Field.Text("ntp.xmt", "left at");
    private static readonly Field Rest = Field.Bytes("ntp.rest", "extensions and authentication");
    private static readonly Field KeyId = Field.Bytes("ntp.keyid", "key");
    private static readonly Field Mac = Field.Bytes("ntp.mac", "authentication code");

    public override bool TellsLength => true;

    public override void Dissect(ref Walk walk)
    {
        int start = walk.Offset;
        if (walk.Length > 0 && (walk.Bytes[start] & 7) >= Control)
        {
            walk.Fixed(First, start);
            if (walk.Length > 1)
            {
                walk.Bytewise(Rest, start + 1, walk.Length - 1);
            }

            return;
        }

        if (!walk.Head(Head))
        {
            return;
        }

        if (!walk.Has(start, HeaderLength))
        {
            walk.Short("the NTP header", start, walk.Length, HeaderLength);
            return;
        }

        walk.Number(Delay, start + 4, 4, walk.U32(start + 4));
        walk.Number(Dispersion, start + 8, 4, walk.U32(start + 8));
        walk.Bytewise(Reference, start + 12, 4);
        Time(ref walk, ReferenceTime, start + 16);
        Time(ref walk, OriginTime, start + 24);
        Time(ref walk, ReceiveTime, start + 32);
        Time(ref walk, TransmitTime, start + 40);
        int at = start + HeaderLength;
        int left = walk.End - at;
        if (left is 20 or 24)
        {
            walk.Bytewise(KeyId, at, 4);
            walk.Bytewise(Mac, at + 4, left - 4);
        }
        else if (left > 0)
        {
            walk.Bytewise(Rest, at, left);
        }
    }

    public override void WriteLine(in LayerLine line)
    {
        byte first = line.Bytes[0];
        line.Text.Add("NTP version "u8).AddDec((ulong)((first >> 3) & 7)).Add(" "u8).Add(Mode((ulong)(first & 7))!);
        if (line.Bytes.Length > 1 && (first & 7) < Control)
        {
            line.Text.Add(", stratum "u8).AddDec(line.Bytes[1]);
        }

        line.Text.Add(", length "u8).AddDec((ulong)line.Bytes.Length);
    }

    // 16 bits of seconds, 16 of their parts.
    private static string? Seconds(ulong number) =>
        string.Create(CultureInfo.InvariantCulture, $"{number / 65536.0:0.000000} s");

    private static void Time(ref Walk walk, Field field, int at)
    {
        if (!walk.IsDetailed)
        {
            return;
        }

        uint seconds = walk.U32(at);
        uint parts = walk.U32(at + 4);
        TextBuffer text = walk.BeginText(out int start);
        if (seconds == 0 && parts == 0)
        {
            text.Add("NULL"u8);
        }
        else
        {
            // RFC 5905, 6: eras of 2^32 seconds; the second one began in 2036, and clears the highest bit.
            long era = (seconds & 0x8000_0000) != 0 ? 0 : 1L << 32;
            long nanoseconds = (long)(((ulong)parts * (ulong)Second) >> 32);
            PacketTime.WriteInWords(text, ((seconds + era - FromNtpToUnix) * Second) + nanoseconds);
        }

        walk.EndText(field, at, 8, start);
    }

    private static string? Leap(ulong number) => number switch
    {
        0 => "no warning",
        1 => "the last minute has 61 seconds",
        2 => "the last minute has 59 seconds",
        _ => "not synchronised",
    };

    private static string? Mode(ulong number) => number switch
    {
        1 => "symmetric active",
        2 => "symmetric passive",
        3 => "client",
        4 => "server",
        5 => "broadcast",
        Control => "control",
        7 => "private",
        _ => "reserved",
    };

    private static string? Stratum(ulong number) => number switch
    {
        0 => "unspecified",
        1 => "has the reference clock",
        <= 15 => "secondary",
        _ => "not synchronised",
    };
}
