using System.Collections.Generic;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Server.Changes;

/// <summary>The fields that a node's agent writes: a document that leaves them out keeps them.</summary>
internal static class AgentFields
{
    /// <summary>The resource with what the agent wrote.</summary>
    /// <param name="given">What was applied.</param>
    /// <param name="stored">What is stored; none if the resource is new.</param>
    /// <param name="errors">Takes a diagnostic for each field that only the agent may change.</param>
    public static Resource Keep(Resource given, Resource? stored, List<Diagnostic> errors) => (given, stored) switch
    {
        (NodeResource node, NodeResource before) => KeepDetected(node, before) with
        {
            Ipv4VxlanTunnelAddr = node.Ipv4VxlanTunnelAddr ?? before.Ipv4VxlanTunnelAddr,
            Ipv6VxlanTunnelAddr = node.Ipv6VxlanTunnelAddr ?? before.Ipv6VxlanTunnelAddr,
            BgpIpv4IpipTunnelAddr = node.BgpIpv4IpipTunnelAddr ?? before.BgpIpv4IpipTunnelAddr,
            UnderlayMtu = node.UnderlayMtu ?? before.UnderlayMtu,
            UnderlayMtuV6 = node.UnderlayMtuV6 ?? before.UnderlayMtuV6,
        },
        (NodeResource node, null) => node.WithoutStaleDetection(),
        (WorkloadEndpoint endpoint, _) => Keep(endpoint, stored as WorkloadEndpoint, errors),
        _ => given,
    };

    // A document that says no address keeps the one that was found. One that says an address gives it, unless it also
    // carries the annotation that says that this very address was found: what was read can be applied again.
    private static NodeResource KeepDetected(NodeResource given, NodeResource before)
    {
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            if (given.UnderlayAddress(family) is null && before.HasDetected(family))
            {
                given = given.WithDetected(family, before.UnderlayAddress(family)!.Value);
            }
        }

        return given.WithoutStaleDetection();
    }

    private static WorkloadEndpoint Keep(WorkloadEndpoint given, WorkloadEndpoint? stored, List<Diagnostic> errors)
    {
        Check("spec.ipNetworks", given.IpNetworks.Count > 0 && !given.IpNetworks.Equals(stored?.IpNetworks), errors);
        Check("spec.mac", given.Mac is not null && given.Mac != stored?.Mac, errors);
        Check("spec.interfaceName", given.InterfaceName is not null && given.InterfaceName != stored?.InterfaceName, errors);
        Check("spec.containerID", given.ContainerId is not null && given.ContainerId != stored?.ContainerId, errors);
        return stored is null
            ? given
            : given with
            {
                IpNetworks = stored.IpNetworks,
                Mac = stored.Mac,
                InterfaceName = stored.InterfaceName,
                ContainerId = stored.ContainerId,
            };
    }

    private static void Check(string path, bool foreign, List<Diagnostic> errors)
    {
        if (foreign)
        {
            errors.Add(new Diagnostic(path, "is written by the agent of the endpoint's node: leave it out"));
        }
    }
}
