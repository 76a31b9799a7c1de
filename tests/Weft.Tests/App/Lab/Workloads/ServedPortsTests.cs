using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.App.Lab.Workloads;
using Xunit;

namespace Weft.Tests.App.Lab.Workloads;

public sealed class ServedPortsTests
{
    private static readonly WorkloadIdentity Web = new("web", "shop", "n1");

    [Theory]
    [InlineData("", "TCP")]
    [InlineData("hello\n", "TCP")]
    [InlineData("GET / HTTP/1.1\r\nHost: web\r\n\r\n", "HTTP")]
    public async Task A_connection_is_answered_with_one_line_whatever_is_asked(string question, string protocol)
    {
        int port = FreePort(SocketType.Stream);
        await using ServedPorts ports = ServedPorts.Open("", Web, [new ServeEntry(port)]);
        string answer = await AskAsync(port, question);
        string line = answer[answer.IndexOf('{', StringComparison.Ordinal)..];
        JsonElement json = JsonSerializer.Deserialize<JsonElement>(line);
        Assert.EndsWith("}\n", answer, StringComparison.Ordinal);
        Assert.Equal(protocol == "HTTP", answer.StartsWith("HTTP/1.1 200 OK\r\n", StringComparison.Ordinal));
        Assert.Equal("web", json.GetProperty("name").GetString());
        Assert.Equal("shop", json.GetProperty("namespace").GetString());
        Assert.Equal("n1", json.GetProperty("node").GetString());
        Assert.Equal(protocol, json.GetProperty("protocol").GetString());
        Assert.Equal("127.0.0.1", json.GetProperty("local").GetProperty("ip").GetString());
        Assert.Equal(port, json.GetProperty("local").GetProperty("port").GetInt32());
        Assert.Equal("127.0.0.1", json.GetProperty("remote").GetProperty("ip").GetString());
    }

    [Fact]
    public async Task A_request_that_comes_in_pieces_is_one_request()
    {
        int port = FreePort(SocketType.Stream);
        await using ServedPorts ports = ServedPorts.Open("", Web, [new ServeEntry(port)]);
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        foreach (string piece in (string[])["GET /", " HTTP/1.1\r\nHo", "st: web\r\n", "\r\n"])
        {
            await client.Client.SendAsync(Encoding.ASCII.GetBytes(piece));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        using StreamReader reader = new(client.GetStream());
        Assert.StartsWith("HTTP/1.1 200 OK", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_datagram_is_answered_from_the_address_it_was_sent_to()
    {
        int port = FreePort(SocketType.Dgram);
        await using ServedPorts ports = ServedPorts.Open("", Web, [new ServeEntry(port, ServeEntry.Udp)]);
        using UdpClient client = new();
        client.Connect(IPAddress.Loopback, port);
        await client.SendAsync("who are you"u8.ToArray(), TestContext.Current.CancellationToken);
        UdpReceiveResult answer = await client.ReceiveAsync(TestContext.Current.CancellationToken);
        JsonElement json = JsonSerializer.Deserialize<JsonElement>(answer.Buffer);
        Assert.Equal("UDP", json.GetProperty("protocol").GetString());
        Assert.Equal("127.0.0.1", json.GetProperty("local").GetProperty("ip").GetString());
        Assert.Equal(((IPEndPoint)client.Client.LocalEndPoint!).Port, json.GetProperty("remote").GetProperty("port").GetInt32());
    }

    [Fact]
    public async Task Closed_ports_can_be_opened_again_at_once()
    {
        int port = FreePort(SocketType.Stream);
        for (int round = 0; round < 3; round++)
        {
            await using ServedPorts ports = ServedPorts.Open("", Web, [new ServeEntry(port), new ServeEntry(port, ServeEntry.Udp)]);
            Assert.Contains("\"web\"", await AskAsync(port, "x"), StringComparison.Ordinal);
        }
    }

    private static async Task<string> AskAsync(int port, string question)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        await client.Client.SendAsync(Encoding.ASCII.GetBytes(question));
        using StreamReader reader = new(client.GetStream());
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static int FreePort(SocketType type)
    {
        using Socket socket = new(AddressFamily.InterNetwork, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
