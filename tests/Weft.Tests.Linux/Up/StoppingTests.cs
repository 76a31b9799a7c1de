using System;
using System.IO;
using System.Threading.Tasks;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Up;

/// <summary>Daemons end within three seconds of SIGTERM, whatever they are in the middle of, and whoever does not listen to
/// them.</summary>
public sealed class StoppingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Weft_up_stops_in_time_while_workloads_come_and_go_and_a_reader_stands_still()
    {
        await using TestHost host = await TestHost.CreateAsync();
        string server = Path.Combine(host.Folder, "server.sock");
        HostDaemon up = await host.UpAsync("--run", host.Folder);
        HostDaemon reader = await ReaderAsync(host, server);
        using HostLoad load = await HostLoad.OnAsync(host, Path.Combine(host.Folder, "agent.sock"), server);
        reader.Send("STOP");
        Assert.Equal(0, await up.EndAsync("TERM", Limit));
        await load.EndedAsync();
        reader.Send("CONT");
        Assert.DoesNotContain(up.Error, line => line.Contains("defect", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(host.Folder, "*.sock"));

        // And what was cut off is taken up again.
        await host.UpAsync("--run", host.Folder);
    }

    [Fact]
    public async Task A_server_stops_in_time_though_its_agent_stands_still_and_the_agent_though_its_server_does()
    {
        await using TestHost host = await TestHost.CreateAsync();
        string serverSocket = Path.Combine(host.Folder, "server.sock");
        string agentSocket = Path.Combine(host.Folder, "agent.sock");
        string manifest = Path.Combine(host.Folder, "host.yaml");
        await File.WriteAllTextAsync(manifest, $"""
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata: {"{name: h1}"}
            ---
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata: {"{name: default}"}
            spec: {"{cidr: 10.65.0.0/16, natOutgoing: true}"}
            """, TestContext.Current.CancellationToken);
        HostDaemon server = await ServerAsync();
        (await host.WeftAsync("apply", "-f", manifest, "--server", serverSocket)).Must();
        HostDaemon agent = host.Start(ShippedWeft.Path, "agent", "--node", "h1", "--server", serverSocket, "--socket", agentSocket);
        await TestHost.UntilAsync(() => Task.FromResult(File.Exists(agentSocket)), "the agent listens");
        using (HostLoad load = await HostLoad.OnAsync(host, agentSocket, serverSocket))
        {
            agent.Send("STOP");
            Assert.Equal(0, await server.EndAsync("TERM", Limit));
            agent.Send("CONT");
            server = await ServerAsync();
            await TestHost.UntilAsync(
                async () => (await host.WeftAsync("status", "--server", serverSocket)).Output.Contains("connected", StringComparison.Ordinal),
                "the agent is connected again");
            server.Send("STOP");
            Assert.Equal(0, await agent.EndAsync("TERM", Limit));
            await load.EndedAsync();
            server.Send("CONT");
        }

        Assert.Equal(0, await server.EndAsync("TERM", Limit));

        async Task<HostDaemon> ServerAsync()
        {
            HostDaemon started = host.Start(ShippedWeft.Path, "server", "--socket", serverSocket);
            await TestHost.UntilAsync(
                async () => (await host.WeftAsync("status", "--server", serverSocket)).ExitCode == 0, "the server answers");
            return started;
        }
    }

    private static async Task<HostDaemon> ReaderAsync(TestHost host, string server)
    {
        HostDaemon reader = host.Start(ShippedWeft.Path, "get", "nodes", "-w", "-o", "json", "--server", server);
        await reader.UntilAsync(() => !reader.Output.IsEmpty, "the first node");
        return reader;
    }
}
