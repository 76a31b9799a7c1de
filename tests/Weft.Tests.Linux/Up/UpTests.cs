using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Up;

/// <summary><c>weft up</c> as it is shipped, on hosts of the tests' own.</summary>
public sealed class UpTests
{
    [Fact]
    public async Task A_host_gets_a_node_and_pools_that_overlap_nothing_seen_on_it_and_is_told_what_to_do_next()
    {
        await using TestHost host = await TestHost.CreateAsync();
        await host.ShellAsync("""
            ip route add 10.65.0.0/17 via 198.51.100.1 table 77
            echo '{"plugins": [{"ipam": {"ranges": [[{"subnet": "10.66.0.0/16"}]]}}]}' > /etc/cni/net.d/87-podman.conflist
            echo 'nameserver 10.67.1.1' > /etc/resolv.conf
            """);
        HostDaemon up = await host.UpAsync("--node", "big-host");
        Assert.Contains("Weft is up on node big-host: workloads get addresses of 10.68.0.0/16 and fd", up.Output.First(), StringComparison.Ordinal);
        Assert.Contains(up.Output, line => line.Contains("weft get nodes", StringComparison.Ordinal));
        Assert.Contains(up.Output, line => line.Contains("\"agentSocket\": \"/run/weft/agent.sock\"", StringComparison.Ordinal));
        Assert.DoesNotContain(up.Error, line => line.Contains('\r', StringComparison.Ordinal));

        JsonElement node = Assert.Single((await host.WeftAsync("get", "nodes", "-o", "json")).Must().Json.EnumerateArray());
        Assert.Equal("big-host", node.GetProperty("metadata").GetProperty("name").GetString());
        Assert.Equal($"{TestHost.Address}/24", node.GetProperty("spec").GetProperty("bgp").GetProperty("ipv4Address").GetString());
        JsonElement[] pools = [.. (await host.WeftAsync("get", "ippools", "-o", "json")).Must().Json.EnumerateArray()];
        Assert.Equal(2, pools.Length);
        Assert.All(pools, pool => Assert.True(pool.GetProperty("spec").GetProperty("natOutgoing").GetBoolean()));
        Assert.Contains("Nothing is wrong", (await host.WeftAsync("status")).Must().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_IPv6_on_the_host_there_is_no_IPv6_pool_and_the_pool_may_be_chosen()
    {
        await using TestHost host = await TestHost.CreateAsync();
        await host.ShellAsync($"ip -6 addr del {TestHost.AddressV6}/64 dev eth0");
        HostDaemon up = await host.UpAsync("--pool", "10.99.0.0/20");
        Assert.Contains("addresses of 10.99.0.0/20.", up.Output.First(), StringComparison.Ordinal);
        Assert.Equal(0, await up.EndAsync("TERM"));

        // The pool is there now: what is asked for is that one, or an error.
        HostDaemon again = await host.UpAsync();
        Assert.Contains("addresses of 10.99.0.0/20.", again.Output.First(), StringComparison.Ordinal);
        Assert.Equal(0, await again.EndAsync("TERM"));
        Ran other = (await host.WeftAsync("up", "--pool", "10.98.0.0/16")).Must(1);
        Assert.Contains("10.98.0.0/16 is none of them (default-ipv4-ippool 10.99.0.0/20)", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_any_network_connects_its_workloads_with_each_other_and_says_what_they_cannot()
    {
        await using TestHost host = await TestHost.CreateAsync();
        await host.ShellAsync("ip link del eth0");
        HostDaemon up = host.Start(ShippedWeft.Path, "up", "--cni-config", "--cni-bin");
        await up.UntilSaidAsync("Ctrl-C stops it");
        HostWorkload a = await HostWorkload.AddAsync(host, "a");
        HostWorkload b = await HostWorkload.AddAsync(host, "b");
        await a.PingAsync(b.Ipv4);
        Assert.Contains("has no address on the underlay", (await host.WeftAsync("status")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo '{}' > /etc/cni/net.d/10-weft.conflist", "--cni-config", "10-weft.conflist is there, and not of this program's making")]
    [InlineData("mkdir -p /opt/cni/bin/weft-cni", "--cni-bin", "/opt/cni/bin/weft-cni is a directory")]
    [InlineData("rm -r /opt/cni; touch /opt/cni", "--cni-bin", "/opt/cni is no directory")]
    [InlineData("mkdir -p /var/lib/weft/agent; echo '{' > /var/lib/weft/agent/installed.json", "--cni-bin", "installed.json does not read")]
    public async Task What_it_cannot_install_is_told_before_anything_is_made(string line, string option, string message)
    {
        await using TestHost host = await TestHost.CreateAsync();
        await host.ShellAsync(line);
        IReadOnlyList<string> before = await host.KernelAsync();
        Assert.Contains(message, (await host.WeftAsync("up", option)).Must(1).Error, StringComparison.Ordinal);
        Assert.Equal(before, await host.KernelAsync());
        Assert.Equal("", await host.ShellAsync("ls /var/lib/weft/server 2>/dev/null || true"));
    }

    [Fact]
    public async Task With_its_standard_streams_closed_and_no_umask_it_writes_into_no_file_of_its_own_and_lets_nobody_in()
    {
        await using TestHost host = await TestHost.CreateAsync();
        await host.ShellAsync("rm -r /var/lib/weft");
        HostDaemon up = host.Start("bash", "-c", $"umask 0; exec {ShippedWeft.Path} up --cni-bin <&- >&- 2>&-");
        await TestHost.UntilAsync(async () => (await host.WeftAsync("status")).Output.Contains("connected", StringComparison.Ordinal), "it is up");
        HostWorkload a = await HostWorkload.AddAsync(host, "a");

        Assert.Equal(
            "700 755 600 600 755",
            (await host.ShellAsync("stat -c %a /var/lib/weft /run/weft /run/weft/agent.sock /run/weft/server.sock /opt/cni/bin/weft-cni | xargs")).Trim());

        // What it tells people.
        await host.ShellAsync("ip -n a link del eth0");
        await TestHost.UntilAsync(
            async () => (await host.RunAsync("ip", "netns", "exec", "a", "ping", "-c", "1", "-W", "1", TestHost.Outside)).ExitCode == 0,
            "the link is there again");
        Assert.Equal("", await host.ShellAsync("cat /var/lib/weft/up.lock /var/lib/weft/agent/lock /var/lib/weft/server/lock"));
        await a.RemoveAsync();
        Assert.Equal(0, await up.EndAsync("TERM"));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_stops_it_and_forwarding_goes_on_and_it_starts_again_over_its_state(string signal)
    {
        await using TestHost host = await TestHost.CreateAsync();
        HostDaemon up = await host.UpAsync("--cni-config", "--cni-bin");
        HostWorkload a = await HostWorkload.AddAsync(host, "a");
        HostWorkload b = await HostWorkload.AddAsync(host, "b");
        IReadOnlyList<string> before = await host.KernelAsync();
        Assert.Equal(0, await up.EndAsync(signal));
        Assert.Equal(before, await host.KernelAsync());
        await a.PingAsync(b.Ipv4);
        await a.PingAsync(b.Ipv6);
        await a.PingAsync(TestHost.Outside);
        await a.PingAsync(TestHost.OutsideV6);

        HostDaemon again = await host.UpAsync("--cni-config", "--cni-bin");
        Assert.DoesNotContain(again.Output, line => line.Contains("made", StringComparison.Ordinal));
        Assert.Equal(before, await host.KernelAsync());
        HostWorkload c = await HostWorkload.AddAsync(host, "c");
        await c.PingAsync(a.Ipv4);
        Assert.Equal(3, new[] { a.Ipv4, b.Ipv4, c.Ipv4 }.Distinct().Count());
    }

    [Fact]
    public async Task After_a_kill_it_starts_again_over_its_state_and_changes_nothing_that_is_right()
    {
        await using TestHost host = await TestHost.CreateAsync();
        HostDaemon up = await host.UpAsync("--cni-config", "--cni-bin");
        HostWorkload a = await HostWorkload.AddAsync(host, "a");
        IReadOnlyList<string> before = await host.KernelAsync();
        await up.EndAsync("KILL");
        await host.UpAsync("--cni-config", "--cni-bin");
        Assert.Equal(before, await host.KernelAsync());
        await a.PingAsync(TestHost.Outside);
    }

    [Fact]
    public async Task A_second_one_is_refused_with_the_reason_and_disturbs_nothing()
    {
        await using TestHost host = await TestHost.CreateAsync();
        HostDaemon up = await host.UpAsync();
        Ran second = (await host.WeftAsync("up")).Must(1);
        Assert.Contains("an agent is at work on this host, process", second.Error, StringComparison.Ordinal);
        Ran elsewhere = (await host.WeftAsync("up", "--state", "/var/lib/other", "--run", "/run/other")).Must(1);
        Assert.Contains("an agent is at work on this host, process", elsewhere.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing is wrong", (await host.WeftAsync("status")).Must().Output, StringComparison.Ordinal);
        Assert.Equal(0, await up.EndAsync("TERM"));
    }

    [Fact]
    public async Task What_the_doctor_finds_missing_refuses_it_with_what_mends_it()
    {
        await using TestHost host = await TestHost.CreateAsync();
        await host.ShellAsync("iptables -P FORWARD DROP");
        IReadOnlyList<string> before = await host.KernelAsync();
        Ran refused = (await host.WeftAsync("up")).Must(1);
        Assert.Contains("filters of others: ", refused.Error, StringComparison.Ordinal);
        string mend = refused.ErrorLines.Single(line => line.Contains("to mend it: ", StringComparison.Ordinal)).Split("to mend it: ")[1];
        Assert.Equal(before, await host.KernelAsync());
        await host.ShellAsync(mend);
        Assert.Equal(0, await (await host.UpAsync()).EndAsync("TERM"));
    }

    [Theory]
    [InlineData("--pool 10.65.0.0", "'10.65.0.0' is not a CIDR such as 10.65.0.0/16", 2)]
    [InlineData("--pool 10.65.0.0/16,10.66.0.0/16", "one range of each family at most", 2)]
    [InlineData("--pool 10.65.0.0/30", "10.65.0.0/30 is smaller than one block of /26", 1)]
    [InlineData("--node Big_Host", "Big_Host", 1)]
    [InlineData("--state ", "--state '' is no path", 2)]
    [InlineData("--cni-config ", "--cni-config '' is no path", 2)]
    [InlineData("--leak-grace soon", "'soon' is no time for --leak-grace", 2)]
    public async Task What_it_cannot_do_is_told_and_nothing_is_in_the_kernel(string options, string message, int code)
    {
        await using TestHost host = await TestHost.CreateAsync();
        IReadOnlyList<string> before = await host.KernelAsync();
        Ran ran = (await host.WeftAsync(["up", .. options.Split(' ')])).Must(code);
        Assert.Contains(message, ran.Error, StringComparison.Ordinal);
        Assert.Equal(before, await host.KernelAsync());
    }

    [Fact]
    public async Task A_workload_of_the_plugin_is_in_the_store_while_it_lives_and_is_watched_live()
    {
        await using TestHost host = await TestHost.CreateAsync();
        await host.UpAsync("--node", "h1", "--cni-config", "--cni-bin");
        HostDaemon watch = host.Start(ShippedWeft.Path, "get", "workloads", "-w", "-o", "json");
        HostWorkload web = await HostWorkload.AddAsync(host, "web", """{"app": "web", "tier": "front"}""");
        await watch.UntilAsync(() => watch.Output.Any(line => line.Contains("\"app\"", StringComparison.Ordinal)), "the workload");
        JsonElement endpoint = Assert.Single((await host.WeftAsync("get", "workloads", "-o", "json")).Must().Json.EnumerateArray());
        Assert.Equal("front", endpoint.GetProperty("metadata").GetProperty("labels").GetProperty("tier").GetString());
        Assert.Equal("h1", endpoint.GetProperty("spec").GetProperty("node").GetString());
        string[] networks = [.. endpoint.GetProperty("spec").GetProperty("ipNetworks").EnumerateArray().Select(n => n.GetString()!)];
        Assert.Equal([$"{web.Ipv4}/32", $"{web.Ipv6}/128"], networks);

        await web.RemoveAsync();
        await watch.UntilAsync(() => watch.Output.Any(line => line.Contains("DELETED", StringComparison.OrdinalIgnoreCase)), "its end");
        Assert.Empty((await host.WeftAsync("get", "workloads", "-o", "json")).Must().Json.EnumerateArray());
    }
}
