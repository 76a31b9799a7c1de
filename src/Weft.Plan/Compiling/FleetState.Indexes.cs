using System.Collections.Generic;
using System.Collections.Immutable;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Plan.Compiling;

/// <content>What goes into the indexes, and out of them: the one place that must be right for each kind.</content>
public sealed partial class FleetState
{
    private void Add(Resource resource)
    {
        _byKind = _byKind.SetItem(resource.Kind.Kind, Table(resource.Kind).SetItem(resource.Key, resource));
        switch (resource)
        {
            case IpamBlock block:
                _blocks = _blocks.SetItem(block.Cidr, block);
                _blocksAnnounced = block.Announcing ? _blocksAnnounced.SetItem(block.Cidr, block) : _blocksAnnounced;
                _blocksByPool = _blocksByPool.With(block.Pool, block.Cidr, block);
                _rangesByPool = _rangesByPool.SetItem(block.Pool, RangesOfPool(block.Pool).Add(block.Cidr));
                _blocksByNode = block.Node is { } owner ? _blocksByNode.With(owner, block.Cidr, block) : _blocksByNode;
                break;
            case NodeResource node:
                CountFamilies(node, 1);
                _nodesLeaving = node.Metadata.IsTerminating ? _nodesLeaving.SetItem(node.Metadata.Name, node) : _nodesLeaving;
                foreach (IpAddress address in AddressesOf(node))
                {
                    _nodesByAddress = _nodesByAddress.With(address, node.Metadata.Name, node);
                }

                foreach ((IpFamily, MacAddress) mac in TunnelMacsOf(node))
                {
                    _nodesByTunnelMac = _nodesByTunnelMac.With(mac, node.Metadata.Name, node);
                }

                break;
            case StaticRoute route:
                _routesByPlace = _routesByPlace.With((route.Destination, route.Metric), route.Metadata.Name, route);
                break;
            case AddressLoan loan:
                string name = loan.Metadata.Name;
                _loansByAddress = loan.Address is { } lent ? _loansByAddress.With(lent, name, loan) : _loansByAddress;
                _loansByBlock = _loansByBlock.With(loan.Block, name, loan);
                _loansByLender = _loansByLender.With(loan.Lender, name, loan);
                _loansByBorrower = _loansByBorrower.With(loan.Borrower, name, loan);
                _loansByPool = _loansByPool.With(loan.Pool, name, loan);
                _loansByDecided = _loansByDecided.With(loan.Address is not null, name, loan);
                _loansAnnounced = loan.Announcing ? _loansAnnounced.SetItem(name, loan) : _loansAnnounced;
                break;
            case WorkloadEndpoint endpoint:
                _endpointsByNode = _endpointsByNode.With(endpoint.Node, endpoint.Key, endpoint);
                _endpointsByKey = _endpointsByKey.With(endpoint.EndpointKey, endpoint.Key, endpoint);
                break;
            default:
                break;
        }
    }

    private void Remove(Resource resource)
    {
        _byKind = _byKind.SetItem(resource.Kind.Kind, Table(resource.Kind).Remove(resource.Key));
        switch (resource)
        {
            case IpamBlock block:
                _blocks = _blocks.Remove(block.Cidr);
                _blocksAnnounced = _blocksAnnounced.Remove(block.Cidr);
                _blocksByPool = _blocksByPool.Without(block.Pool, block.Cidr);
                ImmutableSortedSet<IpPrefix> rest = RangesOfPool(block.Pool).Remove(block.Cidr);
                _rangesByPool = rest.IsEmpty ? _rangesByPool.Remove(block.Pool) : _rangesByPool.SetItem(block.Pool, rest);
                _blocksByNode = block.Node is { } owner ? _blocksByNode.Without(owner, block.Cidr) : _blocksByNode;
                break;
            case NodeResource node:
                CountFamilies(node, -1);
                _nodesLeaving = _nodesLeaving.Remove(node.Metadata.Name);
                foreach (IpAddress address in AddressesOf(node))
                {
                    _nodesByAddress = _nodesByAddress.Without(address, node.Metadata.Name);
                }

                foreach ((IpFamily, MacAddress) mac in TunnelMacsOf(node))
                {
                    _nodesByTunnelMac = _nodesByTunnelMac.Without(mac, node.Metadata.Name);
                }

                break;
            case StaticRoute route:
                _routesByPlace = _routesByPlace.Without((route.Destination, route.Metric), route.Metadata.Name);
                break;
            case AddressLoan loan:
                string name = loan.Metadata.Name;
                _loansByAddress = loan.Address is { } lent ? _loansByAddress.Without(lent, name) : _loansByAddress;
                _loansByBlock = _loansByBlock.Without(loan.Block, name);
                _loansByLender = _loansByLender.Without(loan.Lender, name);
                _loansByBorrower = _loansByBorrower.Without(loan.Borrower, name);
                _loansByPool = _loansByPool.Without(loan.Pool, name);
                _loansByDecided = _loansByDecided.Without(loan.Address is not null, name);
                _loansAnnounced = _loansAnnounced.Remove(name);
                break;
            case WorkloadEndpoint endpoint:
                _endpointsByNode = _endpointsByNode.Without(endpoint.Node, endpoint.Key);
                _endpointsByKey = _endpointsByKey.Without(endpoint.EndpointKey, endpoint.Key);
                break;
            default:
                break;
        }
    }

    private static IEnumerable<IpAddress> AddressesOf(NodeResource node)
    {
        if (node.BgpIpv4Address is { } ipv4)
        {
            yield return ipv4.Address;
        }

        if (node.BgpIpv6Address is { } ipv6)
        {
            yield return ipv6.Address;
        }
    }

    private static IEnumerable<(IpFamily Family, MacAddress Mac)> TunnelMacsOf(NodeResource node)
    {
        foreach (IpFamily family in (IpFamily[])[IpFamily.Ipv4, IpFamily.Ipv6])
        {
            if (node.GivenTunnelMac(family) is { } mac)
            {
                yield return (family, mac);
            }
        }
    }

    private void CountFamilies(NodeResource node, int change)
    {
        switch (node.BgpIpv4Address, node.BgpIpv6Address)
        {
            case (not null, null):
                _nodesOnlyIpv4 += change;
                break;
            case (null, not null):
                _nodesOnlyIpv6 += change;
                break;
            default:
                break;
        }
    }
}
