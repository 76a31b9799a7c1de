using Weft.Net;
using Xunit;

namespace Weft.Tests.Net;

public sealed class IpAddressTests
{
    // RFC 5952, sections 1, 4 and 5, and RFC 4291, section 2.2.
    [Theory]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8::1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:DB8:0:0:1::1", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8:0:0:0:0:2:1", "2001:db8::2:1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("2001:0:0:1:0:0:0:1", "2001:0:0:1::1")]
    [InlineData("2001:db8:aaaa:bbbb:cccc:dddd:eeee:AaAa", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa")]
    [InlineData("FF01:0:0:0:0:0:0:101", "ff01::101")]
    [InlineData("0:0:0:0:0:0:0:1", "::1")]
    [InlineData("0:0:0:0:0:0:0:0", "::")]
    [InlineData("1::", "1::")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8")]
    [InlineData("0:0:0:0:0:FFFF:129.144.52.38", "::ffff:129.144.52.38")]
    [InlineData("::13.1.68.3", "::d01:4403")]
    [InlineData("64:ff9b::192.0.2.33", "64:ff9b::c000:221")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("10.65.0.1", "10.65.0.1")]
    public void Text_is_read_in_every_form_and_written_in_the_canonical_one(string text, string canonical)
    {
        Assert.True(IpAddress.TryParse(text, out IpAddress address));
        Assert.Equal(canonical, address.ToString());
        Assert.Equal(address, IpAddress.Parse(canonical));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.4 ")]
    [InlineData("1..3.4")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData("1")]
    [InlineData("1:")]
    [InlineData(":1")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4::5:6:7:8")]
    [InlineData("1::2::3")]
    [InlineData("12345::")]
    [InlineData("g::")]
    [InlineData("::1%eth0")]
    [InlineData("1.2.3.4::")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    public void Text_that_is_no_address_is_refused(string text)
    {
        Assert.False(IpAddress.TryParse(text, out _));
    }
}
