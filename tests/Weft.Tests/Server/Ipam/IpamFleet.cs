using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Ipam;

namespace Weft.Tests.Server.Ipam;

/// <summary>A fleet of two nodes, n1 with the block 10.65.0.0/26 and n2 with 10.65.0.64/26, and what their agents say.</summary>
internal sealed class IpamFleet
{
    private readonly List<Resource> _resources = [];

    public IpamFleet()
    {
        Put(
            new IpPool { Metadata = new Metadata { Name = "default" }, Cidr = IpPrefix.Parse("10.65.0.0/24") },
            Node("n1"),
            Node("n2"),
            IpamBlock.Of(IpPrefix.Parse("10.65.0.0/26"), "default", "n1"),
            IpamBlock.Of(IpPrefix.Parse("10.65.0.64/26"), "default", "n2"));
    }

    public Dictionary<string, NodeAudit> Audits { get; } = new()
    {
        ["n1"] = new NodeAudit { PlanRevision = 1 },
        ["n2"] = new NodeAudit { PlanRevision = 1 },
    };

    public Dictionary<string, string> Away { get; } = [];

    public FleetState State => FleetState.Empty.With(1, [.. _resources.Select(resource => new ResourceChange(null, resource))]);

    public IpamCheck Check => IpamComparison.Of(State, Audits, Away);

    public IpamStatus Usage(Func<string, NodeReport?>? reportOf = null) => new IpamUsage(State).Describe(reportOf ?? (_ => null));

    public IpamFleet Put(params Resource[] resources)
    {
        _resources.RemoveAll(old => resources.Any(resource => resource.Key.Equals(old.Key)));
        _resources.AddRange(resources);
        return this;
    }

    /// <summary>A workload of a node, as the store has it.</summary>
    public IpamFleet Stored(string node, string workload, string address) => Put(Endpoint(node, workload, address));

    /// <summary>A workload of a node, as its journal has it.</summary>
    public IpamFleet Journalled(
        string node, string owner, string address, AddressState state = AddressState.InUse, AddressUse use = AddressUse.Workload, int? freedIn = null)
    {
        Audits[node] = Audits[node] with
        {
            Addresses =
            [
                .. Audits[node].Addresses,
                new AuditedAddress
                {
                    Address = IpAddress.Parse(address),
                    Owner = use == AddressUse.Workload ? $"shop/{owner}/eth0" : owner,
                    Use = use,
                    State = state,
                    NetworkNamespace = "/run/netns/x",
                    HostInterface = "weft01234567890",
                    FreedInSeconds = freedIn,
                },
            ],
        };
        return this;
    }

    /// <summary>A workload of which all agree.</summary>
    public IpamFleet Agreed(string node, string workload, string address) =>
        Stored(node, workload, address).Journalled(node, workload, address);

    public static NodeResource Node(string name, string? tunnel = null) => new()
    {
        Metadata = new Metadata { Name = name },
        Ipv4VxlanTunnelAddr = tunnel is null ? null : IpAddress.Parse(tunnel),
    };

    public static WorkloadEndpoint Endpoint(string node, string workload, string address) => new()
    {
        Metadata = new Metadata { Name = $"{node}-{workload}", Namespace = "shop", CreationTimestamp = "2026-01-02T03:04:05Z" },
        Node = node,
        Workload = workload,
        ContainerId = "c1",
        IpNetworks = [IpPrefix.Host(IpAddress.Parse(address))],
    };

    public static AddressLoan Loan(string address) => new()
    {
        Metadata = new Metadata { Name = "loan-1" },
        Pool = "default",
        Block = IpPrefix.Parse("10.65.0.0/26"),
        Lender = "n1",
        Borrower = "n2",
        Address = IpAddress.Parse(address),
    };
}
