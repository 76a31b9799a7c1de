using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Weft.Model.Documents;
using Weft.Net;

namespace Weft.Model.Resources;

/// <summary>A namespace of resources (Kubernetes' <c>Namespace</c>): labels that selectors of namespaces match, and the
/// pools of its workloads.</summary>
public sealed record NamespaceResource : Resource
{
    /// <summary>The annotation that names a namespace's IPv4 pools: a JSON list of names or CIDRs, as text.</summary>
    public const string Ipv4PoolsAnnotation = "cni.projectcalico.org/ipv4pools";

    /// <summary>The same for IPv6.</summary>
    public const string Ipv6PoolsAnnotation = "cni.projectcalico.org/ipv6pools";

    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.Namespace;

    /// <summary>The annotation of a family's pools.</summary>
    public static string PoolsAnnotation(IpFamily family) =>
        family == IpFamily.Ipv4 ? Ipv4PoolsAnnotation : Ipv6PoolsAnnotation;

    /// <summary>Names or CIDRs of the pools of a family; empty if the namespace names none, or not as it should.</summary>
    public ValueList<string> PoolsOf(IpFamily family) =>
        Metadata.Annotations.TryGetValue(PoolsAnnotation(family), out string? text) && TryParsePools(text, out ValueList<string>? pools)
            ? pools
            : [];

    /// <summary>Reads the value of an annotation that names pools.</summary>
    public static bool TryParsePools(string text, [NotNullWhen(true)] out ValueList<string>? pools)
    {
        pools = null;
        if (JsonText.ParseOne(Encoding.UTF8.GetBytes(text), null, []) is not SequenceNode list)
        {
            return false;
        }

        List<string> names = [];
        foreach (DocumentNode item in list.Items)
        {
            if (item is not ScalarNode { Kind: ScalarKind.String, Text.Length: > 0 } name)
            {
                return false;
            }

            names.Add(name.Text);
        }

        pools = [.. names];
        return true;
    }
}
