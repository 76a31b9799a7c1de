namespace Weft.Net.Formats.Words;

/// <summary>What was found out about a checksum, in words; the numbers are Wireshark's.</summary>
internal static class ChecksumWords
{
    public static string? Of(ulong number) => number switch
    {
        0 => "not right",
        1 => "right",
        2 => "not verified: not everything that it covers is here",
        3 => "not present",
        _ => null,
    };
}
