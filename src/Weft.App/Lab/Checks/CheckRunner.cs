using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Weft.Model.Lab;
using Weft.Net;

namespace Weft.App.Lab.Checks;

/// <summary>Runs the checks of a lab with real packets from inside its namespaces, in every family that both ends have:
/// side by side, reported in the order of the file.</summary>
/// <param name="status">The lab as it is.</param>
internal sealed class CheckRunner(LabStatus status)
{
    private const int AtOnce = 32;

    /// <summary>How long an expected answer may take.</summary>
    public static readonly TimeSpan ReachableLimit = TimeSpan.FromSeconds(2);

    /// <summary>How long an answer that must not come is waited for.</summary>
    public static readonly TimeSpan UnreachableLimit = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan TryLimit = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs them all.</summary>
    public async Task<IReadOnlyList<CheckResult>> RunAsync(
        IReadOnlyList<LabCheck> checks, CancellationToken cancelled)
    {
        using SemaphoreSlim places = new(AtOnce);
        return await Task.WhenAll(checks.Select(check => RunOneAsync(check, places, cancelled)));
    }

    /// <summary>What a check comes to, from what was found.</summary>
    internal static (bool Passed, string Detail) Judge(
        LabCheck check, ProbeOutcome outcome, IReadOnlyList<IpAddress> seenAs)
    {
        switch (outcome)
        {
            case ProbeOutcome.Answered answered when check.ExpectReachable:
                if (check.SeenAs is null)
                {
                    return (true, "");
                }

                return answered.SourceSeen is null
                    ? (false, "the other side does not say whom it saw")
                    : IpAddress.TryParse(answered.SourceSeen, out IpAddress source) && seenAs.Contains(source)
                        ? (true, "")
                        : (false, $"seen as {answered.SourceSeen} instead of {check.SeenAs}");
            case ProbeOutcome.Answered:
                return (false, "an answer came");
            case ProbeOutcome.Refused refused:
                return (false, refused.Detail);
            case ProbeOutcome.NoWay noWay:
                return (!check.ExpectReachable, noWay.Detail);
            default:
                return (!check.ExpectReachable, check.ExpectReachable ? "no answer" : "");
        }
    }

    private async Task<CheckResult> RunOneAsync(LabCheck check, SemaphoreSlim places, CancellationToken cancelled)
    {
        IReadOnlyList<IpAddress> seenAs = check.SeenAs is null ? [] : AddressesOf(check.SeenAs);
        (IReadOnlyList<ProbeTarget> targets, string problem) = Aim(check, seenAs);
        return new CheckResult
        {
            From = check.From,
            To = check.To,
            Proto = check.Protocol.ToString().ToLowerInvariant(),
            Port = check.Port,
            Size = check.Size,
            Expect = check.ExpectReachable ? "reachable" : "unreachable",
            SeenAs = check.SeenAs,
            Families = await Task.WhenAll(
                targets.Select(target => RunInFamilyAsync(check, target, seenAs, places, cancelled))),
            Problem = problem,
        };
    }

    private static async Task<FamilyResult> RunInFamilyAsync(
        LabCheck check,
        ProbeTarget target,
        IReadOnlyList<IpAddress> seenAs,
        SemaphoreSlim places,
        CancellationToken cancelled)
    {
        await places.WaitAsync(cancelled);
        Stopwatch clock = Stopwatch.StartNew();
        try
        {
            ProbeOutcome outcome = await ProbeAsync(check, target, cancelled);
            (bool passed, string detail) = Judge(check, outcome, seenAs);
            return new FamilyResult
            {
                Family = CheckAim.WordOf(target.Address.Family),
                Address = target.Address.ToString(),
                Passed = passed,
                Found = outcome switch
                {
                    ProbeOutcome.Answered => "reachable",
                    ProbeOutcome.Refused => FamilyResult.Refused,
                    _ => "unreachable",
                },
                SourceSeen = (outcome as ProbeOutcome.Answered)?.SourceSeen,
                Detail = detail,
                Milliseconds = Math.Round(clock.Elapsed.TotalMilliseconds, 1),
            };
        }
        finally
        {
            places.Release();
        }
    }

    private static async Task<ProbeOutcome> ProbeAsync(
        LabCheck check, ProbeTarget target, CancellationToken cancelled)
    {
        TimeSpan limit = check.ExpectReachable ? ReachableLimit : UnreachableLimit;
        Stopwatch clock = Stopwatch.StartNew();
        ProbeOutcome outcome = new ProbeOutcome.Silent();
        while (clock.Elapsed < limit)
        {
            cancelled.ThrowIfCancellationRequested();
            TimeSpan left = limit - clock.Elapsed;
            using CancellationTokenSource timed = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
            timed.CancelAfter(left < TryLimit ? left : TryLimit);
            outcome = await TryAsync(check.Protocol, target, timed.Token);
            if (outcome is ProbeOutcome.Answered || (!check.ExpectReachable && outcome is not ProbeOutcome.Silent))
            {
                return outcome;
            }

            await Task.Delay(Pause, cancelled);
        }

        return outcome;
    }

    private static Task<ProbeOutcome> TryAsync(
        LabProtocol protocol, ProbeTarget target, CancellationToken limit) => protocol switch
        {
            LabProtocol.Icmp => EchoProbe.TryAsync(target, EchoProbe.NewToken(), limit),
            LabProtocol.Tcp => TransportProbe.TryAsync(target, stream: true, limit),
            _ => TransportProbe.TryAsync(target, stream: false, limit),
        };

    private (IReadOnlyList<ProbeTarget> Targets, string Problem) Aim(LabCheck check, IReadOnlyList<IpAddress> seenAs)
    {
        if (status.FindMember(check.From) is not { } from)
        {
            return ([], $"{check.From} is not connected");
        }

        // An address may be a member's too: then what that one saw is known.
        IReadOnlyList<IpAddress> to = AddressesOf(check.To);
        MemberPlace? member = status.FindMember(check.To)
            ?? status.Members.FirstOrDefault(candidate => to.Any(candidate.Addresses.Contains));
        string? there = member is null ? null : NetworkNamespace.PathOf(member.Namespace);
        IReadOnlyList<IpAddress> addresses = CheckAim.AddressesOf(check, from.Addresses, to, seenAs);
        string family = check.Family is { } named ? $"{CheckAim.WordOf(named)} " : "";
        return addresses.Count == 0
            ? ([], $"{check.To} has no {family}address")
            : ([.. addresses.Select(address => new ProbeTarget(
                NetworkNamespace.PathOf(from.Namespace), there, address, check.Port ?? 0, check.Size))], "");
    }

    private IReadOnlyList<IpAddress> AddressesOf(string memberOrAddress) =>
        status.FindMember(memberOrAddress)?.Addresses
        ?? (IpAddress.TryParse(memberOrAddress, out IpAddress literal) ? [literal] : []);
}
