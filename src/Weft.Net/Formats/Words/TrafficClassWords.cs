namespace Weft.Net.Formats.Words;

/// <summary>The two halves of the traffic class in words (RFC 2474, RFC 3168).</summary>
internal static class TrafficClassWords
{
    public static string? Dscp(ulong number) => number switch
    {
        0 => "default",
        8 => "CS1",
        10 => "AF11",
        12 => "AF12",
        14 => "AF13",
        16 => "CS2",
        18 => "AF21",
        20 => "AF22",
        22 => "AF23",
        24 => "CS3",
        26 => "AF31",
        28 => "AF32",
        30 => "AF33",
        32 => "CS4",
        34 => "AF41",
        36 => "AF42",
        38 => "AF43",
        40 => "CS5",
        46 => "expedited forwarding",
        48 => "CS6",
        56 => "CS7",
        _ => null,
    };

    public static string? Ecn(ulong number) => number switch
    {
        0 => "not ECN-capable",
        1 => "ECT(1)",
        2 => "ECT(0)",
        _ => "congestion experienced",
    };
}
