using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Tests.Linux.Crashes;
using Xunit;

namespace Weft.Tests.Linux.Churn;

/// <summary>Containers come and go, 32 at a time, while plugins, agents and the server are killed, the disk is full,
/// journals are torn and damaged, the server is away or hangs, and the clock is stepped: no address is ever given twice,
/// none is lost, and whoever was told that he is connected talks with his first packet.</summary>
[Collection(nameof(OneAtATime))]
public sealed class ChurnTests
{
    private const int AtOnce = 32;
    private const string LeakGrace = "3s";
    private const int SettleSeconds = 60;

    // Room for all; and so little that blocks are taken from node to node, addresses are borrowed, and some get none.
    private const string Plenty = """
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/23, blockSize: 28, vxlanMode: CrossSubnet}
        ---
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: six}
        spec: {cidr: "fd65::/119", blockSize: 124, vxlanMode: CrossSubnet}
        """;

    private const string Scarce = """
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: default}
        spec: {cidr: 10.65.0.0/26, blockSize: 29, vxlanMode: CrossSubnet}
        """;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Whatever_dies_no_address_is_lost_or_given_twice_and_who_is_connected_talks(bool byPlugin, bool scarce)
    {
        int seed = CrashRun.Seed();
        int lives = Number("WEFT_CHURN_LIVES", 300);
        int kills = Number("WEFT_CHURN_KILLS", 12);
        TimeSpan away = TimeSpan.FromSeconds(Number("WEFT_CHURN_AWAY", 3));
        using ChurnFleet fleet = await ChurnFleet.StartAsync(scarce ? Scarce : Plenty, fakesClock: true, "--leak-grace", LeakGrace);
        AddressLedger ledger = new();
        ChurnTally tally = new();
        IContainerCalls calls = byPlugin ? new PluginCalls(fleet) : new SocketCalls(fleet);
        using ContainerRuntime runtime = new(fleet, calls, ledger, tally);
        await runtime.SettleAsync();

        Misfortunes misfortunes = new(fleet, ledger, tally, seed, lives, kills, away);
        int begun = 0;
        Task[] workers = [.. Enumerable.Range(0, AtOnce).Select(worker => Task.Run(async () =>
        {
            Random random = new(seed + worker);
            while (Interlocked.Increment(ref begun) <= lives)
            {
                await runtime.LiveOnceAsync(random);
            }
        }))];
        Task working = Task.WhenAll(workers);
        await misfortunes.RunAsync(() => working.IsCompleted);
        await working;

        CrashRun.Say(tally.ToString());
        CrashRun.Say(string.Join('\n', misfortunes.Diary));
        CrashRun.Say(string.Join('\n', fleet.Daemons.Select(d => $"{d.Name} killed {d.Kills} times")));
        await fleet.ReadyAsync();
        Random last = new(seed);
        await AgreeAsync(fleet, ledger, "after the last misfortune");
        await runtime.ProveAllAsync(last);
        await runtime.EndAllAsync(last);
        await AgreeAsync(fleet, ledger, "when all had gone");
        Assert.Equal(ChurnFleet.Nodes.Count, ledger.Live.Count);
        Assert.True(ledger.Violations.Count == 0, string.Join('\n', ledger.Violations) + '\n' + fleet.ReadLogs());
    }

    // Within the time that settling takes, everything that knows of addresses says the same.
    private static async Task AgreeAsync(ChurnFleet fleet, AddressLedger ledger, string when)
    {
        IReadOnlyList<string> faults = [];
        try
        {
            await fleet.UntilAsync(
                async () => (faults = await FleetAudit.FindFaultsAsync(fleet, ledger.Live)).Count == 0, when, SettleSeconds);
        }
        catch when (faults.Count > 0)
        {
            Assert.Fail($"{when}:\n{string.Join('\n', faults)}\n{string.Join('\n', ledger.Violations)}\n{fleet.ReadLogs()}");
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out int number) ? number : otherwise;
}
