using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>What the server asks about addresses: an account of all of them, and to free one that is leaked.</content>
public sealed partial class AgentBrain
{
    /// <summary>Requests of the server at once; one more is refused.</summary>
    public const int AskedMax = 64;

    // Requests that wait for the look which answers them; and releases that wait for their end, with the request.
    private readonly List<BrainEvent.Asked> _asked = [];
    private readonly List<AskedRelease> _askedReleases = [];

    private Instant? AskedDeadline => _askedReleases.Count == 0 ? null : _askedReleases[0].Until;

    private sealed record AskedRelease(string Id, WorkloadAssigned Record, Instant Until);

    private void TakeAsked(BrainEvent.Asked asked, List<BrainAction> actions)
    {
        if (_asked.Count + _askedReleases.Count >= AskedMax)
        {
            Refuse(asked.Id, $"{AskedMax} requests are being worked on: try again later", actions);
        }
        else if (_plan.Revision == 0)
        {
            Refuse(asked.Id, "the node has no plan yet: try again later", actions);
        }
        else
        {
            _asked.Add(asked);
        }
    }

    private void AnswerAsked(HashSet<WorkloadId> gone, Instant now, List<BrainAction> actions)
    {
        foreach (BrainEvent.Asked asked in _asked)
        {
            switch (asked.Request)
            {
                case AgentRequest.Audit:
                    actions.Add(new BrainAction.Reply(asked.Id, new AgentReply.Audited(Account(gone, now))));
                    break;
                case AgentRequest.ReleaseAddress release:
                    ReleaseOnRequest(asked.Id, release.Address, gone, now, actions);
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }

        _asked.Clear();
    }

    private static void Refuse(string id, string why, List<BrainAction> actions) =>
        actions.Add(new BrainAction.Reply(id, new AgentReply.Refused(why)));

    private NodeAudit Account(HashSet<WorkloadId> gone, Instant now)
    {
        KernelScope host = ScopeOf("");
        List<AuditedAddress> addresses = [];
        foreach (Assignment assignment in _book.Workloads)
        {
            WorkloadAssigned record = assignment.Record;
            addresses.AddRange(record.Addresses.Select(address => new AuditedAddress
            {
                Address = address,
                Use = AddressUse.Workload,
                Owner = record.Id.ToString(),
                State = StateOf(assignment, gone),
                NetworkNamespace = record.NetworkNamespace,
                ContainerId = record.ContainerId,
                HostInterface = KernelNames.HostInterface(record.Id),
                FreedInSeconds = _leaking.TryGetValue(record.Id, out Suspicion? suspicion)
                    ? (int)System.Math.Max(0, suspicion.Since.After(_leakGrace).Since(now).TotalSeconds)
                    : null,
            }));
        }

        foreach (IpAddress tunnel in Families.Select(_book.TunnelOf).OfType<IpAddress>())
        {
            addresses.Add(new AuditedAddress
            {
                Address = tunnel,
                Use = AddressUse.Tunnel,
                Owner = _node,
                State = host.Objects.Actual.Values.Any(held => held is AddressObject there && there.Address.Address == tunnel)
                    ? AddressState.InUse
                    : AddressState.Connecting,
            });
        }

        addresses.AddRange(_book.Loans.Select(loan => new AuditedAddress
        {
            Address = loan.Address,
            Use = AddressUse.Lent,
            Owner = BorrowerOf(loan.Loan),
            State = AddressState.InUse,
        }));
        return new NodeAudit
        {
            PlanRevision = _plan.Revision,
            Blocks = [.. OwnBlocks.Select(block => block.Cidr).Order()],
            Addresses = [.. addresses.OrderBy(address => address.Address)],
            Resting = [.. _book.Resting(now, _addresses.Cooldown)
                .Select(resting => new RestingAddress(resting.Address, (int)System.Math.Ceiling(resting.Left.TotalSeconds)))
                .OrderBy(resting => resting.Address)],
            Unknown = [.. host.Objects.Actual.Values.OfType<RouteObject>()
                .Where(route => route.Metric == RouteMetrics.Workload && route.Destination.Length == route.Destination.Address.BitLength
                    && !_book.IsTaken(route.Destination.Address))
                .Select(route => route.Destination.Address).Order()],
        };
    }

    private string BorrowerOf(string loan) =>
        _plan.TryGet(LoanEntry.KeyOf(loan), out PlanEntry? entry) && entry is LoanEntry known ? known.Borrower : $"loan {loan}";

    private AddressState StateOf(Assignment assignment, HashSet<WorkloadId> gone)
    {
        WorkloadId id = assignment.Record.Id;
        return 0 switch
        {
            _ when assignment.Releasing => AddressState.Disconnecting,
            _ when HasLink(id) => AddressState.InUse,
            _ when !gone.Contains(id) => AddressState.Connecting,
            _ => IsKept(id) ? AddressState.Kept : AddressState.Leaked,
        };
    }

    // The same proof as the collector's, without its grace: an administrator asks for it.
    private void ReleaseOnRequest(string request, IpAddress address, HashSet<WorkloadId> gone, Instant now, List<BrainAction> actions)
    {
        if (_book.Workloads.FirstOrDefault(w => w.Record.Addresses.Contains(address)) is not { } assignment)
        {
            Refuse(request, WhyNotReleased(address), actions);
            return;
        }

        WorkloadAssigned record = assignment.Record;
        if (assignment.Releasing)
        {
            _askedReleases.Add(new AskedRelease(request, record, now.After(CallLimit)));
        }
        else if (_calls.Any(c => c.Workload == record.Id))
        {
            Refuse(request, $"{record.Id} has {address}, and its runtime is connecting or disconnecting it now", actions);
        }
        else if (HasLink(record.Id))
        {
            Refuse(request, $"{record.Id} uses {address}: its link {KernelNames.HostInterface(record.Id)} is there", actions);
        }
        else if (!gone.Contains(record.Id))
        {
            Refuse(request, $"{record.Id} has {address}: its network namespace {record.NetworkNamespace} is there", actions);
        }
        else if (_addresses.JournalBrokenUntil > now)
        {
            Refuse(request, "the address journal cannot be written now: see weft status", actions);
        }
        else
        {
            Reclaim(record, "(asked by an administrator)", actions);
            _askedReleases.Add(new AskedRelease(request, record, now.After(CallLimit)));
        }
    }

    private string WhyNotReleased(IpAddress address) => 0 switch
    {
        _ when Families.Any(family => _book.TunnelOf(family) == address) =>
            $"{address} is the tunnel address of {_node}: the node needs it as long as a pool is encapsulated",
        _ when _book.Loans.FirstOrDefault(loan => loan.Address == address) is { } lent =>
            $"{address} is lent to {BorrowerOf(lent.Loan)}: it comes back when nobody uses it there",
        _ when _book.IsTaken(address) => $"{address} is in use",
        _ when OwnBlocks.Any(block => block.Cidr.Contains(address)) => $"{address} is nobody's: it is free",
        _ => $"{address} is in no block of {_node}",
    };

    private void FinishAskedReleases(Instant now, List<BrainAction> actions)
    {
        foreach (AskedRelease asked in _askedReleases.ToList())
        {
            (string id, WorkloadAssigned record, Instant until) = asked;
            bool isHeld = _book.TryGet(record.Id, out Assignment? assignment) && assignment.Record.Equals(record);
            if (!isHeld)
            {
                actions.Add(new BrainAction.Reply(id, new AgentReply.Released(record.Id.ToString())));
            }
            else if (!assignment!.Releasing)
            {
                Refuse(id, "the address journal cannot be written now: see weft status", actions);
            }

            else if (until <= now)
            {
                Refuse(id, $"{record.Id} is being disconnected, and that did not come to an end within {CallLimit.TotalSeconds:0} s: see weft status", actions);
            }
            else
            {
                continue;
            }

            _askedReleases.Remove(asked);
        }
    }
}
