using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.App.Yaml;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Lab;
using Weft.Model.Resources;
using Weft.Tests.App.Yaml;
using Weft.Tests.Model.Lab;
using Xunit;

namespace Weft.Tests.Model.Binding;

/// <summary>Trees of the right shape with wrong values in any place: a diagnostic each, and never an exception.</summary>
public sealed class BindingProperties
{
    private static readonly string[] Seeds =
    [
        LabFileTests.Quickstart,
        "{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: p, labels: {a: b}, finalizers: [x]}, spec: {cidr: 10.65.0.0/16, blockSize: 26, vxlanMode: Never, nodeSelector: has(a), disabled: false, allowedUses: [Workload], assignmentMode: Manual, namespaceSelector: has(b)}}",
        "{apiVersion: projectcalico.org/v3, kind: IPReservation, metadata: {name: r}, spec: {reservedCIDRs: [10.65.0.0/28, 'fd65::/64']}}",
        "{apiVersion: projectcalico.org/v3, kind: IPAMConfiguration, metadata: {name: default}, spec: {strictAffinity: true, autoAllocateBlocks: false, maxBlocksPerHost: 3, ipCooldownSeconds: 7}}",
        "{apiVersion: weft.dev/v1, kind: AddressLoan, metadata: {name: l}, spec: {pool: p, block: 10.65.0.0/26, lender: n1, borrower: n2, wanted: 10.65.0.3, address: 10.65.0.3, declined: [10.65.1.0/26]}}",
        "{apiVersion: projectcalico.org/v3, kind: Node, metadata: {name: n}, spec: {bgp: {ipv4Address: 10.0.0.1/24, ipv6Address: 'fd00::1/64'}, vxlanTunnelMACAddr: '66:00:00:00:00:01'}, status: {underlayMtu: 1500}}",
        "{apiVersion: projectcalico.org/v3, kind: WorkloadEndpoint, metadata: {name: w, namespace: s}, spec: {node: n, pod: p, ipNetworks: [10.0.0.1/32], mac: '02:00:00:00:00:01', ports: [{name: a, protocol: TCP, port: 1}]}}",
        "{apiVersion: projectcalico.org/v3, kind: IPAMBlock, metadata: {name: b}, spec: {cidr: 10.65.0.0/26, affinity: 'host:n1', pool: p}}",
        "{apiVersion: weft.dev/v1, kind: StaticRoute, metadata: {name: r}, spec: {destination: 192.0.2.0/24, type: Unicast, nextHops: [{address: 10.0.0.1, interface: eth0, weight: 2}], nodeSelector: has(a), metric: 7, mtu: 1400}}",
        "{apiVersion: projectcalico.org/v3, kind: FelixConfiguration, metadata: {name: default}, spec: {natOutgoingAddress: 203.0.113.9, natPortRange: '1:2', natOutgoingExclusions: IPPoolsOnly, iptablesNATOutgoingInterfaceFilter: eth0, bpfEnabled: false}}",
        "{apiVersion: v1, kind: Namespace, metadata: {name: s, annotations: {a: b}, creationTimestamp: null}, status: {phase: Active}}",
    ];

    private static readonly Gen<DocumentNode> Wrong = Gen.OneOf(
        Trees.Node,
        Gen.OneOf("n1", "rack1", "web", "0.0.0.0/0", "::/0", "fd00::/127", "10.0.0.0/31", "255.255.255.255/32", "172.16.1.255", "::", "-1", "99999999999")
            .Select(text => (DocumentNode)ScalarNode.Of(text)),
        Gen.Long.Select(number => (DocumentNode)ScalarNode.Of(number)),
        Gen.OneOf("0", "65536", "100000000000000000000", "-0").Select(text => (DocumentNode)new ScalarNode(ScalarKind.Integer, text)));

    [Fact]
    public void No_tree_makes_a_binder_throw() =>
        (from seed in Gen.OneOf(Seeds)
         from edits in Gen.Select(Gen.Int[0, 200], Wrong).Array[0, 4]
         select (seed, edits)).Sample(
            sample =>
            {
                List<DocumentNode> documents = [.. Bound.Trees(sample.seed)];
                foreach ((int place, DocumentNode with) in sample.edits)
                {
                    int at = place;
                    documents[place % documents.Count] = Replace(documents[place % documents.Count], with, ref at);
                }

                return LabIsSound(documents) && documents.All(ResourceIsSound);
            },
            iter: 20_000);

    private static bool LabIsSound(List<DocumentNode> documents)
    {
        List<Diagnostic> errors = [];
        LabFile? file = LabFile.Bind(documents, "f.yaml", errors);
        return file is null
            ? errors.Count > 0
            : errors.Count == 0 && LabAddressing.Of(file.Lab).Members.Count == file.Lab.Routers.Count + file.Lab.Nodes.Count + file.Lab.Hosts.Count;
    }

    private static bool ResourceIsSound(DocumentNode document)
    {
        List<Diagnostic> errors = [];
        Resource? resource = ResourceBinder.Bind(document, null, errors);
        if (resource is null)
        {
            return errors.Count > 0 && errors.All(error => error.ToString().Length > 0);
        }

        Resource? again = ResourceBinder.Bind(ResourceWriter.ToTree(resource), null, errors);
        string yaml = YamlWriter.Write(ResourceWriter.ToTree(resource));
        return errors.Count == 0 && resource.Equals(again) && resource.Equals(ResourceBinder.Bind(Bound.Tree(yaml), null, errors));
    }

    // Puts a tree in the place of the node that a depth-first walk meets at that number.
    private static DocumentNode Replace(DocumentNode node, DocumentNode with, ref int at)
    {
        if (at-- == 0)
        {
            return with;
        }

        switch (node)
        {
            case MappingNode mapping:
                List<MappingEntry> entries = [];
                foreach (MappingEntry entry in mapping.Entries)
                {
                    entries.Add(entry with { Value = Replace(entry.Value, with, ref at) });
                }

                return new MappingNode([.. entries]) { Position = node.Position };
            case SequenceNode list:
                List<DocumentNode> items = [];
                foreach (DocumentNode item in list.Items)
                {
                    items.Add(Replace(item, with, ref at));
                }

                return new SequenceNode([.. items]) { Position = node.Position };
            default:
                return node;
        }
    }
}
