using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Cni;

/// <summary>What the plugin itself answers for: versions, the way to the agent, and what comes when that is not there.</summary>
public sealed class PluginContractTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("weft-t-").FullName;

    private string SocketPath => Path.Combine(_directory, "agent.sock");

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("""{"cniVersion": "0.4.0"}""", "0.4.0")]
    [InlineData("""{"cniVersion": "1.1.0"}""", "1.1.0")]
    [InlineData("""{"cniVersion": "9.9.9"}""", "9.9.9")]
    [InlineData("{}", "1.1.0")]
    [InlineData("", "1.1.0")]
    public async Task VERSION_tells_the_versions_without_an_agent(string input, string version)
    {
        PluginRun run = (await RunAsync("VERSION", input)).Must();
        Assert.Equal(version, (string?)run.Json["cniVersion"]);
        Assert.Equal(["0.3.1", "0.4.0", "1.0.0", "1.1.0"], run.Json["supportedVersions"]!.AsArray().Select(v => (string?)v));
    }

    [Fact]
    public async Task A_person_who_starts_it_is_told_what_it_is()
    {
        PluginRun run = await ShippedPlugin.RunAsync(ShippedPlugin.Path, new Dictionary<string, string>(), "");
        Assert.Equal((1, 4), (run.ExitCode, run.Code));
        Assert.Contains("CNI_COMMAND", (string?)run.Json["msg"], StringComparison.Ordinal);
        Assert.Contains("container runtime", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ADD", 11)]
    [InlineData("DEL", 11)]
    [InlineData("CHECK", 11)]
    [InlineData("GC", 11)]
    [InlineData("STATUS", 50)]
    public async Task Without_an_agent_the_runtime_is_told_to_try_again_and_people_what_to_start(string command, int code)
    {
        PluginRun run = await RunAsync(command, Configuration("0.4.0"));
        Assert.Equal((1, code, "0.4.0"), (run.ExitCode, run.Code, (string?)run.Json["cniVersion"]));
        Assert.Contains(SocketPath, (string?)run.Json["msg"], StringComparison.Ordinal);
        Assert.Contains("agent", (string?)run.Json["details"], StringComparison.Ordinal);
        Assert.Equal("", run.Error);

        using (Socket dead = Listen())
        {
            // Bound and closed: the file of an agent that was killed.
        }

        Assert.Equal(code, (await RunAsync(command, Configuration("0.4.0"))).Code);
    }

    [Fact]
    public async Task An_agent_that_ends_before_it_answers_is_to_be_asked_again()
    {
        using Socket listener = Listen();
        Task<PluginRun> running = RunAsync("ADD", Configuration("1.0.0"));
        using (Socket connection = await listener.AcceptAsync(TestContext.Current.CancellationToken))
        {
            await ReadLineAsync(connection);
            await connection.SendAsync("{\"cni\":{\"exit"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        Assert.Equal(11, (await running).Code);
    }

    [Fact]
    public async Task An_agent_that_never_answers_is_waited_for_in_bounds()
    {
        using Socket listener = Listen();
        Task<PluginRun> running = RunAsync("ADD", Configuration("1.0.0"));
        using Socket connection = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        PluginRun run = await running;
        Assert.Equal(11, run.Code);
        Assert.Contains("has not answered ADD within", (string?)run.Json["msg"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"cni\": {\"exitCode\": \"x\"}}")]
    public async Task An_answer_that_does_not_read_is_an_error(string answer) =>
        Assert.Equal(5, (await AnsweredAsync(answer)).Code);

    [Fact]
    public async Task An_agent_that_knows_no_CNI_says_so()
    {
        PluginRun run = await AnsweredAsync("""{"fault": {"code": 6, "message": "the call does not read", "details": "be newer"}}""");
        Assert.Equal((6, "the call does not read", "be newer"), (run.Code, (string?)run.Json["msg"], (string?)run.Json["details"]));
    }

    [Fact]
    public async Task What_the_agent_answers_is_printed_as_it_is()
    {
        string output = "{\"dns\": {\"domain\": \"\u00e9\u0001\\\"\"}}\n" + new string('x', 100_000);
        PluginRun run = await AnsweredAsync(JsonSerializer.Serialize(new { cni = new { exitCode = 0, output } }));
        Assert.Equal((0, output), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task All_that_the_runtime_says_reaches_the_agent()
    {
        using Socket listener = Listen();
        string configuration = Configuration("1.0.0").Replace("pods", "p\u00e4d\\u0001s", StringComparison.Ordinal) + new string(' ', 200_000) + "\n";
        Task<PluginRun> running = RunAsync("ADD", configuration);
        using Socket connection = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        using JsonDocument call = JsonDocument.Parse(await ReadLineAsync(connection));
        JsonElement cni = call.RootElement.GetProperty("cni");
        Assert.Equal("Cni", call.RootElement.GetProperty("command").GetString());
        Assert.Equal(
            ["ADD", "c7", "/run/netns/none", "eth0", "A=b;C=\"d\"", configuration],
            ((string[])["command", "containerId", "networkNamespace", "interface", "arguments", "configuration"]).Select(n => cni.GetProperty(n).GetString()));
        await connection.SendAsync("{\"cni\":{\"exitCode\":0,\"output\":\"\"}}\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("", (await running).Must().Output);
    }

    [Fact]
    public async Task A_configuration_without_end_is_refused()
    {
        PluginRun run = await RunAsync("ADD", new string(' ', 2 * 1024 * 1024));
        Assert.Equal((1, 5), (run.ExitCode, run.Code));
        Assert.Contains("longer than", (string?)run.Json["details"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("> /dev/full", "weft-cni cannot write to standard output")]
    [InlineData(">&-", "weft-cni cannot write to standard output")]
    [InlineData("> /dev/full 2>&-", "")]
    public async Task An_answer_that_nobody_can_hear_is_no_success_and_no_crash(string redirection, string told)
    {
        PluginRun run = await ShippedPlugin.RunAsync(
            "/bin/sh",
            new Dictionary<string, string> { ["CNI_COMMAND"] = "VERSION" },
            "{}",
            arguments: ["-c", $"{ShippedPlugin.Path} {redirection}"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(told, told.Length == 0 ? run.Error : run.Error[..told.Length]);
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_read_is_an_error_in_words()
    {
        PluginRun run = await ShippedPlugin.RunAsync(
            "/bin/sh",
            new Dictionary<string, string> { ["CNI_COMMAND"] = "ADD" },
            "",
            arguments: ["-c", $"{ShippedPlugin.Path} <&-"]);
        Assert.Equal((1, 5), (run.ExitCode, run.Code));
        Assert.Equal("standard input is closed, or not there to be read", (string?)run.Json["details"]);
    }

    [Fact]
    public async Task A_socket_that_cannot_be_is_an_invalid_configuration()
    {
        PluginRun run = await RunAsync("ADD", $$"""{"cniVersion": "1.0.0", "agentSocket": "/{{new string('a', 120)}}"}""");
        Assert.Equal(7, run.Code);
        Assert.Contains("agentSocket", (string?)run.Json["msg"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_works_under_any_name()
    {
        string renamed = Path.Combine(_directory, "my-net");
        File.Copy(ShippedPlugin.Path, renamed);
        PluginRun run = await ShippedPlugin.RunAsync(renamed, new Dictionary<string, string> { ["CNI_COMMAND"] = "VERSION" }, "{}");
        run.Must();
    }

    private static Task<PluginRun> RunAsync(string command, string input) => ShippedPlugin.RunAsync(
        ShippedPlugin.Path,
        new Dictionary<string, string>
        {
            ["CNI_COMMAND"] = command,
            ["CNI_CONTAINERID"] = "c7",
            ["CNI_NETNS"] = "/run/netns/none",
            ["CNI_IFNAME"] = "eth0",
            ["CNI_ARGS"] = "A=b;C=\"d\"",
            ["CNI_PATH"] = "/opt/cni/bin",
        },
        input);

    private static async Task<string> ReadLineAsync(Socket connection)
    {
        List<byte> line = [];
        byte[] buffer = new byte[4096];
        while (line.Count == 0 || line[^1] != '\n')
        {
            int read = await connection.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            Assert.NotEqual(0, read);
            line.AddRange(buffer[..read]);
        }

        return Encoding.UTF8.GetString([.. line]);
    }

    private async Task<PluginRun> AnsweredAsync(string answer)
    {
        using Socket listener = Listen();
        Task<PluginRun> running = RunAsync("ADD", Configuration("1.0.0"));
        using Socket connection = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        await ReadLineAsync(connection);
        await connection.SendAsync(Encoding.UTF8.GetBytes(answer + "\n"), TestContext.Current.CancellationToken);
        return await running;
    }

    private Socket Listen()
    {
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        listener.Listen();
        return listener;
    }

    private string Configuration(string version) =>
        $$"""{"cniVersion": "{{version}}", "name": "pods", "type": "weft-cni", "agentSocket": "{{SocketPath}}"}""";
}
