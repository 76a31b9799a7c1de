using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Weft.App.Lab.Checks;
using Weft.Model.Lab;
using Weft.Net;
using Xunit;

namespace Weft.Tests.App.Lab.Checks;

public sealed class CheckAimTests
{
    [Theory]
    [InlineData("10.0.0.1 fd00::1", "10.0.0.2 fd00::2", "", "10.0.0.2 fd00::2")]
    [InlineData("fd00::1 10.0.0.1", "fd00::2 10.0.0.2", "", "10.0.0.2 fd00::2")]
    [InlineData("10.0.0.1", "10.0.0.2 fd00::2", "", "10.0.0.2")]
    [InlineData("fd00::1", "10.0.0.2 fd00::2", "", "fd00::2")]
    [InlineData("10.0.0.1 fd00::1", "10.0.0.2 10.0.1.2 fd00::2 fd00:1::2", "", "10.0.0.2 fd00::2")]
    public void A_check_is_proven_once_in_every_family_that_both_ends_have(
        string from, string to, string seenAs, string expected) =>
        Assert.Equal(expected, Aimed(from, to, seenAs));

    [Fact]
    public void Without_a_common_family_the_target_is_tried_so_that_the_kernel_says_why() =>
        Assert.Equal("fd00::2", Aimed("10.0.0.1", "fd00::2", ""));

    [Theory]
    [InlineData("172.16.1.2", "10.0.0.2")]
    [InlineData("fd00:1::2", "fd00::2")]
    [InlineData("172.16.1.2 fd00:1::2", "10.0.0.2 fd00::2")]
    public void Whom_the_other_side_sees_is_compared_in_the_families_that_it_has(string seenAs, string expected) =>
        Assert.Equal(expected, Aimed("10.0.0.1 fd00::1", "10.0.0.2 fd00::2", seenAs));

    [Fact]
    public void A_check_may_name_one_family()
    {
        Assert.Equal("fd00::2", Aimed("10.0.0.1 fd00::1", "10.0.0.2 fd00::2", "", IpFamily.Ipv6));
        Assert.Equal("", Aimed("10.0.0.1 fd00::1", "10.0.0.2", "", IpFamily.Ipv6));
    }

    [Fact]
    public void A_result_passes_in_all_families_or_not_at_all_and_tells_of_the_one_that_failed()
    {
        FamilyResult four = new() { Family = "IPv4", Address = "10.0.0.2", Passed = true, Found = "reachable", SourceSeen = "10.0.0.1", Milliseconds = 1 };
        FamilyResult six = new() { Family = "IPv6", Address = "fd00::2", Passed = false, Found = "unreachable", Detail = "no answer", Milliseconds = 2000 };
        CheckResult both = Result(four, six);
        Assert.False(both.Passed);
        Assert.Equal(("unreachable", "IPv6: no answer", null, 2000.0), (both.Found, both.Detail, both.SourceSeen, both.Milliseconds));
        CheckResult one = Result(four);
        Assert.True(one.Passed);
        Assert.Equal(("reachable", "", "10.0.0.1", 1.0), (one.Found, one.Detail, one.SourceSeen, one.Milliseconds));
        Assert.Equal("no answer", Result(six).Detail);
        CheckResult none = Result();
        Assert.Equal((false, "refused", "db has no address"), (none.Passed, none.Found, none.Detail));
    }

    [Fact]
    public void The_keys_of_a_result_in_JSON_are_a_contract()
    {
        FamilyResult four = new() { Family = "IPv4", Address = "10.0.0.2", Passed = true, Found = "reachable", SourceSeen = "10.0.0.1", Milliseconds = 1 };
        CheckResult[] results = [Result(four) with { Port = 80, SeenAs = "web" }];
        JsonElement json = JsonSerializer.SerializeToElement(results, CheckJson.Default.IReadOnlyListCheckResult)[0];
        string[] keys = ["detail", "expect", "families", "found", "from", "milliseconds", "passed", "port", "proto", "seenAs", "sourceSeen", "to"];
        Assert.Equal(keys, json.EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
        string[] inner = ["address", "detail", "family", "found", "milliseconds", "passed", "sourceSeen"];
        Assert.Equal(inner, json.GetProperty("families")[0].EnumerateObject().Select(property => property.Name).Order(StringComparer.Ordinal));
    }

    private static CheckResult Result(params FamilyResult[] families) => new()
    {
        From = "web",
        To = "db",
        Proto = "icmp",
        Expect = "reachable",
        Families = families,
        Problem = families.Length == 0 ? "db has no address" : "",
    };

    private static string Aimed(string from, string to, string seenAs, IpFamily? family = null)
    {
        LabCheck check = new() { From = "a", To = "b", Protocol = LabProtocol.Icmp, ExpectReachable = true, Family = family };
        return string.Join(' ', CheckAim.AddressesOf(check, Addresses(from), Addresses(to), Addresses(seenAs)));
    }

    private static IReadOnlyList<IpAddress> Addresses(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IpAddress.Parse)];
}
