using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Weft.Model.Binding;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Plan.Compiling;

/// <summary>All resources at one revision, with the indexes that plans and the store's guards ask for.</summary>
/// <remarks>Never changes: a commit makes the next one, which shares all but the changed paths with this one. So a
/// reader needs no lock, and what a plan was at an earlier revision can still be asked.</remarks>
public sealed partial class FleetState : IFleetFacts
{
    private const int OverlapsMax = 10;

    private ImmutableDictionary<string, ImmutableSortedDictionary<ResourceKey, Resource>> _byKind =
        ImmutableDictionary.Create<string, ImmutableSortedDictionary<ResourceKey, Resource>>(StringComparer.Ordinal);

    private ImmutableSortedDictionary<IpPrefix, IpamBlock> _blocks = ImmutableSortedDictionary<IpPrefix, IpamBlock>.Empty;
    private FleetGrouping<string, IpPrefix, IpamBlock> _blocksByNode = FleetGrouping<string, IpPrefix, IpamBlock>.None();
    private FleetGrouping<string, IpPrefix, IpamBlock> _blocksByPool = FleetGrouping<string, IpPrefix, IpamBlock>.None();

    // The same ranges once more, by their place in the order: for the next free one.
    private ImmutableDictionary<string, ImmutableSortedSet<IpPrefix>> _rangesByPool =
        ImmutableDictionary.Create<string, ImmutableSortedSet<IpPrefix>>(StringComparer.Ordinal);

    private FleetGrouping<string, ResourceKey, WorkloadEndpoint> _endpointsByNode =
        FleetGrouping<string, ResourceKey, WorkloadEndpoint>.None();

    private FleetGrouping<EndpointKey, ResourceKey, WorkloadEndpoint> _endpointsByKey =
        FleetGrouping<EndpointKey, ResourceKey, WorkloadEndpoint>.None();

    private FleetGrouping<IpAddress, string, NodeResource> _nodesByAddress =
        FleetGrouping<IpAddress, string, NodeResource>.None(StringComparer.Ordinal);

    private FleetGrouping<(IpFamily, MacAddress), string, NodeResource> _nodesByTunnelMac =
        FleetGrouping<(IpFamily, MacAddress), string, NodeResource>.None(StringComparer.Ordinal);

    private FleetGrouping<(IpPrefix, int), string, StaticRoute> _routesByPlace =
        FleetGrouping<(IpPrefix, int), string, StaticRoute>.None(StringComparer.Ordinal);

    private FleetGrouping<IpAddress, string, AddressLoan> _loansByAddress =
        FleetGrouping<IpAddress, string, AddressLoan>.None(StringComparer.Ordinal);

    private FleetGrouping<IpPrefix, string, AddressLoan> _loansByBlock =
        FleetGrouping<IpPrefix, string, AddressLoan>.None(StringComparer.Ordinal);

    private FleetGrouping<string, string, AddressLoan> _loansByLender =
        FleetGrouping<string, string, AddressLoan>.None(StringComparer.Ordinal);

    private FleetGrouping<string, string, AddressLoan> _loansByBorrower =
        FleetGrouping<string, string, AddressLoan>.None(StringComparer.Ordinal);

    private FleetGrouping<string, string, AddressLoan> _loansByPool =
        FleetGrouping<string, string, AddressLoan>.None(StringComparer.Ordinal);

    private FleetGrouping<bool, string, AddressLoan> _loansByDecided =
        FleetGrouping<bool, string, AddressLoan>.None(StringComparer.Ordinal);

    private ImmutableSortedDictionary<IpPrefix, IpamBlock> _blocksAnnounced = ImmutableSortedDictionary<IpPrefix, IpamBlock>.Empty;

    private ImmutableSortedDictionary<string, AddressLoan> _loansAnnounced =
        ImmutableSortedDictionary.Create<string, AddressLoan>(StringComparer.Ordinal);

    private ImmutableSortedDictionary<string, NodeResource> _nodesLeaving =
        ImmutableSortedDictionary.Create<string, NodeResource>(StringComparer.Ordinal);

    private int _nodesOnlyIpv4;
    private int _nodesOnlyIpv6;

    private FleetState(long revision) => Revision = revision;

    /// <summary>A fleet without resources, at revision 0.</summary>
    public static FleetState Empty { get; } = new(0);

    /// <summary>The store's revision.</summary>
    public long Revision { get; }

    /// <summary>All resources, in no promised order of kinds.</summary>
    public IEnumerable<Resource> All => _byKind.Values.SelectMany(kind => kind.Values);

    /// <summary>The nodes, by name.</summary>
    public IEnumerable<NodeResource> Nodes => OfKind(ResourceKinds.Node).Cast<NodeResource>();

    /// <summary>The nodes that are being removed, by name.</summary>
    public IEnumerable<NodeResource> NodesLeaving => _nodesLeaving.Values;

    /// <summary>How many nodes there are.</summary>
    public int NodeCount => Table(ResourceKinds.Node).Count;

    /// <summary>The pools, by name.</summary>
    public IReadOnlyList<IpPool> Pools { get; private set; } = [];

    /// <summary>The static routes, by name.</summary>
    public IReadOnlyList<StaticRoute> StaticRoutes { get; private set; } = [];

    /// <summary>All blocks, in the order of their addresses.</summary>
    public IEnumerable<IpamBlock> Blocks => _blocks.Values;

    /// <summary>The blocks that the other nodes are still being told of, in the order of their addresses.</summary>
    public IEnumerable<IpamBlock> BlocksAnnounced => _blocksAnnounced.Values;

    /// <summary>The loans of which the other nodes are still being told, by name.</summary>
    public IEnumerable<AddressLoan> LoansAnnounced => _loansAnnounced.Values;

    /// <summary>The loans of single addresses, by name.</summary>
    public IEnumerable<AddressLoan> Loans => OfKind(ResourceKinds.AddressLoan).Cast<AddressLoan>();

    /// <summary>The reservations, by name.</summary>
    public IEnumerable<IpReservation> Reservations => OfKind(ResourceKinds.IpReservation).Cast<IpReservation>();

    /// <summary>The namespaces that have a resource, by name.</summary>
    public IEnumerable<NamespaceResource> Namespaces => OfKind(ResourceKinds.Namespace).Cast<NamespaceResource>();

    /// <summary>How addresses are given out; none if nobody said.</summary>
    public IpamConfiguration? IpamConfiguration => Find(
        new ResourceKey(ResourceKinds.IpamConfiguration.Kind, "", Model.Resources.IpamConfiguration.TheName)) as IpamConfiguration;

    /// <summary>The resources of a kind, by namespace and name.</summary>
    public IEnumerable<Resource> OfKind(ResourceKind kind) => Table(kind).Values;

    /// <summary>The resource under a key, or none.</summary>
    public Resource? Find(ResourceKey key) => _byKind.GetValueOrDefault(key.Kind)?.GetValueOrDefault(key);

    /// <summary>The node of a name, or none.</summary>
    public NodeResource? FindNode(string name) => Find(new ResourceKey(ResourceKinds.Node.Kind, "", name)) as NodeResource;

    /// <summary>The pool of a name, or none.</summary>
    public IpPool? FindPool(string name) => Find(new ResourceKey(ResourceKinds.IpPool.Kind, "", name)) as IpPool;

    /// <summary>The block of a range, or none.</summary>
    public IpamBlock? FindBlock(IpPrefix cidr) => _blocks.GetValueOrDefault(cidr);

    /// <summary>The block that holds an address, or none.</summary>
    public IpamBlock? FindBlockOf(IpAddress address) => Pools
        .Where(pool => pool.Cidr.Contains(address))
        .Select(pool => FindBlock(new IpPrefix(address, pool.BlockSize)))
        .FirstOrDefault(block => block is not null);

    /// <summary>The loan of a name, or none.</summary>
    public AddressLoan? FindLoan(string name) => Find(new ResourceKey(ResourceKinds.AddressLoan.Kind, "", name)) as AddressLoan;

    /// <summary>The loan that an address was lent by, or none.</summary>
    public AddressLoan? FindLoanOf(IpAddress address) => _loansByAddress.Of(address).FirstOrDefault();

    /// <summary>The reservation of a name, or none.</summary>
    public IpReservation? FindReservation(string name) =>
        Find(new ResourceKey(ResourceKinds.IpReservation.Kind, "", name)) as IpReservation;

    /// <summary>The namespace of a name, or none.</summary>
    public NamespaceResource? FindNamespace(string name) =>
        Find(new ResourceKey(ResourceKinds.Namespace.Kind, "", name)) as NamespaceResource;

    /// <summary>The endpoint that is this interface of this workload, or none.</summary>
    public WorkloadEndpoint? FindEndpoint(EndpointKey key) => _endpointsByKey.Of(key).FirstOrDefault();

    /// <summary>The static route of a name, or none.</summary>
    public StaticRoute? FindStaticRoute(string name) =>
        Find(new ResourceKey(ResourceKinds.StaticRoute.Kind, "", name)) as StaticRoute;

    /// <summary>The configuration for all nodes, or none.</summary>
    public FelixConfiguration? FelixOfAll => FindFelix(FelixConfiguration.DefaultName);

    /// <summary>The configuration for one node, or none.</summary>
    public FelixConfiguration? FelixOfNode(string node) => FindFelix(FelixConfiguration.NameOf(node));

    /// <inheritdoc/>
    public IReadOnlyList<IpPool> Overlapping(IpPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return [.. Pools
            .Where(other => other.Metadata.Name != pool.Metadata.Name && other.Cidr.Overlaps(pool.Cidr))
            .OrderBy(other => other.Cidr)
            .Take(OverlapsMax)];
    }

    /// <inheritdoc/>
    public IEnumerable<string> NodesAt(IpAddress address) =>
        _nodesByAddress.Of(address).Select(node => node.Metadata.Name);

    /// <inheritdoc/>
    public IEnumerable<string> NodesWithTunnelMac(IpFamily family, MacAddress mac) =>
        _nodesByTunnelMac.Of((family, mac)).Select(node => node.Metadata.Name);

    /// <inheritdoc/>
    public IEnumerable<ResourceKey> EndpointsOf(EndpointKey key) =>
        _endpointsByKey.Of(key).Select(endpoint => endpoint.Key);

    /// <inheritdoc/>
    public IEnumerable<StaticRoute> RoutesAt(IpPrefix destination, int metric) => _routesByPlace.Of((destination, metric));

    /// <summary>How many nodes have an underlay address of this family, and none of the other.</summary>
    public int NodesWithOnly(IpFamily family) => family == IpFamily.Ipv4 ? _nodesOnlyIpv4 : _nodesOnlyIpv6;

    /// <summary>A node's blocks, in the order of their addresses.</summary>
    public IReadOnlyCollection<IpamBlock> BlocksOfNode(string node) => _blocksByNode.Of(node);

    /// <summary>A pool's blocks, in the order of their addresses.</summary>
    public IReadOnlyCollection<IpamBlock> BlocksOfPool(string pool) => _blocksByPool.Of(pool);

    /// <summary>The ranges of a pool's blocks.</summary>
    public ImmutableSortedSet<IpPrefix> RangesOfPool(string pool) =>
        _rangesByPool.GetValueOrDefault(pool, ImmutableSortedSet<IpPrefix>.Empty);

    /// <summary>The loans out of a block, by name.</summary>
    public IReadOnlyCollection<AddressLoan> LoansOfBlock(IpPrefix block) => _loansByBlock.Of(block);

    /// <summary>The loans out of a node's blocks, by name.</summary>
    public IReadOnlyCollection<AddressLoan> LoansOfLender(string node) => _loansByLender.Of(node);

    /// <summary>What a node borrows, by name.</summary>
    public IReadOnlyCollection<AddressLoan> LoansOfBorrower(string node) => _loansByBorrower.Of(node);

    /// <summary>The loans that have no address yet, by name.</summary>
    public IReadOnlyCollection<AddressLoan> LoansUndecided => _loansByDecided.Of(false);

    /// <summary>A pool's loans, by name.</summary>
    public IReadOnlyCollection<AddressLoan> LoansOfPool(string pool) => _loansByPool.Of(pool);

    /// <summary>A node's workload endpoints, by namespace and name.</summary>
    public IReadOnlyCollection<WorkloadEndpoint> EndpointsOfNode(string node) => _endpointsByNode.Of(node);

    /// <summary>The state after a commit.</summary>
    public FleetState With(long revision, IReadOnlyList<ResourceChange> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        FleetState next = new(revision)
        {
            _byKind = _byKind,
            _blocks = _blocks,
            _blocksByNode = _blocksByNode,
            _blocksByPool = _blocksByPool,
            _rangesByPool = _rangesByPool,
            _endpointsByNode = _endpointsByNode,
            _endpointsByKey = _endpointsByKey,
            _nodesByAddress = _nodesByAddress,
            _nodesByTunnelMac = _nodesByTunnelMac,
            _routesByPlace = _routesByPlace,
            _loansByAddress = _loansByAddress,
            _loansByBlock = _loansByBlock,
            _loansByLender = _loansByLender,
            _loansByBorrower = _loansByBorrower,
            _loansByPool = _loansByPool,
            _loansByDecided = _loansByDecided,
            _nodesLeaving = _nodesLeaving,
            _blocksAnnounced = _blocksAnnounced,
            _loansAnnounced = _loansAnnounced,
            StaticRoutes = StaticRoutes,
            _nodesOnlyIpv4 = _nodesOnlyIpv4,
            _nodesOnlyIpv6 = _nodesOnlyIpv6,
            Pools = Pools,
        };

        // Removals first: what leaves a place makes room for what comes there in the same commit.
        foreach (ResourceChange change in changes)
        {
            if (change.Before is { } before)
            {
                next.Remove(before);
            }
        }

        foreach (ResourceChange change in changes)
        {
            if (change.After is { } after)
            {
                next.Add(after);
            }
        }

        // Few, and asked for every entry: picked out when they change.
        if (changes.Any(change => (change.After ?? change.Before) is IpPool))
        {
            next.Pools = [.. next.OfKind(ResourceKinds.IpPool).Cast<IpPool>()];
        }

        if (changes.Any(change => (change.After ?? change.Before) is StaticRoute))
        {
            next.StaticRoutes = [.. next.OfKind(ResourceKinds.StaticRoute).Cast<StaticRoute>()];
        }

        return next;
    }

    private ImmutableSortedDictionary<ResourceKey, Resource> Table(ResourceKind kind) =>
        _byKind.GetValueOrDefault(kind.Kind, ImmutableSortedDictionary<ResourceKey, Resource>.Empty);

    private FelixConfiguration? FindFelix(string name) =>
        Find(new ResourceKey(ResourceKinds.FelixConfiguration.Kind, "", name)) as FelixConfiguration;
}
