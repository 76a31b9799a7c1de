using System;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>The underlay of a lab in both families, of segments that have one or both and differ in MTU, as its own checks
/// see it and as the kernel has it.</summary>
public sealed class UnderlayTests
{
    private const string Lab = """
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: underlay}
        spec:
          segments:
            - {name: both, cidrs: [172.16.1.0/24, "fd00:1::/64"], mtu: 9000}
            - {name: small, cidrs: [172.16.2.0/24, "fd00:2::/64"], mtu: 1400}
            - {name: four, cidrs: [172.16.4.0/24]}
            - {name: six, cidrs: ["fd00:6::/64"]}
          routers:
            - {name: r1, segments: [both, small, four]}
            - {name: r2, segments: [small, six]}
          hosts:
            - {name: b, segment: both}
            - {name: s, segment: small}
            - {name: v4, segment: four}
            - {name: v6, segment: six}
            - {name: w6, segment: six}
          checks:
            - {from: b, to: s, proto: icmp, expect: reachable, seenAs: b}
            - {from: b, to: v4, proto: icmp, expect: reachable, seenAs: b}
            - {from: b, to: v6, proto: icmp, expect: reachable, seenAs: b}
            - {from: v6, to: w6, proto: icmp, expect: reachable, seenAs: v6}
            - {from: v4, to: v6, proto: icmp, expect: unreachable}
            - {from: b, to: "fd00:2::3", proto: icmp, expect: reachable, seenAs: b}
            - {from: b, to: s, proto: icmp, expect: reachable, size: 1400}
            - {from: b, to: s, proto: icmp, expect: unreachable, size: 1401}
            - {from: b, to: r1, proto: icmp, expect: reachable, size: 9000, family: IPv6}
            - {from: b, to: v4, proto: icmp, expect: unreachable, size: 1501}
            - {from: v4, to: s, proto: tcp, port: 9, expect: unreachable}
        """;

    [Fact]
    public async Task Every_check_holds_in_every_family_that_both_ends_have()
    {
        await using RunningLab lab = await RunningLab.StartAsync(Lab);
        Ran ran = await lab.LabAsync("check", "-o", "json");
        JsonElement[] checks = [.. ran.Json.EnumerateArray()];
        Assert.Equal(
            ["IPv4 IPv6", "IPv4", "IPv6", "IPv6", "IPv6", "IPv6", "IPv4 IPv6", "IPv4 IPv6", "IPv6", "IPv4", "IPv4"],
            checks.Select(check => string.Join(' ', check.GetProperty("families").EnumerateArray().Select(f => f.GetProperty("family").GetString()))));

        // The last one is refused, which is neither: all others are as the file says.
        foreach (JsonElement check in checks[..^1])
        {
            Assert.True(check.GetProperty("passed").GetBoolean(), check.GetRawText());
        }

        Assert.Equal("weft: 1 of 11 checks failed", ran.Must(1).Error.Trim());
        Assert.Equal("refused", checks[^1].GetProperty("found").GetString());
        Assert.Equal("connection refused", checks[^1].GetProperty("detail").GetString());
        JsonElement six = checks[0].GetProperty("families")[1];
        Assert.Equal(("fd00:2::3", "fd00:1::2"), (six.GetProperty("address").GetString(), six.GetProperty("sourceSeen").GetString()));
        string table = (await lab.LabAsync("check")).Must(1).Output;
        Assert.Equal(14 + 1, table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("icmp of 1401 bytes", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_are_usable_at_once_and_MTUs_are_the_segments()
    {
        await using RunningLab lab = await RunningLab.StartAsync(Lab);
        foreach ((string member, string device, int mtu) in ((string, string, int)[])
            [("b", "eth0", 9000), ("s", "eth0", 1400), ("v4", "eth0", 1500), ("w6", "eth0", 1500), ("r1", "eth0", 9000), ("r1", "eth1", 1400), ("r1", "eth2", 1500), ("r2", "eth0", 1400)])
        {
            JsonElement link = JsonSerializer.Deserialize<JsonElement>(lab.Ip(member, $"-j link show {device}"))[0];
            Assert.Equal(mtu, link.GetProperty("mtu").GetInt32());
            Assert.Equal("", lab.Ip(member, $"-6 addr show dev {device} tentative").Trim());
        }

        Assert.Equal("", lab.Ip("v4", "-6 addr show dev eth0 scope global").Trim());
        Assert.Equal("", lab.Ip("v6", "-4 addr show dev eth0").Trim());
        Assert.Contains("default via fd00:6::1 ", lab.Ip("v6", "-6 route show default"), StringComparison.Ordinal);
        Assert.Contains("fd00:6::/64 via fd00:2::2 dev eth1", lab.Ip("r1", "-6 route show"), StringComparison.Ordinal);

        Ran way = (await lab.LabAsync("show", "--way", "b", "s")).Must();
        Assert.Equal(["s answered in IPv4", "s answered in IPv6"], way.Lines.Where(line => line.StartsWith("s answered", StringComparison.Ordinal)));
        Assert.Contains(way.Lines, line => line.StartsWith("r1", StringComparison.Ordinal) && line.Contains("ICMPv6 echo request, hop limit 63", StringComparison.Ordinal));
    }
}
