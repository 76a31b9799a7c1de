using System;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Sockets;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>The way out: the outside sees each workload as its node, and nothing inside the pools is translated.</summary>
public sealed class OutgoingNatTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("IPv4")]
    [InlineData("IPv6")]
    public async Task The_outside_sees_a_workload_as_its_node_and_errors_from_outside_come_back_to_the_workload(string family)
    {
        await using RunningLab lab = await RunningLab.StartAsync(DualRacks.Yaml());
        (string Name, string Address) internet = await DualRacks.FindAsync(lab, "internet", family);
        foreach ((string workload, string node) in ((string, string)[])[("a", "n1"), ("c", "n3")])
        {
            (string Name, string Address) inside = await DualRacks.FindAsync(lab, workload, family);
            using TcpFlow flow = await TcpFlow.StartAsync(lab, inside, internet);
            Assert.Equal((await DualRacks.FindAsync(lab, node, family)).Address, flow.SeenAs);
            await lab.UntilAsync(() => Task.FromResult(flow.Received > 100_000), "the connection carries data");
            await flow.StopAndCheckAsync();
        }

        // A port that nobody listens on: the error quotes the translated packet, and is translated back, or the socket
        // would not hear of it.
        using Socket socket = NamespaceSocket.Open(
            lab.PathOf("a"), IPAddress.Parse(internet.Address).AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        using CancellationTokenSource limit = new(Limit);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(internet.Address), 9), limit.Token);
        await socket.SendAsync(new byte[32], limit.Token);
        SocketException refused = await Assert.ThrowsAsync<SocketException>(
            async () => await socket.ReceiveAsync(new byte[32], limit.Token));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        // The line outside carries less than the rack: the router says so, to the workload.
        int headers = family == "IPv4" ? 28 : 48;
        (await PingAsync(lab, internet.Address, DualRacks.OutsideMtu - headers)).Must();
        Ran tooBig = (await PingAsync(lab, internet.Address, DualRacks.OutsideMtu + 1 - headers)).Must(1);
        string answer = family == "IPv4" ? "Frag needed and DF set (mtu = 1400)" : "Packet too big: mtu=1400";
        Assert.Contains(answer, tooBig.Output, StringComparison.Ordinal);
        Assert.Contains($"mtu {DualRacks.OutsideMtu}", lab.Ip("a", $"route get {internet.Address}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Between_pools_nothing_is_translated_not_even_in_a_second_pool_without_translation()
    {
        await using RunningLab lab = await RunningLab.StartAsync(DualRacks.Yaml());
        (await lab.LabAsync("check")).Must();
        await lab.ApplyAsync(TwoRacks.Pool("second", "cidr: 10.66.0.0/16, vxlanMode: CrossSubnet")
            + "---\n" + TwoRacks.Pool("four", "cidr: 10.65.0.0/16, vxlanMode: CrossSubnet, natOutgoing: true, disabled: true"));
        await lab.ApplyAsync(TwoRacks.Workload("late", "n2"));
        (string Name, string Address) late = await DualRacks.FindAsync(lab, "late", "IPv4");
        Assert.StartsWith("10.66.", late.Address, StringComparison.Ordinal);
        (string Name, string Address) a = await DualRacks.FindAsync(lab, "a", "IPv4");
        using TcpFlow flow = await TcpFlow.StartAsync(lab, a, late);
        Assert.Equal(a.Address, flow.SeenAs);
        await flow.StopAndCheckAsync();

        // The second pool is not translated: no answer finds the way back to it.
        (string Name, string Address) internet = await DualRacks.FindAsync(lab, "internet", "IPv4");
        (await lab.LabAsync("exec", "a", "--", "ping", "-c", "1", "-W", "5", internet.Address)).Must();
        (await lab.LabAsync("exec", "late", "--", "ping", "-c", "1", "-W", "1", internet.Address)).Must(1);
    }

    [Theory]
    [InlineData("IPv4")]
    [InlineData("IPv6")]
    public async Task Turned_off_and_on_under_traffic_connections_go_on_as_they_began(string family)
    {
        await using RunningLab lab = await RunningLab.StartAsync(DualRacks.Yaml());
        (string Name, string Address) a = await DualRacks.FindAsync(lab, "a", family);
        (string Name, string Address) c = await DualRacks.FindAsync(lab, "c", family);
        (string Name, string Address) internet = await DualRacks.FindAsync(lab, "internet", family);
        using TcpFlow outside = await TcpFlow.StartAsync(lab, a, internet);
        using TcpFlow inside = await TcpFlow.StartAsync(lab, a, c);
        await MovedAsync(lab, "the connections carry data", outside, inside);

        await lab.ApplyAsync(DualRacks.Pools("CrossSubnet", natOutgoing: false));
        await MovedAsync(lab, "translated as it was", outside, inside);
        (await lab.LabAsync("exec", "a", "--", "ping", "-c", "1", "-W", "1", internet.Address)).Must(1);

        await lab.ApplyAsync(DualRacks.Pools("CrossSubnet", natOutgoing: true));
        await MovedAsync(lab, "again", outside, inside);
        (await lab.LabAsync("exec", "a", "--", "ping", "-c", "1", "-W", "5", internet.Address)).Must();
        await outside.StopAndCheckAsync();
        await inside.StopAndCheckAsync();
    }

    private static async Task MovedAsync(RunningLab lab, string what, params TcpFlow[] flows)
    {
        foreach (TcpFlow flow in flows)
        {
            long before = flow.Received;
            await lab.UntilAsync(() => Task.FromResult(flow.Received - before > 256 * 1024), what);
        }
    }

    private static Task<Ran> PingAsync(RunningLab lab, string to, int data) => lab.LabAsync(
        "exec", "a", "--", "ping", "-c", "1", "-W", "5", "-M", "do", "-s", data.ToString(CultureInfo.InvariantCulture), to);
}
