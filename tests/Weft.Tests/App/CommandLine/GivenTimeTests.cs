using System;
using Weft.App.CommandLine;
using Xunit;

namespace Weft.Tests.App.CommandLine;

public sealed class GivenTimeTests
{
    [Theory]
    [InlineData("30s", 30)]
    [InlineData("15m", 900)]
    [InlineData("2h", 7_200)]
    [InlineData("10000h", 36_000_000)]
    public void A_number_and_a_unit_are_a_time(string text, int seconds)
    {
        Assert.True(GivenTime.TryParse(text, out TimeSpan time));
        Assert.Equal(TimeSpan.FromSeconds(seconds), time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("15")]
    [InlineData("0s")]
    [InlineData("-1m")]
    [InlineData("1.5h")]
    [InlineData("15 m")]
    [InlineData("15d")]
    [InlineData("10001h")]
    [InlineData("99999999999s")]
    public void Anything_else_is_none(string text) => Assert.False(GivenTime.TryParse(text, out _));
}
