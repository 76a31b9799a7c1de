using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Lab.Daemons;
using Weft.App.Lab.State;
using Weft.App.Lab.Underlay;
using Weft.App.Manifests;
using Weft.App.Output;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Lab;
using Weft.Plan.Protocol;

namespace Weft.App.Lab;

/// <summary>Brings a lab up: record, underlay, daemons, resources, and a wait until every workload can talk.
/// Whatever fails, the lab is taken down whole.</summary>
internal sealed class LabUp
{
    private static readonly TimeSpan ServerLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReadyLimitPerMember = TimeSpan.FromMilliseconds(200);

    // What waits knows best what is missing: it gets to say so before it is cut off.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    private readonly LabSource _source;
    private readonly LabPaths _paths;
    private readonly bool _processes;
    private readonly Terminal.Progress _progress;
    private readonly StartedDaemons _started = new();

    private LabUp(LabSource source, bool processes, Terminal.Progress progress) =>
        (_source, _paths, _processes, _progress) = (source, LabPaths.Of(source.Topology.Name), processes, progress);

    /// <summary>Brings the lab up; returns its paths.</summary>
    public static async Task<LabPaths> RunAsync(LabSource source, bool processes, CancellationToken cancelled)
    {
        using Terminal.Progress progress = new();
        LabUp up = new(source, processes, progress);
        using LabLock exclusive = await LabLock.TakeAsync(source.Topology.Name, cancelled);
        await up.ClaimAsync(exclusive, cancelled);
        try
        {
            await up.BuildAsync(cancelled);
            return up._paths;
        }
        catch (Exception failure)
        {
            string? dead = up._started.DescribeDead();
            progress.Say("taking the lab down again");
            await LabDown.RemoveAsync(up._paths);
            throw failure is CommandFailure && dead is not null && failure.Message != dead
                ? new CommandFailure($"{failure.Message}; {dead}")
                : failure;
        }
    }

    private async Task ClaimAsync(LabLock exclusive, CancellationToken cancelled)
    {
        LabTopology lab = _source.Topology;
        if (Directory.Exists(_paths.Directory))
        {
            throw new CommandFailure(
                $"lab '{lab.Name}' exists already; 'weft lab down --name {lab.Name}' removes it, "
                + "--name gives this one another name");
        }

        LabRecord record = LabRecord.Of(_paths, lab, _source.Document, _processes, Timestamp.Now());
        await exclusive.BeginClaimAsync(cancelled);
        try
        {
            record.RefuseTakenNamespaces();
            Directory.CreateDirectory(_paths.Directory);
            record.Write(_paths);
        }
        catch
        {
            if (Directory.Exists(_paths.Directory))
            {
                Directory.Delete(_paths.Directory, recursive: true);
            }

            throw;
        }
        finally
        {
            exclusive.EndClaim();
        }
    }

    private async Task BuildAsync(CancellationToken cancelled)
    {
        LabTopology lab = _source.Topology;
        _progress.Say($"building the underlay of {lab.Name}");
        new UnderlayBuilder(_paths).Build(lab, LabAddressing.Of(lab));
        cancelled.ThrowIfCancellationRequested();

        _progress.Say("starting the daemons");
        foreach (LabDaemon daemon in LabDaemon.All(_paths, lab, _processes))
        {
            _started.Start(daemon);
        }

        using ServerClient server = new(_paths.ServerSocket);
        await _started.WithinAsync(
            ServerLimit, "the server does not answer", token => ServerAsync(server, token), cancelled);

        _progress.Say("applying the resources");
        ApplyAnswer applied = new(0, []);
        await _started.WithinAsync(
            ServerLimit,
            "the server does not take the resources",
            async token => applied = await ApplyAsync(server, token),
            cancelled);

        _progress.Say("waiting until every workload can talk");
        int members = lab.Nodes.Count + lab.Workloads.Count;
        TimeSpan limit = ReadyLimit + (ReadyLimitPerMember * members);
        await _started.WithinAsync(
            limit + Grace,
            $"lab '{lab.Name}' is not ready",
            token => LabReadiness.WaitAsync(_paths, lab, server, applied.Revision, limit, token),
            cancelled);
    }

    private async Task<ApplyAnswer> ApplyAsync(ServerClient server, CancellationToken cancelled)
    {
        List<(string Source, DocumentNode Document)> documents =
        [
            .. _source.Documents,
            .. LabResources.Of(_source.Topology).Select(
                resource => (_source.File, (DocumentNode)ResourceWriter.ToTree(resource))),
        ];
        if (documents.Count == 0)
        {
            return new ApplyAnswer(0, []);
        }

        try
        {
            return await server.ApplyAsync([.. documents.Select(d => d.Document)], cancelled);
        }
        catch (ServerRefusal refusal)
        {
            throw ProblemPlaces.Locate(refusal, documents);
        }
    }

    private static async Task ServerAsync(ServerClient server, CancellationToken cancelled)
    {
        while (!await server.AnswersAsync(cancelled))
        {
            await Task.Delay(Pause, cancelled);
        }
    }
}
