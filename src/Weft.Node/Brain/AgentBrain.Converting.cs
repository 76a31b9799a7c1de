using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
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
    private readonly SortedDictionary<string, List<(string Scope, ObjectKey Key)>> _objectsOf =
        new(StringComparer.Ordinal);

    private readonly Dictionary<(string Scope, ObjectKey Key), List<(string Source, Wanted Wanted)>> _askers = [];

    private readonly SortedSet<string> _touched = new(StringComparer.Ordinal);

    /// <summary>The node's own facts; when they change, everything is converted anew.</summary>
    private void UpdateFacts()
    {
        IpAddress? tunnel = _tunnelUnwritten ? _facts.Tunnel : _book.Tunnel;
        NodeFacts facts = new(Self, FindUnderlay(), tunnel);
        if (facts == _facts)
        {
            return;
        }

        // While the underlay interface is being renamed or renumbered, what is there stays there.
        if (facts.Underlay is null && _facts.Underlay is not null && facts.Self == _facts.Self)
        {
            facts = facts with { Underlay = _facts.Underlay };
        }

        if (facts != _facts)
        {
            _facts = facts;
            _touched.UnionWith(_plan.Entries.Select(e => e.Key));
            _touched.UnionWith(_book.Workloads.Select(w => SourceOf(w.Record.Id)));
        }
    }

    private Underlay? FindUnderlay()
    {
        KernelScope host = ScopeOf("");
        if (Self?.Ipv4?.Address is not { } address)
        {
            return null;
        }

        foreach ((string device, IpInterfaceAddress held) in host.Addresses.OrderBy(a => a.Device, StringComparer.Ordinal))
        {
            if (held.Address == address && host.Links.TryGetValue(device, out Netlink.Rtnetlink.Link? link))
            {
                _findings.Remove("underlay");
                return new Underlay(device, link.Mtu);
            }
        }

        if (host.IsRead)
        {
            Find("underlay", FindingSeverity.Error, $"no interface of this node has {address}, the address of its "
                + $"Node resource: add it, or correct spec.bgp.ipv4Address", $"Node/{_node}");
        }

        return null;
    }

    private void ConvertTouched()
    {
        foreach (string source in _touched)
        {
            List<Wanted> wanted = [.. WantedBy(source)];
            HashSet<(string, ObjectKey)> kept = [.. wanted.Select(w => (w.Scope, w.Object.Key))];
            foreach ((string scope, ObjectKey key) in _objectsOf.GetValueOrDefault(source) ?? [])
            {
                if (!kept.Contains((scope, key)))
                {
                    Ask(source, scope, key, null);
                }
            }

            foreach (Wanted want in wanted)
            {
                Ask(source, want.Scope, want.Object.Key, want);
            }

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
        ForgetEmptyScopes();
    }

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
        if (askers.Count == 0)
        {
            _askers.Remove((path, key));
            scope.Objects.Desire(key, null);
            return;
        }

        Wanted first = askers[0].Wanted;
        scope.Objects.Desire(key, first.Object);
        if (first.Object is LinkObject link && scope.IsHost)
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
            ? Conversion.Of(assignment, _facts)
            : [];
    }

    private void ForgetEmptyScopes()
    {
        HashSet<string> used = [.. _book.Workloads.Where(w => !w.Releasing).Select(w => w.Record.NetworkNamespace)];
        foreach (string path in _scopes.Keys.Where(p => p.Length > 0 && !used.Contains(p)).ToList())
        {
            _scopes.Remove(path);
        }
    }
}
