using System;
using System.Globalization;
using System.Net;
using CsCheck;
using Weft.Net.Decoding;
using Xunit;

namespace Weft.Tests.Net.Decoding;

public sealed class TextBufferTests
{
    private static readonly Gen<byte[]> Ipv6Bytes =
        Gen.Int[0, 5].Select(i => ((byte[])[0, 0, 0, 1, 0xFF, 0xAB])[i]).Array[16];

    [Fact]
    public void Numbers_of_every_length_are_written_as_they_are()
    {
        for (ulong power = 1; ; power *= 10)
        {
            foreach (ulong value in (ulong[])[power - 1, power, power + 1, 9 * (power / 10), unchecked(power * 9)])
            {
                Assert.Equal(value.ToString(CultureInfo.InvariantCulture), new TextBuffer().AddDec(value).ToString());
            }

            if (power == 10_000_000_000_000_000_000)
            {
                break;
            }
        }

        Assert.Equal("18446744073709551615", new TextBuffer().AddDec(ulong.MaxValue).ToString());
        Assert.Equal("4294967295 4294967296", new TextBuffer().AddDec(uint.MaxValue).Add(" "u8).AddDec(1UL << 32).ToString());
    }

    [Fact]
    public void Numbers_between_are_written_as_they_are() => Gen.ULong.Select(Gen.Int[0, 63], (value, shift) => value >> shift)
        .Sample(value => new TextBuffer().AddDec(value).ToString() == value.ToString(CultureInfo.InvariantCulture), iter: 20_000);

    [Fact]
    public void Each_octet_has_as_many_digits_as_it_needs()
    {
        for (int octet = 0; octet < 256; octet++)
        {
            byte[] address = [(byte)octet, 0, (byte)(255 - octet), (byte)octet];
            Assert.Equal($"{octet}.0.{255 - octet}.{octet}", new TextBuffer().AddIpv4(address).ToString());
        }
    }

    [Fact]
    public void An_address_of_six_is_written_as_everybody_writes_it() => Ipv6Bytes.Where(IsPlain)
        .Sample(address => new TextBuffer().AddIpv6(address).ToString() == new IPAddress(address).ToString(), iter: 20_000);

    [Theory]
    [InlineData(0, 0, "00:00:00.000000")]
    [InlineData(86_399, 999_999, "23:59:59.999999")]
    [InlineData(36_000, 1, "10:00:00.000001")]
    [InlineData(3_599, 100_000, "00:59:59.100000")]
    [InlineData(60, 12_345, "00:01:00.012345")]
    public void A_time_of_day_has_all_its_digits(int second, int microsecond, string expected) =>
        Assert.Equal(expected, new TextBuffer().AddClock(second, microsecond).ToString());

    [Fact]
    public void What_was_written_stays_while_the_buffer_grows()
    {
        TextBuffer text = new();
        string expected = "";
        for (ulong i = 0; i < 3_000; i++)
        {
            text.AddDec(i * 1_234_567).Add(", "u8).AddIpv4([10, 0, (byte)(i >> 8), (byte)(i & 0xFF)]).AddByte((byte)'\n');
            expected += $"{i * 1_234_567}, 10.0.{i >> 8}.{i & 0xFF}\n";
        }

        Assert.Equal(expected, text.ToString());
    }

    // .NET writes IPv4-compatible and ISATAP addresses with a dotted tail; RFC 5952 does not.
    private static bool IsPlain(byte[] address) =>
        address.AsSpan(0, 8).ContainsAnyExcept((byte)0) && !address.AsSpan(8, 4).SequenceEqual((byte[])[0, 0, 0x5E, 0xFE]);
}
