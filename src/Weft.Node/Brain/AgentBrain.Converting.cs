using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Allocation;
using Weft.Node.Converting;
using Weft.Node.Kernel;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Brain;

/// <content>What is desired: the entries of the plan and the assignments of the journal, converted to kernel objects
/// where they, or the node's own facts, have changed.</content>
public sealed partial class AgentBrain
{
    // Which objects each source (an entry of the plan, a workload) asks for; who asks for each object, in the order of
    // names: of several the first counts, whoever came first; and the sources to convert anew.
    private readonly Dictionary<string, List<(string Scope, ObjectKey Key)>> _objectsOf =
        new(StringComparer.Ordinal);

    private readonly Dictionary<(string Scope, ObjectKey Key), List<(string Source, Wanted Wanted)>> _askers = [];

    private readonly SortedSet<string> _touched = new(StringComparer.Ordinal);

    // This kernel has no IPIP: said by its refusal, and believed until a trial succeeds, with each reading of everything.
    private bool _lacksIpip;
    private bool _tellsNoIpip;
    private bool _ipipTrialDue;

    /// <summary>The node's own facts; when they change, everything is converted anew.</summary>
    private void UpdateFacts()
    {
        NodeFacts facts = new(
            Self,
            FindUnderlay(IpFamily.Ipv4),
            FindUnderlay(IpFamily.Ipv6),
            _addresses.IsTunnelUnwritten ? _facts.TunnelIpv4 : _book.TunnelOf(IpFamily.Ipv4),
            _addresses.IsTunnelUnwritten ? _facts.TunnelIpv6 : _book.TunnelOf(IpFamily.Ipv6),
            HasIpv4: Pools.Any(p => p.Cidr.Family == IpFamily.Ipv4),
            HasIpv6: Pools.Any(p => p.Cidr.Family == IpFamily.Ipv6),
            _lacksIpip);
        if (facts == _facts)
        {
            return;
        }

        // While the underlay interface is being renamed or renumbered, what is there stays there.
        if (facts.Self == _facts.Self)
        {
            facts = facts with
            {
                Ipv4 = facts.Ipv4 ?? (_facts.Ipv4 is { } ipv4 ? ipv4 with { IsThere = false } : null),
                Ipv6 = facts.Ipv6 ?? (_facts.Ipv6 is { } ipv6 ? ipv6 with { IsThere = false } : null),
            };
        }

        if (facts != _facts)
        {
            _ipipTrialDue |= _lacksIpip && facts.Self != _facts.Self;
            _waysInDue = true;
            _facts = facts;
            UnderlaySettingsAreDue(ScopeOf(""));
            foreach (IpFamily outer in Families)
            {
                FindSmallMtu(outer);
            }

            if (facts.Self is not { Ipip: true } || !facts.LacksIpip)
            {
                _findings.Remove("ipip");
            }

            _touched.UnionWith(_plan.Entries.Select(e => e.Key));
            _touched.UnionWith(_book.Workloads.Select(w => SourceOf(w.Record.Id)));
        }
    }

    // RFC 8200, section 5: IPv6 needs links of 1280 bytes. Over IPv6, IPv4 routes have IPv6 next hops, too.
    private void FindSmallMtu(IpFamily outer)
    {
        string finding = $"mtu {outer}";
        _findings.Remove(finding);
        if ((_facts.HasIpv6 || outer == IpFamily.Ipv6) && _facts.HasVxlanOver(outer)
            && _facts.TunnelMtu(outer, TunnelOverhead.VxlanOver(outer)) is < NodeFacts.Ipv6MtuMin and uint left)
        {
            Find(finding, FindingSeverity.Error, $"the MTU of {_facts.UnderlayOf(outer)!.Device}, {_facts.UnderlayOf(outer)!.Mtu}, leaves "
                + $"{left} in VXLAN over {NameOf(outer)}, and IPv6 needs {NodeFacts.Ipv6MtuMin}: no {(outer == IpFamily.Ipv6 ? "" : "IPv6 ")}block is reached that way; "
                + "raise it", $"Node/{_node}");
        }
    }

    private Underlay? FindUnderlay(IpFamily family)
    {
        string finding = $"underlay {family}";
        if ((family == IpFamily.Ipv4 ? Self?.Ipv4 : Self?.Ipv6) is not { Address: var address })
        {
            _findings.Remove(finding);
            return null;
        }

        // Of several interfaces that have it, the first by name. While the kernel still looks for duplicates of it,
        // nothing can be sent from it.
        KernelScope host = ScopeOf("");
        Link? found = null;
        foreach (InterfaceAddress held in host.Addresses)
        {
            if (held.Address.Address == address && (held.Flags & (AddressFlags.Tentative | AddressFlags.DadFailed)) == 0
                && host.LinkAt(held.Index) is { } link && !KernelNames.IsOurs(link.Name)
                && (found is null || string.CompareOrdinal(link.Name, found.Name) < 0))
            {
                found = link;
            }
        }

        if (found is not null)
        {
            _findings.Remove(finding);
            return new Underlay(found.Name, found.Mtu);
        }

        if (host.IsRead)
        {
            Find(finding, FindingSeverity.Error, $"no interface of this node has {address}, the address of its Node resource: "
                + $"add it; or where spec.bgp.{(family == IpFamily.Ipv4 ? "ipv4Address" : "ipv6Address")} was given, correct it or leave it out",
                $"Node/{_node}");
        }

        return null;
    }

    private void ConvertTouched()
    {
        HashSet<string> left = [.. _book.TakeLeft()];
        TouchSiblings(left);
        foreach (string source in _touched)
        {
            List<Wanted> wanted =
            [
                .. WantedBy(source),
                .. RulesetWantedBy(source).Select(o => new Wanted(KernelNames.RulesetScope, o)),
            ];
            HashSet<(string, ObjectKey)> kept = [.. wanted.Select(w => (w.Scope, w.Object.Key))];
            foreach ((string scope, ObjectKey key) in _objectsOf.GetValueOrDefault(source) ?? [])
            {
                if (!kept.Contains((scope, key)))
                {
                    left.Add(scope);
                    Ask(source, scope, key, null);
                }
            }

            foreach (Wanted want in wanted)
            {
                Ask(source, want.Scope, want.Object.Key, want);
            }

            FollowLost(source);
            if (wanted.Count == 0)
            {
                _objectsOf.Remove(source);
            }
            else
            {
                _objectsOf[source] = [.. wanted.Select(w => (w.Scope, w.Object.Key))];
            }
        }

        _touched.Clear();
        ForgetEmptyScopes(left);
    }

    // A former run may have left an address in a workload that is not this node's any more: nothing else says that it is ours to remove.
    private void FollowLost(string source)
    {
        if (IdOf(source) is { } id && _book.TryGet(id, out Assignment? assignment)
            && _scopes.TryGetValue(assignment.Record.NetworkNamespace, out KernelScope? scope))
        {
            foreach (IpAddress address in assignment.Record.Addresses)
            {
                _ = _addresses.WhyLost(address) is null ? scope.Lost.Remove(address) : scope.Lost.Add(address);
            }
        }
    }

    // Interfaces of one workload answer for each other: what one may send, and how strictly its way back is looked at, depends
    // on whether there are others.
    private void TouchSiblings(HashSet<string> gone)
    {
        HashSet<string> paths = [.. gone];
        foreach (string source in _touched)
        {
            if (IdOf(source) is { } id && _book.TryGet(id, out Assignment? assignment))
            {
                paths.Add(assignment.Record.NetworkNamespace);
            }
        }

        foreach (string path in paths)
        {
            IReadOnlyList<Assignment> siblings = [.. _book.In(path)];
            _touched.UnionWith(siblings.Select(s => SourceOf(s.Record.Id)));
            foreach (Assignment one in siblings.Count > 1 || gone.Contains(path) ? siblings : [])
            {
                ScopeOf("").ForgetSettings(KernelNames.HostInterface(one.Record.Id)); // Else ours would pass for others' changes.
            }
        }
    }

    /// <summary>The workload's interfaces in a network namespace, as they are on disk.</summary>
    private IEnumerable<Assignment> InterfacesIn(string path) =>
        _book.In(path).Where(w => !w.Releasing && !_unwritten.ContainsKey(w.Record.Id));

    private bool HasSiblings(string path) => InterfacesIn(path).Skip(1).Any();

    // Two sources may ask for one object: a block changes its owner, two nodes are given one address by mistake.
    private void Ask(string source, string path, ObjectKey key, Wanted? wanted)
    {
        if (!_askers.TryGetValue((path, key), out List<(string Source, Wanted Wanted)>? askers))
        {
            askers = new(1);
            _askers.Add((path, key), askers);
        }

        askers.RemoveAll(a => a.Source == source);
        if (wanted is { } value)
        {
            int at = askers.FindIndex(a => string.CompareOrdinal(a.Source, source) > 0);
            askers.Insert(at < 0 ? askers.Count : at, (source, value));
        }

        KernelScope scope = ScopeOf(path);
        scope.Objects.TryGetDesired(key, out KernelObject? before);
        if (askers.Count == 0)
        {
            _askers.Remove((path, key));
            CountInnerSet(before, null);
            scope.Objects.Desire(key, null);
            return;
        }

        Wanted first = askers[0].Wanted;
        CountInnerSet(before, first.Object);
        scope.Objects.Desire(key, first.Object);
        if (first.Object is LinkObject link && (scope.IsHost || link.OwnsLinkLocal || HasSiblings(path)))
        {
            scope.SettingsDue.Add(link.Name);
            if (first.Peer is { } peer)
            {
                scope.Peers[link.Name] = peer;
            }
        }
    }

    private IEnumerable<Wanted> WantedBy(string source)
    {
        if (_plan.TryGet(source, out PlanEntry? entry))
        {
            return Conversion.Of(entry, _facts);
        }

        return IdOf(source) is { } id && _book.TryGet(id, out Assignment? assignment)
            && !_unwritten.ContainsKey(id) && !_detached.ContainsKey(id)
            ? Conversion.Of(_addresses.Ours(assignment), _facts)
            : [];
    }

    private void ForgetEmptyScopes(IEnumerable<string> left)
    {
        foreach (string path in left.Where(p => p.Length > 0 && p != KernelNames.RulesetScope && _book.In(p).All(w => w.Releasing)))
        {
            _scopes.Remove(path);
            _awake.Remove(path);
            _awakeNow = null;
            _findings.Remove($"reading {path}");
        }
    }
}
