using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;

namespace Weft.Server.Ipam;

/// <summary>Compares the store with what nodes' journals and kernels say of addresses. A pure function.</summary>
internal sealed class IpamComparison
{
    private readonly FleetState _state;
    private readonly IReadOnlyDictionary<string, NodeAudit> _audits;
    private readonly IReadOnlyDictionary<string, string> _away;
    private readonly List<IpamProblem> _problems = [];
    private readonly List<CheckedAddress> _addresses = [];

    private IpamComparison(
        FleetState state, IReadOnlyDictionary<string, NodeAudit> audits, IReadOnlyDictionary<string, string> away) =>
        (_state, _audits, _away) = (state, audits, away);

    /// <summary>The comparison.</summary>
    /// <param name="state">The store.</param>
    /// <param name="audits">What agents said, by node.</param>
    /// <param name="away">Nodes whose agents did not answer, and why.</param>
    public static IpamCheck Of(
        FleetState state, IReadOnlyDictionary<string, NodeAudit> audits, IReadOnlyDictionary<string, string> away)
    {
        IpamComparison comparison = new(state, audits, away);
        comparison.CompareNodes();
        comparison.FindDoubled();
        comparison.FindWrongBlocks();
        comparison.FindHomeless();
        return new IpamCheck
        {
            Revision = state.Revision,
            Nodes = [.. audits.Keys.Order(StringComparer.Ordinal)],
            Away = [.. away.Keys.Order(StringComparer.Ordinal)],
            Addresses = [.. comparison._addresses.OrderBy(a => a.Address).ThenBy(a => a.Node, StringComparer.Ordinal).ThenBy(a => a.Use)],
            Problems = [.. comparison._problems.OrderBy(p => p.MendsItself).ThenBy(p => p.Kind).ThenBy(p => p.Node, StringComparer.Ordinal)
                .ThenBy(p => p.Address).ThenBy(p => p.Message, StringComparer.Ordinal)],
        };
    }

    /// <summary>Tells a problem from others: of two that have the same, one was seen twice.</summary>
    public static object IdentityOf(IpamProblem problem) =>
        (problem.Kind, problem.Node, problem.Address, problem.Address is null ? problem.Message : null);

    private void CompareNodes()
    {
        foreach (string node in _state.Nodes.Select(node => node.Metadata.Name))
        {
            if (_audits.TryGetValue(node, out NodeAudit? audit))
            {
                Compare(node, audit);
                continue;
            }

            foreach (StoredAddress stored in AddressesInUse.OfNode(_state, node))
            {
                Take(stored, null);
            }

            Report(IpamProblemKind.Away, node, null, $"the agent of {node} did not answer ({_away.GetValueOrDefault(node, "it is not connected")}): "
                + "of its addresses only the store was asked", $"start it on {node}, or delete the Node if the host is gone for good", false);
        }
    }

    private void Compare(string node, NodeAudit audit)
    {
        Dictionary<(IpAddress, string), StoredAddress> stored = AddressesInUse.OfNode(_state, node)
            .DistinctBy(address => (address.Address, address.Owner)).ToDictionary(address => (address.Address, address.Owner));
        foreach (AuditedAddress known in audit.Addresses)
        {
            Take(new StoredAddress(known.Address, node, known.Use, known.Owner), known.State);
            JudgeState(node, known);
            if (known.Use == AddressUse.Lent)
            {
                JudgeLoan(node, known);
                continue; // Its workload is the borrower's to account for.
            }

            if (!stored.Remove((known.Address, known.Owner)) && known.State != AddressState.Disconnecting)
            {
                Report(IpamProblemKind.NotInStore, node, known.Address, $"{known.Address} is {known.Owner}'s on {node}, and the store does not say so",
                    "by itself: the agent tells the store", true);
            }

            JudgeBlock(node, known);
        }

        foreach (AddressLoan loan in _state.LoansOfLender(node)
            .Where(loan => loan.Address is { } lent && !audit.Addresses.Any(known => known.Use == AddressUse.Lent && known.Address == lent)))
        {
            Report(IpamProblemKind.OnlyInStore, node, loan.Address, $"the store says that {node} lends {loan.Address} to {loan.Borrower}, and its agent knows nothing of it",
                "by itself: the agent journals it", true);
        }

        foreach (StoredAddress only in stored.Values)
        {
            Report(IpamProblemKind.OnlyInStore, node, only.Address, $"the store says that {only.Address} is {only.Owner}'s on {node}, and its agent knows nothing of it",
                "by itself: the agent tells the store", true);
        }

        foreach (IpAddress unknown in audit.Unknown)
        {
            Report(IpamProblemKind.NotInJournal, node, unknown, $"the kernel of {node} sends {unknown} to a link of ours, and its journal gives it to nobody",
                "by itself: the agent takes the route away", true);
        }
    }

    private void JudgeLoan(string node, AuditedAddress known)
    {
        if (_state.FindLoanOf(known.Address)?.Lender != node)
        {
            Report(IpamProblemKind.NotInStore, node, known.Address, $"{known.Address} is lent by {node} to {known.Owner}, and the store does not say so",
                "by itself: the agent takes it back", true);
        }
    }

    private void JudgeState(string node, AuditedAddress known)
    {
        string gone = $"{known.Address} is {known.Owner}'s on {node}, which is gone: network namespace {known.NetworkNamespace} and link {known.HostInterface}";
        switch (known.State)
        {
            case AddressState.Leaked:
                Report(IpamProblemKind.Leaked, node, known.Address, gone, (known.FreedInSeconds is { } seconds
                    ? $"by itself in {seconds} s" : "by itself when it has been so for a while") + $", or now: weft ipam release --ip {known.Address}", true);
                break;
            case AddressState.Kept:
                Report(IpamProblemKind.Kept, node, known.Address, $"{gone}; its WorkloadEndpoint keeps the address",
                    $"connect it again, or weft ipam release --ip {known.Address}", false);
                break;
            case AddressState.Connecting:
                Report(IpamProblemKind.NotInKernel, node, known.Address, $"{known.Address} is {known.Owner}'s on {node}, and not in its kernel",
                    "by itself: the agent puts it there; weft status says what hinders it", true);
                break;
            default:
                break;
        }
    }

    private void JudgeBlock(string node, AuditedAddress known)
    {
        if (_state.FindLoanOf(known.Address) is { } loan && loan.Borrower == node)
        {
            return;
        }

        IpamBlock? block = _state.FindBlockOf(known.Address);
        if (block?.Node != node)
        {
            bool isLost = block is null && _state.Pools.Any(pool => pool.Cidr.Contains(known.Address));
            Report(IpamProblemKind.OutsideBlocks, node, known.Address, $"{known.Address} is {known.Owner}'s on {node}, and "
                + (block is null ? "the store gives its block to nobody" : $"its block {block.Cidr} is {block.Node ?? block.Affinity}'s"),
                isLost ? "by itself: the agent asks for the block; weft status says what hinders it"
                : known.Use == AddressUse.Tunnel ? $"restart the agent of {node}" : $"disconnect {known.Owner} and connect it again: it gets another address",
                isLost);
        }
    }

    // An address that is lent is in two journals, and used in one.
    private void FindDoubled()
    {
        foreach (IGrouping<IpAddress, CheckedAddress> group in _addresses.Where(a => a.Use != AddressUse.Lent).GroupBy(a => a.Address))
        {
            if (group.Count() > 1)
            {
                string owners = string.Join(" and ", group.Select(a => $"{a.Owner} on {a.Node}"));
                Report(IpamProblemKind.Doubled, null, group.Key, $"{group.Key} is in use twice: by {owners}",
                    $"disconnect {group.Last().Owner} on {group.Last().Node} and connect it again: it gets another address", false);
            }
        }
    }

    private void FindWrongBlocks()
    {
        IpamBlock? before = null;
        foreach (IpamBlock block in _state.Blocks)
        {
            string owner = block.Node ?? block.Affinity;
            if (_state.FindPool(block.Pool) is not { } pool || !pool.Cidr.Contains(block.Cidr) || pool.BlockSize != block.Cidr.Length)
            {
                Report(IpamProblemKind.WrongBlock, owner, block.Cidr.Address, $"block {block.Cidr} of {owner} is no block of IPPool {block.Pool}",
                    $"delete Node {owner} and apply it again: its blocks go with it", false);
            }

            if (before is not null && before.Cidr.Overlaps(block.Cidr))
            {
                Report(IpamProblemKind.WrongBlock, owner, block.Cidr.Address, $"block {block.Cidr} of {owner} overlaps {before.Cidr} of {before.Node ?? before.Affinity}",
                    $"delete Node {owner} and apply it again: its blocks go with it", false);
            }

            before = before is not null && before.Cidr.Contains(block.Cidr) ? before : block;
        }
    }

    private void FindHomeless()
    {
        foreach (IpamBlock block in _state.Blocks.Where(block => block.Node is { } node && _state.FindNode(node) is null))
        {
            Report(IpamProblemKind.NoNode, block.Node, block.Cidr.Address, $"block {block.Cidr} is {block.Node}'s, and there is no such Node",
                $"apply Node {block.Node} and delete it: its blocks go with it", false);
        }

        foreach (WorkloadEndpoint endpoint in _state.OfKind(ResourceKinds.WorkloadEndpoint).Cast<WorkloadEndpoint>()
            .Where(endpoint => endpoint.IpNetworks.Count > 0 && _state.FindNode(endpoint.Node) is null))
        {
            Report(IpamProblemKind.NoNode, endpoint.Node, endpoint.IpNetworks[0].Address,
                $"{endpoint.Key} has {endpoint.IpNetworks[0].Address} on {endpoint.Node}, and there is no such Node",
                $"weft delete workload {endpoint.Metadata.Name} -n {endpoint.Metadata.Namespace}", false);
            foreach (IpPrefix network in endpoint.IpNetworks)
            {
                Take(new StoredAddress(network.Address, endpoint.Node, AddressUse.Workload, AddressesInUse.NameOf(endpoint)), null);
            }
        }
    }

    private void Take(StoredAddress stored, AddressState? state) => _addresses.Add(new CheckedAddress
    {
        Address = stored.Address,
        Node = stored.Node,
        Use = stored.Use,
        Owner = stored.Owner,
        State = state,
        Pool = _state.Pools.FirstOrDefault(pool => pool.Cidr.Contains(stored.Address))?.Metadata.Name,
        Block = _state.FindBlockOf(stored.Address)?.Cidr,
    });

    private void Report(IpamProblemKind kind, string? node, IpAddress? address, string message, string mend, bool mendsItself) =>
        _problems.Add(new IpamProblem
        {
            Kind = kind,
            Node = node,
            Address = address,
            Message = message,
            Mend = mend,
            MendsItself = mendsItself,
        });
}
