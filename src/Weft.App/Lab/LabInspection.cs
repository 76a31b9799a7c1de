using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Client;
using Weft.App.Lab.State;
using Weft.App.Lab.Workloads;
using Weft.Model.Lab;
using Weft.Node.Calls;

namespace Weft.App.Lab;

/// <summary>Finds out how a lab is: from its record, its agents and its runtime's files. It needs no
/// server.</summary>
internal static class LabInspection
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(1);

    /// <summary>How the lab is now.</summary>
    public static async Task<LabStatus> InspectAsync(LabPaths paths, CancellationToken cancelled)
    {
        LabRecord record = LabRecord.Demand(paths);
        LabTopology lab = record.Topology();
        LabAddressing addressing = LabAddressing.Of(lab);
        LabNodeStatus[] nodes = await Task.WhenAll(addressing.Members
            .Where(member => member.Role == LabMemberRole.Node)
            .Select(member => NodeAsync(paths, member, cancelled)));
        IReadOnlyList<WorkloadStatus> workloads = Workloads(paths, lab);
        return new LabStatus
        {
            Name = record.Name,
            CreationTimestamp = record.CreationTimestamp,
            Processes = record.Processes,
            Ready = nodes.All(node => node.Ready) && workloads.All(workload => workload.Ready),
            ServerSocket = paths.ServerSocket,
            Segments =
            [
                .. lab.Segments.Select(segment => new SegmentStatus(segment.Name, segment.Cidrs, segment.Mtu)),
            ],
            Routers = Members(paths, addressing, LabMemberRole.Router),
            Nodes = nodes,
            Hosts = Members(paths, addressing, LabMemberRole.Host),
            Workloads = workloads,
        };
    }

    /// <summary>All labs that run, also those that were interrupted; only the one of this name if one is
    /// given.</summary>
    public static IReadOnlyList<LabSummary> List(string? name) =>
    [
        .. LabPaths.All().Where(paths => name is null || paths.Lab == name)
            .Select(paths => Summarise(paths, LabRecord.Read(paths))),
    ];

    private static LabSummary Summarise(LabPaths paths, LabRecord? record) => record is null
        ? new LabSummary(paths.Lab, "", false, 0, 0)
        : new LabSummary(
            record.Name,
            record.CreationTimestamp,
            record.Processes,
            record.Topology().Nodes.Count,
            new WorkloadFiles(paths).ReadAll().Count);

    private static async Task<LabNodeStatus> NodeAsync(
        LabPaths paths, LabMember member, CancellationToken cancelled)
    {
        string socket = paths.AgentSocket(member.Name);
        AgentStatus? status = await new AgentClient(socket).StatusAsync(CallLimit, cancelled);
        return new LabNodeStatus(
            member.Name,
            paths.NamespaceOf(member.Name),
            [.. member.Addresses],
            Interfaces(member),
            socket,
            status?.ProcessId,
            status is { Ready: true },
            status?.Waiting ?? "the agent does not answer");
    }

    private static IReadOnlyList<MemberStatus> Members(
        LabPaths paths, LabAddressing addressing, LabMemberRole role) =>
    [
        .. addressing.Members.Where(member => member.Role == role)
            .Select(member => new MemberStatus(
                member.Name, paths.NamespaceOf(member.Name), [.. member.Addresses], Interfaces(member))),
    ];

    private static IReadOnlyList<InterfaceStatus> Interfaces(LabMember member) =>
        [.. member.Interfaces.Select(link => new InterfaceStatus(link.Name, link.Segment, link.Addresses))];

    private static List<WorkloadStatus> Workloads(LabPaths paths, LabTopology lab)
    {
        Dictionary<string, ConnectedWorkload> made = new WorkloadFiles(paths).ReadAll().ToDictionary(
            w => w.Name, StringComparer.Ordinal);
        List<WorkloadStatus> workloads = [];
        foreach (LabWorkload declared in lab.Workloads)
        {
            if (made.Remove(declared.Name, out ConnectedWorkload? workload))
            {
                workloads.Add(StatusOf(workload));
            }
        }

        workloads.AddRange(made.Values.Select(StatusOf).OrderBy(workload => workload.Name, StringComparer.Ordinal));
        return workloads;
    }

    private static WorkloadStatus StatusOf(ConnectedWorkload workload) => new(
        workload.Name,
        workload.NetworkNamespace,
        workload.Namespace,
        workload.Node,
        workload.Addresses,
        workload.HostInterface,
        workload.Connected);
}
