using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Weft.Tests.Linux.Crashes;
using Weft.Tests.Linux.Lab;
using Weft.Tests.Linux.Up;
using Xunit;

namespace Weft.Tests.Linux.Containers;

/// <summary>Containers of Debian's containerd on a host with <c>weft up</c>.</summary>
[Collection(nameof(OneAtATime))]
public sealed class ContainerdTests
{
    [Fact]
    public async Task Containers_reach_each_other_their_host_and_the_outside_in_both_families_and_leave_nothing()
    {
        await using ContainerHost engines = await ContainerHost.UpAsync();
        await engines.CtrStartAsync("web", "/bin/httpd", "-f", "-h", "/www");
        string address = (await engines.AddressesAsync())["web"];
        foreach (string to in (string[])[address, TestHost.Address, TestHost.Outside, TestHost.AddressV6, TestHost.OutsideV6])
        {
            (await engines.CtrRunAsync("ping", "/bin/ping", "-c", "1", "-W", "5", to)).Must();
        }

        Assert.Equal("woven\n", (await engines.CtrRunAsync("get", "/bin/wget", "-q", "-O", "-", $"http://{address}/")).Must().Output);
        Assert.Equal("woven\n", (await engines.Host.RunAsync("curl", "-sS", $"http://{address}/")).Must().Output);

        // The outside sees the host.
        using Socket listener = NamespaceSocket.Open(
            engines.Host.OutsideNamespace.Path, AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, 9000));
        listener.Listen();
        Task<Ran> calling = engines.CtrRunAsync("out", "/bin/sh", "-c", $"echo hello | nc -w 2 {TestHost.Outside} 9000");
        using (Socket caller = await listener.AcceptAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal(TestHost.Address, ((IPEndPoint)caller.RemoteEndPoint!).Address.ToString());
        }

        await calling;
        (await engines.CtrAsync("task", "kill", "-s", "KILL", "web")).Must();
        await engines.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task Iperf3_and_curl_run_between_containers_in_both_families()
    {
        await using ContainerHost engines = await ContainerHost.UpAsync();
        await engines.CtrStartAsync("server", "/usr/bin/iperf3", "-s");
        await engines.CtrStartAsync("web", "/bin/httpd", "-f", "-h", "/www");
        foreach (string family in (string[])["-4", "-6"])
        {
            string server = (await engines.AddressesAsync(family))["server"];
            JsonElement end = (await engines.CtrRunAsync("client", "/usr/bin/iperf3", "-c", server, "-n", "20M", "-J"))
                .Must().Json.GetProperty("end");
            // What is on its way when the sender is done may not be counted.
            Assert.True(end.GetProperty("sum_received").GetProperty("bytes").GetInt64() > 10 << 20, end.ToString());
            string web = (await engines.AddressesAsync(family))["web"];
            string url = family == "-4" ? $"http://{web}/" : $"http://[{web}]/";
            Assert.Equal("woven\n", (await engines.CtrRunAsync("curl", "/usr/bin/curl", "-sS", "-g", "-m", "10", url)).Must().Output);
        }
    }

    [Fact]
    public async Task A_container_that_is_started_again_has_its_connection_again()
    {
        await using ContainerHost engines = await ContainerHost.UpAsync();
        List<string> addresses = [];
        for (int time = 0; time < 3; time++)
        {
            await engines.CtrStartAsync("again", "/bin/sleep", "1000");
            addresses.Add((await engines.AddressesAsync())["again"]);
            (await engines.Host.RunAsync("ping", "-c", "1", "-W", "5", addresses[^1])).Must();
            (await engines.CtrAsync("task", "kill", "-s", "KILL", "again")).Must();
            await engines.UntilNothingIsLeftAsync();
        }

        // Longest idle first: an address that somebody may still think of is not given at once to another.
        Assert.Equal(3, addresses.Distinct().Count());
    }

    [Fact]
    public async Task Many_containers_at_once_are_all_connected_and_all_gone_afterwards()
    {
        await using ContainerHost engines = await ContainerHost.UpAsync();
        string[] names = [.. Enumerable.Range(0, 16).Select(i => $"c{i}")];
        Ran[] runs = await Task.WhenAll(names.Select(name =>
            engines.CtrRunAsync(name, "/bin/sh", "-c", $"ip -4 addr show dev eth0; ping -c 1 -W 10 {TestHost.Outside}")));
        string[] addresses = [.. runs.Select(run => run.Must().Lines.Single(line => line.Contains("inet ", StringComparison.Ordinal)).Trim())];
        Assert.Equal(names.Length, addresses.Distinct().Count());
        await engines.UntilNothingIsLeftAsync();

        // Their namespaces were gone before they were disconnected: that is how containers end, and nobody's change.
        Assert.DoesNotContain("changed by others", $"{engines.Weft}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_whose_runtime_never_tells_of_its_end_gives_its_address_back()
    {
        await using ContainerHost engines = await ContainerHost.UpAsync("--leak-grace", "1s");

        // A detached container's end is none of ctr's business: it calls no plugin.
        (await engines.CtrAsync("run", "-d", "--cni", "--rootfs", engines.Root, "lost", "/bin/sleep", "1000")).Must();
        await TestHost.UntilAsync(async () => (await engines.AddressesAsync()).Count == 1, "it is in the store");
        (await engines.CtrAsync("task", "kill", "-s", "KILL", "lost")).Must();
        await TestHost.UntilAsync(async () => (await engines.CtrAsync("task", "rm", "lost")).ExitCode is 0 or 137, "its task has ended");
        (await engines.CtrAsync("container", "rm", "lost")).Must();
        await engines.UntilNothingIsLeftAsync();
    }

    [Fact]
    public async Task Containers_talk_on_while_weft_is_stopped_and_are_connected_by_the_next_one()
    {
        await using ContainerHost engines = await ContainerHost.UpAsync();
        await engines.CtrStartAsync("a", "/bin/sleep", "1000");
        string address = (await engines.AddressesAsync())["a"];
        Assert.Equal(0, await engines.Weft!.EndAsync("TERM"));
        (await engines.Host.RunAsync("ping", "-c", "1", "-W", "5", address)).Must();
        Ran refused = await engines.CtrRunAsync("b", "/bin/true");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("agent", refused.Error, StringComparison.Ordinal);
        engines.Weft = await engines.Host.UpAsync("--cni-config", "--cni-bin");
        (await engines.CtrRunAsync("c", "/bin/ping", "-c", "1", "-W", "5", address)).Must();
        (await engines.CtrAsync("task", "kill", "-s", "KILL", "a")).Must();
        await engines.UntilNothingIsLeftAsync();
    }
}
