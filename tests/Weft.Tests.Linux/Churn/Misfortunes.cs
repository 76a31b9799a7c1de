using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using Weft.Tests.Linux.Crashes;

namespace Weft.Tests.Linux.Churn;

/// <summary>What goes wrong in a run, and when: drawn from a seed beforehand, and done one after the other as containers
/// come and go, so that a run that is slower has no less of it.</summary>
internal sealed class Misfortunes
{
    private const int DeadMax = 300;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RefusalLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FrozenFor = TimeSpan.FromSeconds(2);

    private readonly ChurnFleet _fleet;
    private readonly AddressLedger _ledger;
    private readonly ChurnTally _tally;
    private readonly Random _random;
    private readonly List<(int At, string What, Func<Task> Do)> _schedule = [];

    /// <summary>Draws them.</summary>
    /// <param name="fleet">The nodes.</param>
    /// <param name="ledger">Where it is told what must not be.</param>
    /// <param name="tally">How far the run is.</param>
    /// <param name="seed">Of what is random.</param>
    /// <param name="lives">How many containers come and go.</param>
    /// <param name="kills">How often a plugin, an agent or the server is killed.</param>
    /// <param name="away">How long the server is away, once.</param>
    public Misfortunes(
        ChurnFleet fleet, AddressLedger ledger, ChurnTally tally, int seed, int lives, int kills, TimeSpan away)
    {
        (_fleet, _ledger, _tally, _random) = (fleet, ledger, tally, new Random(seed));
        for (int i = 0; i < kills; i++)
        {
            string node = ChurnFleet.Nodes[_random.Next(ChurnFleet.Nodes.Count)];
            Add(lives, (i + _random.NextDouble()) / kills, (i % 5) switch
            {
                0 or 2 => ("a plugin is killed", KillPluginAsync),
                1 or 3 => ($"the agent of {node} is killed", () => KillAsync(_fleet.Agents[node])),
                _ => ("the server is killed", () => KillAsync(_fleet.Server)),
            });
        }

        string torn = Any();
        string damaged = Any();
        string frozen = Any();
        Add(lives, 0.15, ("the disk is full", FillDiskAsync));
        Add(lives, 0.30, ($"the journal of {torn} is torn", () => TearAsync(torn)));
        Add(lives, 0.40, ("the clock goes an hour ahead", () => StepAsync(TimeSpan.FromHours(1))));
        Add(lives, 0.45, ($"the journal of {damaged} is damaged", () => DamageAsync(damaged)));
        Add(lives, 0.55, ("the server is away", () => AwayAsync(away)));
        Add(lives, 0.65, ("the clock goes two days back", () => StepAsync(TimeSpan.FromDays(-2))));
        Add(lives, 0.70, ("the server hangs", () => FreezeAsync(_fleet.Server)));
        Add(lives, 0.80, ($"the agent of {frozen} hangs", () => FreezeAsync(_fleet.Agents[frozen])));
        Add(lives, 0.85, ("the clock is right again", () => StepAsync(TimeSpan.Zero)));
        Add(lives, 0.90, ("a second server takes the first one's store", SecondServerAsync));
    }

    /// <summary>What happened, and when.</summary>
    public List<string> Diary { get; } = [];

    /// <summary>Does them all, each when so many containers have come and gone; everything runs again at the end.
    /// </summary>
    /// <param name="stopped">Whether no more containers come.</param>
    public async Task RunAsync(Func<bool> stopped)
    {
        foreach ((int at, string what, Func<Task> act) in _schedule.OrderBy(s => s.At))
        {
            while (_tally.Lives < at && !stopped())
            {
                await Task.Delay(2);
            }

            CheckDaemons();
            Diary.Add(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} {_tally.Lives}: {what}"));
            await act();
        }

        CheckDaemons();
    }

    private string Any() => ChurnFleet.Nodes[_random.Next(ChurnFleet.Nodes.Count)];

    private void Add(int lives, double when, (string What, Func<Task> Do) misfortune) =>
        _schedule.Add(((int)(lives * when), misfortune.What, misfortune.Do));

    // Nobody may end because something else did.
    private void CheckDaemons()
    {
        foreach (FleetDaemon daemon in _fleet.Daemons.Where(d => d.HasEnded))
        {
            _ledger.Violate($"{daemon.Name} ended by itself:\n{daemon.ReadEndOfLog()}");
            daemon.WaitForEnd(TimeSpan.Zero);
            daemon.Start();
        }
    }

    private Task KillPluginAsync()
    {
        _tally.OrderPluginKill();
        return Task.CompletedTask;
    }

    private async Task KillAsync(FleetDaemon daemon)
    {
        daemon.Kill();
        _tally.Count($"{daemon.Name} killed");
        await Task.Delay(_random.Next(DeadMax));
        daemon.Start();
    }

    // Until somebody was refused for it; then space is made, which is all that is needed.
    private async Task FillDiskAsync()
    {
        _fleet.Disk.Fill();
        int before = RefusedForDisk();
        Stopwatch watch = Stopwatch.StartNew();
        while (RefusedForDisk() == before && watch.Elapsed < RefusalLimit)
        {
            await Task.Delay(10);
        }

        _fleet.Disk.Free();
    }

    private int RefusedForDisk() => _tally.Of("ADD refused with 5") + _tally.Of("Del refused with 5");

    // What a loss of power leaves of a record that was never acknowledged: its first bytes.
    private async Task TearAsync(string node)
    {
        FleetDaemon agent = _fleet.Agents[node];
        agent.Kill();
        string path = _fleet.JournalOf(node);
        byte[] journal = await File.ReadAllBytesAsync(path);
        byte[] record = Encoding.UTF8.GetBytes(JournalText.Line("""{"record":"rested","address":"10.65.0.9"}"""));
        int kept = _random.Next(1, record.Length);
        await File.WriteAllBytesAsync(path, [.. journal, .. record[..kept]]);
        int said = Said(agent, "the last record was cut off");
        agent.Start();
        await _fleet.UntilAsync(
            () => Task.FromResult(Said(agent, "the last record was cut off") > said), $"the agent of {node} tells of its torn journal");
    }

    // Refused with its place; with the file as it was, all goes on.
    private async Task DamageAsync(string node)
    {
        FleetDaemon agent = _fleet.Agents[node];
        agent.Kill();
        string path = _fleet.JournalOf(node);
        byte[] journal = await File.ReadAllBytesAsync(path);
        int line = JournalText.MiddleOf(journal, out int at);
        byte[] damaged = [.. journal];
        damaged[at + 20] ^= 0x01;
        await File.WriteAllBytesAsync(path, damaged);
        agent.Start();
        string place = FormattableString.Invariant($"{path}:{line}:");
        if (!await Task.Run(() => agent.WaitForEnd(EndLimit)) || Said(agent, place) == 0)
        {
            _ledger.Violate($"a damaged journal was not refused at {place}\n{agent.ReadEndOfLog()}");
            agent.Kill();
        }

        await File.WriteAllBytesAsync(path, journal);
        agent.Start();
    }

    // Long enough for some to come and go.
    private async Task AwayAsync(TimeSpan away)
    {
        _fleet.Server.Kill();
        int before = _tally.Of("ADD answered");
        await Task.Delay(away);
        CrashRun.Say(FormattableString.Invariant(
            $"{_tally.Of("ADD answered") - before} ADD were answered while the server was away for {away.TotalSeconds:0} s"));
        _fleet.Server.Start();
    }

    private static async Task FreezeAsync(FleetDaemon daemon)
    {
        daemon.Freeze();
        await Task.Delay(FrozenFor);
        daemon.Thaw();
    }

    private Task StepAsync(TimeSpan offset)
    {
        _fleet.Clock?.Set(offset);
        return Task.CompletedTask;
    }

    // While the first one lives, the second is refused; after it, the store is its own.
    private async Task SecondServerAsync()
    {
        await _fleet.UntilAsync(async () => (await _fleet.WeftAsync("get", "nodes")).ExitCode == 0, "the first server answers");
        using FleetDaemon second = _fleet.ServerOn("second server", _fleet.ServerSocket + "2");
        second.Start();
        if (!await Task.Run(() => second.WaitForEnd(EndLimit)))
        {
            _ledger.Violate($"a second server runs on the store of the first\n{second.ReadEndOfLog()}");
            second.Kill();
        }

        await KillAsync(_fleet.Server);
    }

    private static int Said(FleetDaemon daemon, string words) =>
        daemon.ReadLog().Split('\n').Count(line => line.Contains(words, StringComparison.Ordinal));
}
