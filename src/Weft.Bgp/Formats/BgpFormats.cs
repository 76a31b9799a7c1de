using Weft.Net.Decoding;

namespace Weft.Bgp.Formats;

/// <summary>The formats that live here, for a <see cref="FormatRegistry"/>.</summary>
public static class BgpFormats
{
    /// <summary>BGP and BFD.</summary>
    public static Format[] All { get; } = [new BgpFormat(), new BfdFormat()];
}
