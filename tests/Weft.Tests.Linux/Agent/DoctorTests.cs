using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text.Json;
using Weft.Linux.Namespaces;
using Weft.Tests.Linux.Lab;
using Weft.Tests.Linux.Nftables;
using Xunit;

namespace Weft.Tests.Linux.Agent;

/// <summary><c>weft doctor</c> as it is shipped, in namespaces in which other programs were at work.</summary>
public sealed class DoctorTests
{
    private const string Filters = "filters of others";

    [Fact]
    public void A_bare_namespace_can_run_Weft_and_doctor_leaves_nothing_behind()
    {
        using TestNamespace blue = new();
        string before = Nft.Run(blue, "list ruleset") + Tool.Run("ip", $"-n {blue.Name} -d link");
        (int code, JsonElement report, string error) = Doctor(blue);
        Assert.True(code == 0, $"{report}\n{error}");
        Assert.True(report.GetProperty("canRun").GetBoolean());
        Dictionary<string, string> checks = StatusOf(report);
        string[] tried =
        [
            "rights", "veth", "IPv6", "VXLAN over IPv4", "VXLAN over IPv6", "proxy neighbours", "nf_tables",
            "nf_tables: sets of several fields", "nf_tables: address translation", "nf_tables: fib", "nf_tables: ct",
            "nf_tables: TCP MSS", "conntrack by netlink", Filters,
        ];
        Assert.All(tried, name => Assert.Equal("ok", checks[name]));

        // Whatever is not as it should be has its mend, and forwarding of a new namespace is nobody's fault.
        Assert.Equal("notice", checks["IPv4 forwarding"]);
        Assert.DoesNotContain("missing", checks.Values);
        Assert.Equal(before, Nft.Run(blue, "list ruleset") + Tool.Run("ip", $"-n {blue.Name} -d link"));
        Assert.DoesNotContain(NetworkNamespace.List(), name => name.StartsWith("weft-doctor-", StringComparison.Ordinal));
    }

    [Fact]
    public void A_filter_that_nft_made_is_found_and_its_mend_mends_it()
    {
        using TestNamespace blue = new();
        Nft.Load(blue, "table inet strict { chain routed { type filter hook forward priority 0; policy drop; }; }\n");
        JsonElement check = Found(blue);
        Assert.Contains("inet strict", check.GetProperty("seen").GetString(), StringComparison.Ordinal);
        Mend(blue, check);
        Assert.Equal("ok", StatusOf(Doctor(blue).Report)[Filters]);
    }

    [Theory]
    [InlineData("iptables-nft", "DOCKER-USER", "Docker")]
    [InlineData("iptables-legacy", "DOCKER-USER", "Docker")]
    [InlineData("ip6tables-nft", null, "ip6tables")]
    [InlineData("ip6tables-legacy", null, "ip6tables")]
    [InlineData("iptables-legacy", "ufw-user-forward", "ufw")]
    public void A_filter_that_iptables_made_is_found_and_its_mend_mends_it(string program, string? chain, string owner)
    {
        using TestNamespace blue = new();
        Iptables(blue, program, "-P FORWARD DROP");
        if (chain is not null)
        {
            Iptables(blue, program, $"-N {chain}");
            Iptables(blue, program, $"-A FORWARD -j {chain}");
        }

        (int code, _, _) = Doctor(blue);
        Assert.Equal(1, code);
        JsonElement check = Found(blue);
        Assert.StartsWith(owner, check.GetProperty("seen").GetString(), StringComparison.Ordinal);
        if (owner == "ufw")
        {
            // ufw itself is not installed here.
            Iptables(blue, program, "-P FORWARD ACCEPT");
        }
        else
        {
            Mend(blue, check, program);
        }

        Assert.Equal("ok", StatusOf(Doctor(blue).Report)[Filters]);
    }

    [Fact]
    public void A_legacy_rule_that_rejects_whatever_comes_by_is_found_without_a_policy()
    {
        using TestNamespace blue = new();
        Iptables(blue, "iptables-legacy", "-A FORWARD -i eth9 -j DROP");
        Assert.Equal("ok", StatusOf(Doctor(blue).Report)[Filters]);
        Iptables(blue, "iptables-legacy", "-A FORWARD -j REJECT --reject-with icmp-host-prohibited");
        Mend(blue, Found(blue));
        Assert.Equal("ok", StatusOf(Doctor(blue).Report)[Filters]);
    }

    [Fact]
    public void Settings_that_somebody_turned_are_told_with_the_command_that_turns_them_back()
    {
        using TestNamespace blue = new();
        Assert.Null(Sysctl.Write(blue.Path, ("ipv4/conf/all/rp_filter", "1"), ("ipv4/ip_forward", "1")));
        blue.Do(Weft.Netlink.Rtnetlink.LinkRequests.NewBridge("br.7", up: true));
        Assert.Null(Sysctl.Write(blue.Path, ("ipv6/conf/br.7/forwarding", "1"), ("ipv6/conf/br.7/accept_ra", "1")));
        JsonElement report = Doctor(blue).Report;
        Assert.Null(Sysctl.Write(blue.Path, ("ipv6/conf/all/disable_ipv6", "1")));
        JsonElement off = Assert.Single(
            Doctor(blue).Report.GetProperty("checks").EnumerateArray(), c => c.GetProperty("name").GetString() == "IPv6 addresses");
        Assert.Equal("notice", off.GetProperty("status").GetString());
        Mend(blue, off);
        Dictionary<string, string> checks = StatusOf(report);
        Assert.Equal("ok", checks["IPv6 addresses"]);
        Assert.Equal("ok", checks["IPv4 forwarding"]);
        Assert.Equal("notice", checks["reverse path filter"]);
        Assert.Equal("notice", checks["router advertisements on br.7"]);
        foreach (JsonElement check in report.GetProperty("checks").EnumerateArray().Where(c =>
            c.GetProperty("name").GetString() is "reverse path filter" or "router advertisements on br.7"))
        {
            Mend(blue, check);
        }

        checks = StatusOf(Doctor(blue).Report);
        Assert.Equal("ok", checks["reverse path filter"]);
        Assert.DoesNotContain("router advertisements on br.7", checks.Keys);
    }

    [Fact]
    public void Without_rights_it_reads_what_can_be_read_and_says_what_needs_root()
    {
        using TestNamespace blue = new();
        (int code, JsonElement report, string error) = Doctor(blue, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        Assert.Equal((1, "weft: 1 check is missing: rights\n"), (code, error));
        Dictionary<string, string> checks = StatusOf(report);
        Assert.Equal("missing", checks["rights"]);
        Assert.Equal("notice", checks["kernel features"]);
        Assert.Equal("notice", checks[Filters]);
        Assert.Equal("notice", checks["IPv4 forwarding"]);
    }

    [Fact]
    public void The_table_names_what_to_do_and_wrong_usage_is_2()
    {
        using TestNamespace blue = new();
        Iptables(blue, "iptables-legacy", "-P FORWARD DROP");
        (int code, string output, _) = Run(blue, ["doctor"]);
        Assert.Equal(1, code);
        Assert.Contains("iptables-legacy -P FORWARD ACCEPT", output, StringComparison.Ordinal);
        Assert.Contains("mend what is missing", output, StringComparison.Ordinal);
        Assert.Equal(2, Run(blue, ["doctor", "--nonsense"]).Code);
        Assert.Equal(2, Run(blue, ["doctor", "-o", "name"]).Code);
    }

    private static JsonElement Found(TestNamespace blue)
    {
        JsonElement report = Doctor(blue).Report;
        Assert.False(report.GetProperty("canRun").GetBoolean());
        return Assert.Single(
            report.GetProperty("checks").EnumerateArray().ToArray(), c => c.GetProperty("name").GetString() == Filters);
    }

    // As a person would: by a shell, as it was printed. The distribution's iptables is one of two programs.
    private static void Mend(TestNamespace blue, JsonElement check, string program = "")
    {
        string command = check.GetProperty("mend").GetString()!;
        if (program.EndsWith("-nft", StringComparison.Ordinal))
        {
            command = command.Replace($"{program[..^4]} ", $"{program} ", StringComparison.Ordinal);
        }

        (int code, _, string error) = Run("ip", ["netns", "exec", blue.Name, "sh", "-ec", command]);
        Assert.True(code == 0, $"{command}: {error}");
    }

    private static Dictionary<string, string> StatusOf(JsonElement report) => report.GetProperty("checks").EnumerateArray()
        .ToDictionary(c => c.GetProperty("name").GetString()!, c => c.GetProperty("status").GetString()!);

    private static void Iptables(TestNamespace blue, string program, string arguments) =>
        Tool.Run("ip", $"netns exec {blue.Name} {program} -w {arguments}");

    private static (int Code, JsonElement Report, string Error) Doctor(TestNamespace blue, params string[] before)
    {
        (int code, string output, string error) = Run(blue, ["doctor", "-o", "json"], before);
        Assert.True(output.StartsWith('{'), $"{output}\n{error}");
        return (code, JsonSerializer.Deserialize<JsonElement>(output), error);
    }

    private static (int Code, string Output, string Error) Run(
        TestNamespace blue, IReadOnlyList<string> arguments, params string[] before) =>
        Run("ip", ["netns", "exec", blue.Name, .. before, ShippedWeft.Path, .. arguments]);

    private static (int Code, string Output, string Error) Run(string program, IReadOnlyList<string> arguments)
    {
        using Process process = new();
        process.StartInfo = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            process.StartInfo.ArgumentList.Add(argument);
        }

        process.Start();

        // Both are short enough for their pipes.
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error);
    }
}
