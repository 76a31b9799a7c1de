using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;

namespace Weft.Server.Ipam;

/// <summary>What <c>GET /metrics</c> says. Metrics that Calico has keep its names and labels, so that dashboards go on working;
/// those of our own begin with <c>weft_</c>.</summary>
/// <remarks>Names: Calico's <c>kube-controllers/pkg/controllers/node/ipam.go</c>, whose metrics carry <c>ippool</c> and
/// <c>node</c>.</remarks>
internal static class FleetMetrics
{
    /// <summary>The media type of the text format.</summary>
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Writes them all.</summary>
    /// <param name="state">The state.</param>
    /// <param name="ipam">How its addresses are used.</param>
    /// <param name="connected">The nodes whose agents are connected.</param>
    public static byte[] Write(FleetState state, IpamStatus ipam, IReadOnlyList<string> connected)
    {
        PrometheusText text = new();
        OfPools(text, ipam, "ipam_ippool_size", "Addresses of an IP pool.", pool => pool.Size);
        OfPools(text, ipam, "weft_ipam_ippool_allocations_in_use", "Addresses of an IP pool that workloads and nodes have.", pool => pool.InUse);
        OfPools(text, ipam, "weft_ipam_ippool_allocations_borrowed", "Addresses of an IP pool that nodes have out of other nodes' blocks.", pool => pool.Borrowed);
        OfPools(text, ipam, "ipam_ippool_reserved", "Addresses of an IP pool that a reservation keeps from everybody.", pool => pool.Reserved);
        OfPools(text, ipam, "weft_ipam_ippool_free", "Addresses of an IP pool that somebody may still get.", pool => pool.Free);
        OfPools(text, ipam, "weft_ipam_ippool_blocks", "Blocks of an IP pool that nodes have.", pool => pool.Blocks);
        OfPools(text, ipam, "weft_ipam_ippool_blocks_size", "Blocks of an IP pool that there are.", pool => pool.BlocksMax);
        OfNodes(text.Gauge("ipam_blocks", "Blocks of a node."), ipam, node => node.Blocks.Count);
        OfNodes(text.Gauge("ipam_allocations_in_use", "Addresses that a node's workloads and the node itself have."), ipam, node => node.InUse);
        OfNodes(text.Gauge("ipam_allocations_borrowed", "Addresses that a node has out of other nodes' blocks."), ipam, node => node.Borrowed);
        OfNodes(text.Gauge("weft_ipam_allocations_lent", "Addresses of a node's blocks that other nodes have."), ipam, node => node.Blocks.Sum(block => block.Lent));
        OfNodes(text.Gauge("ipam_allocations_gc_candidates", "Addresses of workloads that are gone, and that are freed if that stays so."), ipam, node => node.Candidates);
        OfNodes(text.Counter("ipam_allocations_gc_reclamations", "Addresses that were freed because their workloads were gone."), ipam, node => node.Reclaimed);
        text.Gauge("weft_store_revision", "The store's revision.").Sample(state.Revision);
        text.Gauge("weft_nodes", "Node resources.").Sample(state.NodeCount);
        text.Gauge("weft_agent_connected", "Whether a node's agent is connected.");
        HashSet<string> there = [.. connected];
        foreach (string node in state.Nodes.Select(node => node.Metadata.Name))
        {
            text.Sample(there.Contains(node) ? 1 : 0, ("node", node));
        }

        return text.ToBytes();
    }

    private static void OfPools(PrometheusText text, IpamStatus ipam, string name, string help, Func<PoolUsage, double> value)
    {
        text.Gauge(name, help);
        foreach (PoolUsage pool in ipam.Pools)
        {
            text.Sample(value(pool), ("ippool", pool.Name));
        }
    }

    // What an agent does not say has no sample: a zero would be a statement.
    private static void OfNodes(PrometheusText text, IpamStatus ipam, Func<NodeUsage, double?> value)
    {
        foreach (PoolUsage pool in ipam.Pools)
        {
            foreach (NodeUsage node in pool.Nodes)
            {
                if (value(node) is { } sample)
                {
                    text.Sample(sample, ("ippool", pool.Name), ("node", node.Node));
                }
            }
        }
    }
}
