namespace Weft.Net.Decoding;

/// <summary>Times of packets as text: nanoseconds since 1970 in, calendar out, leap seconds not counted.</summary>
public static class PacketTime
{
    private const long Second = 1_000_000_000;
    private const long Day = 86_400;

    /// <summary>RFC 3339, in UTC, with nanoseconds.</summary>
    public static void WriteDateAndTime(TextBuffer text, long unixNanoseconds)
    {
        (long seconds, long nanoseconds) = Split(unixNanoseconds);
        long days = FloorDivide(seconds, Day);
        (long year, long month, long day) = DateOf(days);
        text.AddDec((ulong)year, 4).AddByte((byte)'-').AddDec((ulong)month, 2).AddByte((byte)'-').AddDec((ulong)day, 2)
            .AddByte((byte)'T');
        WriteClock(text, seconds - (days * Day));
        text.AddByte((byte)'.').AddDec((ulong)nanoseconds, 9).AddByte((byte)'Z');
    }

    /// <summary>As Wireshark writes a time of a field: month by name, nanoseconds, UTC.</summary>
    public static void WriteInWords(TextBuffer text, long unixNanoseconds)
    {
        (long seconds, long nanoseconds) = Split(unixNanoseconds);
        long days = FloorDivide(seconds, Day);
        (long year, long month, long day) = DateOf(days);
        text.Add("JanFebMarAprMayJunJulAugSepOctNovDec"u8.Slice(3 * (int)(month - 1), 3)).AddByte((byte)' ');
        if (day < 10)
        {
            text.AddByte((byte)' ');
        }

        text.AddDec((ulong)day).Add(", "u8).AddDec((ulong)year, 4).AddByte((byte)' ');
        WriteClock(text, seconds - (days * Day));
        text.AddByte((byte)'.').AddDec((ulong)nanoseconds, 9).Add(" UTC"u8);
    }

    /// <summary>The time of day in UTC, with microseconds.</summary>
    public static void WriteTimeOfDay(TextBuffer text, long unixNanoseconds)
    {
        (long seconds, long nanoseconds) = Split(unixNanoseconds);
        text.AddClock((int)(seconds - (FloorDivide(seconds, Day) * Day)), (int)(nanoseconds / 1000));
    }

    private static (long Year, long Month, long Day) DateOf(long days)
    {
        // The proleptic Gregorian calendar in eras of 400 years which begin in March.
        long shifted = days + 719_468;
        long era = FloorDivide(shifted, 146_097);
        long dayOfEra = shifted - (era * 146_097);
        long yearOfEra = (dayOfEra - (dayOfEra / 1_460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        long dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        long monthFromMarch = ((5 * dayOfYear) + 2) / 153;
        long day = dayOfYear - (((153 * monthFromMarch) + 2) / 5) + 1;
        long month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
        long year = yearOfEra + (era * 400) + (month <= 2 ? 1 : 0);
        return (year, month, day);
    }

    private static void WriteClock(TextBuffer text, long secondOfDay) =>
        text.AddDec((ulong)(secondOfDay / 3600), 2).AddByte((byte)':').AddDec((ulong)(secondOfDay / 60 % 60), 2)
            .AddByte((byte)':').AddDec((ulong)(secondOfDay % 60), 2);

    private static (long Seconds, long Nanoseconds) Split(long unixNanoseconds)
    {
        long seconds = FloorDivide(unixNanoseconds, Second);
        return (seconds, unixNanoseconds - (seconds * Second));
    }

    private static long FloorDivide(long value, long by) => value >= 0 ? value / by : -((-(value + 1) / by) + 1);
}
