using System;
using System.Linq;
using System.Threading.Tasks;
using Weft.Tests.Linux.Crashes;
using Weft.Tests.Linux.Up;
using Xunit;

namespace Weft.Tests.Linux.Containers;

/// <summary>Containers of Debian's podman, with its CNI backend, on a host with <c>weft up</c>.</summary>
[Collection(nameof(OneAtATime))]
public sealed class PodmanTests
{
    [Fact]
    public async Task Containers_start_stop_and_restart_and_reach_each_other_and_the_outside()
    {
        await using ContainerHost engines = await ContainerHost.UpAsync();
        await engines.PodmanStartAsync("web", ["--label", "app=web"], "httpd", "-f", "-h", "/www");
        string address = (await engines.AddressesAsync())["web"];
        await engines.PodmanStartAsync("client", []);
        foreach (string to in (string[])[address, TestHost.Outside, TestHost.OutsideV6])
        {
            (await engines.PodmanAsync("exec", "client", "ping", "-c", "1", "-W", "5", to)).Must();
        }

        await TestHost.UntilAsync(
            async () => (await engines.PodmanAsync("exec", "client", "wget", "-q", "-O", "-", $"http://{address}/")).Output == "woven\n",
            "the page is served");
        (await engines.PodmanAsync("stop", "-t", "0", "web")).Must();
        Assert.Equal(["client"], (await engines.AddressesAsync()).Keys);
        (await engines.PodmanAsync("start", "web")).Must();
        string second = (await engines.AddressesAsync())["web"];
        (await engines.PodmanAsync("exec", "client", "ping", "-c", "1", "-W", "5", second)).Must();
        (await engines.PodmanAsync("restart", "-t", "0", "web")).Must();
        string third = (await engines.AddressesAsync())["web"];
        (await engines.PodmanAsync("exec", "client", "ping", "-c", "1", "-W", "5", third)).Must();
        (await engines.PodmanAsync("rm", "-f", "-t", "0", "web", "client")).Must();
        await engines.UntilNothingIsLeftAsync();
        Assert.Equal("", (await engines.Host.ShellAsync("ls /run/netns")).Trim());
    }

    [Fact]
    public async Task Ports_are_mapped_by_the_chained_portmap_for_the_host_the_outside_and_other_containers()
    {
        await using ContainerHost engines = await ContainerHost.UpAsync();
        await engines.PodmanStartAsync("client", []);
        await engines.PodmanStartAsync("web", ["-p", "8080:80"], "httpd", "-f", "-h", "/www");
        string url = $"http://{TestHost.Address}:8080/";
        await TestHost.UntilAsync(async () => (await engines.Host.RunAsync("curl", "-sS", "-m", "2", url)).Output == "woven\n", "from the host");
        Assert.Equal("woven\n", (await engines.Host.RunAsync("curl", "-sS", "-m", "5", "http://127.0.0.1:8080/")).Must().Output);
        Assert.Equal("woven\n", Tool.Run("ip", $"netns exec {engines.Host.OutsideNamespace.Name} curl -sS -m 5 {url}"));
        Assert.Equal("woven\n", (await engines.PodmanAsync("exec", "client", "wget", "-q", "-O", "-", url)).Must().Output);
        (await engines.PodmanAsync("rm", "-f", "-t", "0", "web", "client")).Must();
        await engines.UntilNothingIsLeftAsync();
        Assert.DoesNotContain("8080", await engines.Host.ShellAsync("iptables-save; ip6tables-save; nft list ruleset"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_container_leaves_nothing_when_it_is_removed()
    {
        await using ContainerHost engines = await ContainerHost.UpAsync();
        await engines.PodmanStartAsync("victim", []);
        string pid = (await engines.PodmanAsync("inspect", "-f", "{{.State.Pid}}", "victim")).Must().Output.Trim();
        await engines.Host.ShellAsync($"kill -9 {pid}");
        (await engines.PodmanAsync("wait", "victim")).Must();
        (await engines.PodmanAsync("rm", "-f", "victim")).Must();
        await engines.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task Many_at_once_have_an_address_each_and_a_fixed_one_is_had_where_it_is_asked_for()
    {
        await using ContainerHost engines = await ContainerHost.UpAsync("--pool", "10.99.0.0/16");
        string[] names = [.. Enumerable.Range(0, 8).Select(i => $"p{i}")];
        await Task.WhenAll(names.Select(name => engines.PodmanStartAsync(name, [])));
        System.Collections.Generic.IReadOnlyDictionary<string, string> addresses = await engines.AddressesAsync();
        Assert.Equal(names, addresses.Keys.Order());
        Assert.Equal(names.Length, addresses.Values.Distinct().Count());
        await Task.WhenAll(addresses.Values.Select(async to => (await engines.PodmanAsync("exec", "p0", "ping", "-c", "1", "-W", "5", to)).Must()));

        // A fixed address, as podman asks for it, is had; a second time it is not.
        await engines.PodmanStartAsync("fixed", ["--ip", "10.99.0.44"]);
        Assert.Equal("10.99.0.44", (await engines.AddressesAsync())["fixed"]);
        Assert.NotEqual(0, (await engines.PodmanAsync("run", "--network", "weft", "--ip", "10.99.0.44", ContainerHost.Image, "true")).ExitCode);
        (await engines.PodmanAsync("rm", "-f", "-t", "0", "--all")).Must();
        await engines.UntilNothingIsLeftAsync();
    }
}
