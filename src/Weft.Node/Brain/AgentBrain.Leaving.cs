using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Kernel;

namespace Weft.Node.Brain;

/// <content>Links that go. The kernel tells that one is gone within a millisecond, and acknowledges it 20 later, when no
/// reader of old lists is left (rcu_barrier): whichever comes first counts, and nothing else waits for it.</content>
public sealed partial class AgentBrain
{
    /// <summary>Lets links go, behind the requests that take away what stands on them.</summary>
    private static void LetGo(KernelScope host, IEnumerable<string> names, List<BrainAction> actions)
    {
        List<int> indexes = [];
        foreach (string name in names)
        {
            if (!host.IsLeaving(name) && host.TryGetIndex(name, out int index))
            {
                host.BeginLeaving(name, index);
                indexes.Add(index);
            }
        }

        if (indexes.Count > 0)
        {
            actions.Add(new BrainAction.RemoveLinks(indexes, FreeGroups(host)));
        }
    }

    // With a group go all links that are in it, whoever's they are.
    private static uint FreeGroups(KernelScope host)
    {
        HashSet<uint> taken = [.. host.Links.Values.Select(link => link.Group).Where(group => group >= KernelNames.LeavingGroup)];
        uint first = KernelNames.LeavingGroup;
        while (Enumerable.Range(0, KernelNames.LeavingGroups).Any(i => taken.Contains(first + (uint)i)))
        {
            first += KernelNames.LeavingGroups;
        }

        return first;
    }

    // What is, or is to be, on a link that goes waits until it is gone: a new one has another index.
    private static bool WaitsForLeaving(KernelScope scope, ObjectKey key) =>
        scope.HasLeaving
        && (scope.Objects.TryGetDesired(key, out KernelObject? value) || scope.Objects.TryGetActual(key, out value))
        && scope.IsLeaving(value.StandsOn);

    // Down, without neighbours, gone: what the kernel tells of a link on its way out is no change by others.
    private bool IsOfLeaving(KernelScope host, RtnetlinkMessage message, Instant now, List<BrainAction> actions)
    {
        if (!host.HasLeaving || IndexOf(message) is not { } index || !host.IsLeaving(index))
        {
            return false;
        }

        if (message is RtnetlinkMessage.LinkChanged { Deleted: true })
        {
            Leave(host, index, new RequestOutcome(0, null, []), now, actions);
            host.EndLeaving(index, isTold: true);
        }

        return true;
    }

    private void TakeRemoved(BrainEvent.LinksRemoved removed, Instant now, List<BrainAction> actions)
    {
        KernelScope host = ScopeOf("");
        for (int i = 0; i < removed.Indexes.Count; i++)
        {
            Leave(host, removed.Indexes[i], removed.Outcomes[i], now, actions);
        }
    }

    private void Leave(KernelScope host, int index, RequestOutcome outcome, Instant now, List<BrainAction> actions)
    {
        // Of a name that another link has by now the old one was the only one that went.
        if (host.EndLeaving(index, isTold: outcome.Errno != 0) is { } name
            && (!host.TryGetIndex(name, out int known) || known == index))
        {
            TakeOutcome(host, new KernelStep(LinkObject.KeyOf(name), null), outcome, now, actions);
        }
    }

    private static int? IndexOf(RtnetlinkMessage message) => message switch
    {
        RtnetlinkMessage.LinkChanged m => m.Link.Index,
        RtnetlinkMessage.AddressChanged m => m.Address.Index,
        RtnetlinkMessage.NeighbourChanged m => m.Neighbour.Index,
        RtnetlinkMessage.FdbChanged m => m.Entry.Index,
        RtnetlinkMessage.RouteChanged m => m.Route.OutputInterface,
        RtnetlinkMessage.ConfigurationChanged m => m.Configuration.Index,
        _ => null,
    };
}
