using System;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Weft.Net;

/// <summary>An interface's address with the length of its subnet: <c>172.16.1.2/24</c>. Host bits are kept.</summary>
/// <param name="Address">The address itself.</param>
/// <param name="Length">The length of the subnet's prefix.</param>
[JsonConverter(typeof(IpInterfaceAddressJsonConverter))]
public readonly record struct IpInterfaceAddress(IpAddress Address, int Length)
{
    /// <summary>The subnet.</summary>
    public IpPrefix Prefix => new(Address, Length);

    /// <summary>Reads <c>address/length</c>; a missing length is not accepted.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IpInterfaceAddress value)
    {
        value = default;
        ReadOnlySpan<char> span = text;
        int slash = span.IndexOf('/');
        if (slash < 0 || !IpAddress.TryParse(span[..slash], out IpAddress address))
        {
            return false;
        }

        ReadOnlySpan<char> digits = span[(slash + 1)..];
        if (digits.IsEmpty || digits.Length > 3 || (digits.Length > 1 && digits[0] == '0')
            || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            || length > address.BitLength)
        {
            return false;
        }

        value = new IpInterfaceAddress(address, length);
        return true;
    }

    /// <summary>Reads text that the program itself wrote; throws <see cref="FormatException"/> otherwise.</summary>
    public static IpInterfaceAddress Parse(string text) => TryParse(text, out IpInterfaceAddress value)
        ? value
        : throw new FormatException($"'{text}' is not an address with a prefix length");

    /// <summary><c>172.16.1.2/24</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{Length}");
}
