using System;
using System.Linq;
using Weft.Model.Documents;

namespace Weft.Model.Resources;

/// <summary>The kinds that can be stored. To add one: a record, a binder and writer in its file, a line here.</summary>
public static class ResourceKinds
{
    /// <summary>The API version of kinds of our own.</summary>
    public const string WeftApiVersion = "weft.dev/v1";

    private const string Calico = "projectcalico.org/v3";

    /// <summary><see cref="Resources.IpPool"/>.</summary>
    public static ResourceKind IpPool { get; } = new()
    {
        ApiVersion = Calico,
        Kind = "IPPool",
        Plural = "ippools",
        Singular = "ippool",
        ShortNames = ["pool", "pools"],
    };

    /// <summary><see cref="NodeResource"/>.</summary>
    public static ResourceKind Node { get; } = new()
    {
        ApiVersion = Calico,
        Kind = "Node",
        Plural = "nodes",
        Singular = "node",
    };

    /// <summary><see cref="NamespaceResource"/>.</summary>
    public static ResourceKind Namespace { get; } = new()
    {
        ApiVersion = "v1",
        Kind = "Namespace",
        Plural = "namespaces",
        Singular = "namespace",
        ShortNames = ["ns"],
    };

    /// <summary><see cref="Resources.WorkloadEndpoint"/>.</summary>
    public static ResourceKind WorkloadEndpoint { get; } = new()
    {
        ApiVersion = Calico,
        Kind = "WorkloadEndpoint",
        Plural = "workloadendpoints",
        Singular = "workloadendpoint",
        ShortNames = ["workload", "workloads", "wep", "weps"],
        Namespaced = true,
    };

    /// <summary><see cref="Resources.IpamBlock"/>.</summary>
    public static ResourceKind IpamBlock { get; } = new()
    {
        ApiVersion = Calico,
        Kind = "IPAMBlock",
        Plural = "ipamblocks",
        Singular = "ipamblock",
        ShortNames = ["block", "blocks"],
        ReadOnly = true,
    };

    /// <summary><see cref="Resources.StaticRoute"/>.</summary>
    public static ResourceKind StaticRoute { get; } = new()
    {
        ApiVersion = WeftApiVersion,
        Kind = "StaticRoute",
        Plural = "staticroutes",
        Singular = "staticroute",
        ShortNames = ["sroute", "sroutes"],
    };

    /// <summary><see cref="Resources.FelixConfiguration"/>.</summary>
    public static ResourceKind FelixConfiguration { get; } = new()
    {
        ApiVersion = Calico,
        Kind = "FelixConfiguration",
        Plural = "felixconfigurations",
        Singular = "felixconfiguration",
        ShortNames = ["felixconfig", "felixconfigs"],
    };

    /// <summary><see cref="Resources.IpReservation"/>.</summary>
    public static ResourceKind IpReservation { get; } = new()
    {
        ApiVersion = Calico,
        Kind = "IPReservation",
        Plural = "ipreservations",
        Singular = "ipreservation",
        ShortNames = ["reservation", "reservations"],
    };

    /// <summary><see cref="Resources.IpamConfiguration"/>.</summary>
    public static ResourceKind IpamConfiguration { get; } = new()
    {
        ApiVersion = Calico,
        Kind = "IPAMConfiguration",
        Plural = "ipamconfigurations",
        Singular = "ipamconfiguration",
        ShortNames = ["ipamconfig", "ipamconfigs"],
    };

    /// <summary><see cref="Resources.AddressLoan"/>.</summary>
    public static ResourceKind AddressLoan { get; } = new()
    {
        ApiVersion = WeftApiVersion,
        Kind = "AddressLoan",
        Plural = "addressloans",
        Singular = "addressloan",
        ShortNames = ["loan", "loans"],
        ReadOnly = true,
    };

    /// <summary>All of them, in the order in which a reader should see them.</summary>
    public static ValueList<ResourceKind> All { get; } =
    [
        Namespace, Node, IpPool, IpReservation, IpamConfiguration, IpamBlock, AddressLoan, WorkloadEndpoint, StaticRoute,
        FelixConfiguration,
    ];

    /// <summary>The kind of a document; none if it is not known.</summary>
    public static ResourceKind? Find(string apiVersion, string kind) =>
        All.FirstOrDefault(known => known.ApiVersion == apiVersion && known.Kind == kind);

    /// <summary>The kind at a path of the API, <c>/apis/{group}/{version}/{plural}</c>; none if it is not known.</summary>
    public static ResourceKind? FindByPath(string group, string version, string plural) =>
        All.FirstOrDefault(known => known.Group == group && known.Version == version && known.Plural == plural);

    /// <summary>The kind that a person means: plural, singular, short name or kind, in any case.</summary>
    public static ResourceKind? FindByWord(string word) => All.FirstOrDefault(known =>
        Same(word, known.Plural) || Same(word, known.Singular) || Same(word, known.Kind)
        || known.ShortNames.Any(name => Same(word, name)));

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
