using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.App.Output;

/// <summary>The columns of <c>weft get</c>, for each kind. To add a column: a heading and the field's path
/// here.</summary>
internal static class ResourceTable
{
    private static readonly Column Name = new("NAME", "metadata.name");
    private static readonly Column Age = new("CREATED", "metadata.creationTimestamp", Wide: true);
    private static readonly Column Labels = new("LABELS", "metadata.labels", Wide: true);
    private static readonly Column Terminating = new("TERMINATING", "metadata.deletionTimestamp", Wide: true);

    /// <summary>Writes the resources as a table.</summary>
    public static void Write(TextWriter output, ResourceKind kind, IReadOnlyList<DocumentNode> resources, bool wide)
    {
        Column[] columns = [.. ColumnsOf(kind).Where(column => wide || !column.Wide)];
        TextTable table = new([.. columns.Select(column => column.Heading)]);
        foreach (DocumentNode resource in resources)
        {
            table.Add([.. columns.Select(column => Text(resource, column))]);
        }

        table.WriteTo(output);
    }

    /// <summary><c>kind/name</c>, as other tools take it.</summary>
    public static string NameOf(ResourceKind kind, DocumentNode resource)
    {
        string name = Text(Find(resource, "metadata.name"));
        return kind.Namespaced
            ? $"{kind.Singular}/{Text(Find(resource, "metadata.namespace"))}/{name}"
            : $"{kind.Singular}/{name}";
    }

    private static IEnumerable<Column> ColumnsOf(ResourceKind kind) => kind.Kind switch
    {
        "Node" =>
        [
            Name,
            new("IPV4", "spec.bgp.ipv4Address"),
            new("IPV6", "spec.bgp.ipv6Address"),
            new("TUNNEL", "spec.ipv4VXLANTunnelAddr", And: "spec.ipv6VXLANTunnelAddr"),
            new("MTU", "status.underlayMtu", And: "status.underlayMtuV6"),
            Labels,
            Terminating,
            Age,
        ],
        "IPPool" =>
        [
            Name,
            new("CIDR", "spec.cidr"),
            new("BLOCK", "spec.blockSize"),
            new("VXLAN", "spec.vxlanMode"),
            new("IPIP", "spec.ipipMode", Wide: true),
            new("NAT", "spec.natOutgoing"),
            new("DISABLED", "spec.disabled"),
            new("NODES", "spec.nodeSelector"),
            new("NAMESPACES", "spec.namespaceSelector", Wide: true),
            new("USES", "spec.allowedUses", Wide: true),
            new("ASSIGNMENT", "spec.assignmentMode", Wide: true),
            Terminating,
            Age,
        ],
        "IPReservation" => [Name, new("CIDRS", "spec.reservedCIDRs"), Age],
        "IPAMConfiguration" =>
        [
            Name,
            new("STRICT", "spec.strictAffinity"),
            new("AUTOBLOCKS", "spec.autoAllocateBlocks"),
            new("MAXBLOCKS", "spec.maxBlocksPerHost"),
            new("COOLDOWN", "spec.ipCooldownSeconds"),
            Age,
        ],
        "AddressLoan" =>
        [
            Name,
            new("ADDRESS", "spec.address"),
            new("LENDER", "spec.lender"),
            new("BORROWER", "spec.borrower"),
            new("POOL", "spec.pool"),
            new("BLOCK", "spec.block", Wide: true),
            Age,
        ],
        "IPAMBlock" =>
            [Name, new("CIDR", "spec.cidr"), new("AFFINITY", "spec.affinity"), new("POOL", "spec.pool"), Age],
        "WorkloadEndpoint" =>
        [
            new("NAMESPACE", "metadata.namespace"),
            Name,
            new("NODE", "spec.node"),
            new("ADDRESSES", "spec.ipNetworks"),
            new("INTERFACE", "spec.interfaceName"),
            Labels,
            new("MAC", "spec.mac", Wide: true),
            Terminating,
            Age,
        ],
        "StaticRoute" =>
        [
            Name,
            new("DESTINATION", "spec.destination"),
            new("TYPE", "spec.type"),
            new("NEXTHOPS", "spec.nextHops"),
            new("METRIC", "spec.metric"),
            new("MTU", "spec.mtu", Wide: true),
            new("NODES", "spec.nodeSelector"),
            Age,
        ],
        "FelixConfiguration" =>
        [
            Name,
            new("NATADDRESS", "spec.natOutgoingAddress"),
            new("NATPORTS", "spec.natPortRange"),
            new("NATEXCLUSIONS", "spec.natOutgoingExclusions"),
            new("NATINTERFACE", "spec.iptablesNATOutgoingInterfaceFilter"),
            Age,
        ],
        _ => kind.Namespaced ? [new("NAMESPACE", "metadata.namespace"), Name, Labels, Age] : [Name, Labels, Age],
    };

    private static DocumentNode? Find(DocumentNode resource, string path) => path.Split('.')
        .Aggregate<string, DocumentNode?>(resource, (node, key) => (node as MappingNode)?.Find(key));

    private static string Text(DocumentNode resource, Column column) => column.And is not { } other
        ? Text(Find(resource, column.Path))
        : string.Join(',', ((string[])[Text(Find(resource, column.Path)), Text(Find(resource, other))])
            .Where(text => text.Length > 0).Distinct(StringComparer.Ordinal));

    private static string Text(DocumentNode? node) => node switch
    {
        ScalarNode { Kind: ScalarKind.Null } or null => "",
        ScalarNode scalar => scalar.Text,
        SequenceNode { Items: [MappingNode, ..] } list => string.Join(' ', list.Items.Select(Text)),
        SequenceNode list => string.Join(',', list.Items.Select(Text).Select(WithoutHostLength)),
        MappingNode mapping =>
            string.Join(',', mapping.Entries.Select(entry => $"{entry.Key}={Text(entry.Value)}")),
        _ => "",
    };

    // Workloads' addresses are always /32 or /128: noise to people.
    private static string WithoutHostLength(string text) =>
        text.EndsWith("/32", StringComparison.Ordinal) ? text[..^3]
        : text.EndsWith("/128", StringComparison.Ordinal) ? text[..^4]
        : text;

    // And: the same of the other family, if it differs.
    private sealed record Column(string Heading, string Path, bool Wide = false, string? And = null);
}
