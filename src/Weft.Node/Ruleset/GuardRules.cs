using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Net.Packets;
using Weft.Netlink.Nftables.Rules;
using Weft.Node.Allocation;
using Weft.Node.Kernel;

namespace Weft.Node.Ruleset;

/// <summary>What a workload may send through one of its links, as the rules of a chain at the link's ingress: from its own
/// addresses only. No other packet of the node is asked anything, and these are asked for constants: no name, no set.</summary>
internal static class GuardRules
{
    /// <summary>The guard of one link. A workload of several interfaces answers by the route that it has, through one what came
    /// in by another: each lets all its addresses through.</summary>
    /// <param name="assignment">The interface.</param>
    /// <param name="all">All interfaces of its workload, itself among them.</param>
    /// <returns>The guard; none while the workload is being disconnected: what is there stays until the link is gone.</returns>
    public static GuardObject? Of(Assignment assignment, IEnumerable<Assignment> all)
    {
        if (assignment.Releasing)
        {
            return null;
        }

        WorkloadId id = assignment.Record.Id;
        IpAddress[] own = [.. all.SelectMany(a => a.Record.Addresses).Distinct().Order()];
        return new GuardObject(
            KernelNames.HostInterface(id), [.. Of($"WorkloadEndpoint/{id.Namespace}/{id.Workload}", own)]);
    }

    // What there is most of comes first: UDP and TCP from an own address, and UDP before TCP, whose packets are large here.
    private static IEnumerable<RuleBody> Of(string cause, IpAddress[] own)
    {
        yield return new RuleBody(
            "TCP segments fit on the way", new NftRuleBuilder().WhereSyn().Jump(RulesetNames.FittingSegments));
        foreach (IpAddress address in own)
        {
            yield return new RuleBody($"{cause}: UDP", new NftRuleBuilder()
                .WhereNot(NftField.UdpDestinationPort, KernelNames.VxlanPort).Where(NftField.SourceOf(address.Family), address).Accept());
            yield return new RuleBody($"{cause}: TCP", new NftRuleBuilder()
                .WhereTransport((byte)IpProtocol.Tcp).Where(NftField.SourceOf(address.Family), address).Accept());
        }

        yield return new RuleBody("what no workload sends", new NftRuleBuilder().Jump(RulesetNames.FromWorkload));
        foreach (IpAddress address in own)
        {
            yield return new RuleBody(cause, new NftRuleBuilder().Where(NftField.SourceOf(address.Family), address).Accept());
        }

        yield return new RuleBody("not from an own address", new NftRuleBuilder().Goto(RulesetNames.ForeignSource));
    }
}
