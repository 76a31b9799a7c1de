using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;

namespace Weft.Node.Kernel;

/// <summary>What the brain knows of one network namespace: what should be there, what is, and its links.</summary>
internal sealed class KernelScope(string path)
{
    private readonly Dictionary<string, Link> _links = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _names = [];
    private readonly Dictionary<int, SortedSet<string>> _linksInto = [];
    private readonly List<InterfaceAddress> _addresses = [];
    private readonly Dictionary<uint, NextHopObject> _nextHops = [];
    private readonly Dictionary<NextHopObject, uint> _nextHopIds = [];
    private readonly HashSet<uint> _foreignIds = [];
    private uint _lastNextHop = KernelNames.NextHopIdMin - 1;
    private readonly Dictionary<string, HashSet<string>> _ensured = new(StringComparer.Ordinal);

    // By index: the name, until it is gone; and of what is gone, until its last notice.
    private readonly Dictionary<int, string?> _leaving = [];
    private readonly HashSet<string> _leavingNames = new(StringComparer.Ordinal);

    /// <summary>The path of the namespace; empty for the node's own.</summary>
    public string Path { get; } = path;

    /// <summary>Whether this is the node's own namespace.</summary>
    public bool IsHost => Path.Length == 0;

    /// <summary>Whether this is our table of nf_tables, in the node's own namespace.</summary>
    public bool IsRuleset => Path == KernelNames.RulesetScope;

    /// <summary>Our objects, desired and actual.</summary>
    public DeltaMap<ObjectKey, KernelObject> Objects { get; } = new(o => IsWorkloadLink(o.StandsOn) ? o.StandsOn : null);

    /// <summary>What is there and stands on a device. Of a workload's link it costs what that has, however many routes the node
    /// has.</summary>
    public IReadOnlyList<KernelObject> Standing(string device) => IsWorkloadLink(device)
        ? Objects.ActualOf(device)
        : [.. Objects.Actual.Values.Where(o => o.StandsOn == device)];

    /// <summary>The far ends that veths are made with, by the near end's name.</summary>
    public Dictionary<string, VethPeerObject> Peers { get; } = new(StringComparer.Ordinal);

    /// <summary>Addresses of the workload that are not this node's any more: ours to remove, whoever put them there.</summary>
    public HashSet<IpAddress> Lost { get; } = [];

    /// <summary>Addresses of all links of this namespace, ours and others', in the kernel's order.</summary>
    public IReadOnlyList<InterfaceAddress> Addresses => _addresses;

    /// <summary>Whether the namespace was read since the brain started.</summary>
    public bool IsRead { get; set; }

    /// <summary>Whether something may have changed behind our back, so that the namespace must be read again.</summary>
    public bool IsDirty { get; set; } = true;

    /// <summary>Whether its path leads nowhere while our link into it lives: it cannot be looked into, nor put right.
    /// </summary>
    public bool IsBlind { get; set; }

    /// <summary>When to read it again.</summary>
    public Instant? ReadAt { get; set; }

    /// <summary>Links that we made a moment ago, and when.</summary>
    public Dictionary<string, Instant> Newborn { get; } = new(StringComparer.Ordinal);

    /// <summary>Newborn links of which a notice told what they are not meant to be, and until when another notice may take
    /// that back.</summary>
    public SortedDictionary<string, Instant> Doubts { get; } = new(StringComparer.Ordinal);

    /// <summary>Addresses that the kernel has taken and may not listen to yet: an IPv6 address is one of its own only when a
    /// work queue has made its local route (addrconf_dad_work), a moment after it was acknowledged.</summary>
    public SortedSet<ObjectKey> Unsettled { get; } = [];

    /// <summary>When to ask for them again.</summary>
    public Instant? SettleAt { get; set; }

    /// <summary>How long the last time between two questions was.</summary>
    public TimeSpan SettlePause { get; set; }

    /// <summary>The batch that the kernel has not answered yet.</summary>
    public KernelBatch? InFlight { get; set; }

    /// <summary>Objects that the kernel refused, and when to try again.</summary>
    public SortedDictionary<ObjectKey, Refusal> Refusals { get; } = [];

    /// <summary>Links that must be deleted and made anew: what is fixed at birth is wrong.</summary>
    public SortedSet<string> Rebirths { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether links are on their way out, or something may yet be told of such.</summary>
    public bool HasLeaving => _leaving.Count > 0;

    /// <summary>Whether the link of a name is on its way out: the kernel was asked, and has not told that it is gone.</summary>
    public bool IsLeaving(string device) => _leavingNames.Contains(device);

    /// <summary>Whether the kernel may yet tell of a link that goes, or has gone.</summary>
    public bool IsLeaving(int index) => _leaving.ContainsKey(index);

    /// <summary>Notes that the kernel is asked to take a link away.</summary>
    public void BeginLeaving(string device, int index)
    {
        _leaving[index] = device;
        _leavingNames.Add(device);
        Doubts.Remove(device);
    }

    /// <summary>Notes that a link is gone, or stays after all.</summary>
    /// <param name="index">The link.</param>
    /// <param name="isTold">Whether nothing more will be told of it.</param>
    /// <returns>Its name; none if that was known, or nobody asked for it.</returns>
    public string? EndLeaving(int index, bool isTold)
    {
        string? name = _leaving.GetValueOrDefault(index);
        if (name is not null)
        {
            _leavingNames.Remove(name);
            _leaving[index] = null;
        }

        if (isTold)
        {
            _leaving.Remove(index);
        }

        return name;
    }

    /// <summary>Links whose settings (sysctl) must be looked at, when they are there; the empty name stands for the
    /// settings that belong to no link.</summary>
    public SortedSet<string> SettingsDue { get; } = new(StringComparer.Ordinal);

    /// <summary>All links, ours and others', by name.</summary>
    public IReadOnlyDictionary<string, Link> Links => _links;

    /// <summary>Whether nothing is to do here, nor to wait for, until something happens to it.</summary>
    public bool IsQuiet => IsRead && !IsDirty && !IsBlind && InFlight is null && Objects.Pending.Count == 0
        && Refusals.Count == 0 && Rebirths.Count == 0 && SettingsDue.Count == 0 && Doubts.Count == 0
        && Unsettled.Count == 0;

    /// <summary>The links whose far end is in the namespace that this one calls by an id, in the order of names.</summary>
    public IReadOnlyCollection<string> LinksInto(int namespaceId) =>
        _linksInto.TryGetValue(namespaceId, out SortedSet<string>? names) ? names : [];

    /// <summary>Whether a link of ours is there.</summary>
    public bool HasLink(string device) => Objects.TryGetActual(LinkObject.KeyOf(device), out _);

    /// <summary>The index of a link by name.</summary>
    public bool TryGetIndex(string device, out int index)
    {
        bool found = _links.TryGetValue(device, out Link? link);
        index = found ? link!.Index : 0;
        return found;
    }

    /// <summary>A link by index.</summary>
    public Link? LinkAt(int index) =>
        _names.TryGetValue(index, out string? name) ? _links.GetValueOrDefault(name) : null;

    /// <summary>The name of a link by index.</summary>
    public string? NameOf(int index) => _names.GetValueOrDefault(index);

    /// <summary>The number of a next-hop object.</summary>
    public bool TryGetNextHop(NextHopObject nextHop, out uint id) => _nextHopIds.TryGetValue(nextHop, out id);

    /// <summary>Our next-hop object of a number.</summary>
    public NextHopObject? NextHopAt(uint id) => _nextHops.GetValueOrDefault(id);

    /// <summary>A number for a next-hop object that is to be made; the next that nobody has.</summary>
    public uint NumberOf(NextHopObject nextHop)
    {
        if (!_nextHopIds.TryGetValue(nextHop, out uint id))
        {
            do
            {
                _lastNextHop = _lastNextHop == KernelNames.NextHopIdMax ? KernelNames.NextHopIdMin : _lastNextHop + 1;
            }
            while (_nextHops.ContainsKey(_lastNextHop) || _foreignIds.Contains(_lastNextHop));
            id = _lastNextHop;
            See(id, nextHop);
        }

        return id;
    }

    /// <summary>Takes a next-hop object over from the kernel; none if one of our numbers is used by others.</summary>
    public void See(uint id, NextHopObject? nextHop)
    {
        if (nextHop is null)
        {
            _foreignIds.Add(id);
        }
        else
        {
            _nextHops[id] = nextHop;
            _nextHopIds[nextHop] = id;
        }
    }

    /// <summary>Forgets a next-hop object that is gone.</summary>
    public void Lose(NextHopObject nextHop)
    {
        if (_nextHopIds.Remove(nextHop, out uint id))
        {
            _nextHops.Remove(id);
        }
    }

    /// <summary>Takes a link over from the kernel.</summary>
    public void See(Link link)
    {
        if (_names.TryGetValue(link.Index, out string? before) && before != link.Name)
        {
            Remove(before);
        }

        Remove(link.Name);
        _links[link.Name] = link;
        _names[link.Index] = link.Name;
        if (link.LinkNamespaceId is { } id)
        {
            if (!_linksInto.TryGetValue(id, out SortedSet<string>? names))
            {
                names = new(StringComparer.Ordinal);
                _linksInto.Add(id, names);
            }

            names.Add(link.Name);
        }
    }

    /// <summary>Whether a device is the host's side of a workload's link.</summary>
    public static bool IsWorkloadLink(string device) => KernelNames.IsOurs(device) && !KernelNames.IsTunnel(device);

    private Link? Remove(string device)
    {
        if (_links.Remove(device, out Link? link) && link.LinkNamespaceId is { } id && _linksInto.TryGetValue(id, out SortedSet<string>? names)
            && names.Remove(device) && names.Count == 0)
        {
            _linksInto.Remove(id);
        }

        return link;
    }

    /// <summary>Takes an address over from the kernel, or its end.</summary>
    public void See(InterfaceAddress address, bool deleted)
    {
        int at = _addresses.FindIndex(a => a.Index == address.Index && a.Address == address.Address);
        if (deleted && at >= 0)
        {
            _addresses.RemoveAt(at);
        }
        else if (!deleted && at >= 0)
        {
            _addresses[at] = address;
        }
        else if (!deleted)
        {
            _addresses.Add(address);
        }
    }

    /// <summary>Notes that a setting was found right or put right.</summary>
    /// <returns>Whether it is the first time: one that differs later was turned by somebody.</returns>
    public bool Ensure(string device, string setting)
    {
        if (!_ensured.TryGetValue(device, out HashSet<string>? settings))
        {
            settings = new(StringComparer.Ordinal);
            _ensured.Add(device, settings);
        }

        return settings.Add(setting);
    }

    /// <summary>Forgets what settings a link had: a new one begins with the kernel's, and nobody turned them.</summary>
    public void ForgetSettings(string device) => _ensured.Remove(device);

    /// <summary>Forgets a link that is gone.</summary>
    public void Lose(string device)
    {
        Newborn.Remove(device);
        Doubts.Remove(device);
        Unsettled.RemoveWhere(key => key.Id.EndsWith($" dev {device}", StringComparison.Ordinal));
        ForgetSettings(device);
        if (Remove(device) is { } link)
        {
            _names.Remove(link.Index);
            _addresses.RemoveAll(a => a.Index == link.Index);
        }
    }

    /// <summary>Forgets all links, and all that is known by a number, before they are read anew.</summary>
    public void LoseLinks()
    {
        _links.Clear();
        _names.Clear();
        _linksInto.Clear();
        _addresses.Clear();
        _nextHops.Clear();
        _nextHopIds.Clear();
        _foreignIds.Clear();
        foreach (int gone in _leaving.Where(l => l.Value is null).Select(l => l.Key).ToList())
        {
            _leaving.Remove(gone); // Its notice may have been lost.
        }
    }

    /// <summary>Takes a complete reading over: what is not in it is not there.</summary>
    public void Observe(IReadOnlyDictionary<ObjectKey, KernelObject> reading)
    {
        foreach (ObjectKey gone in Objects.Actual.Keys.Where(k => !reading.ContainsKey(k)).ToList())
        {
            Objects.Observe(gone, null);
        }

        foreach ((ObjectKey key, KernelObject value) in reading)
        {
            Objects.Observe(key, value);
        }
    }

    /// <summary>Keys that differ and may be tried now, in the order of making.</summary>
    public IEnumerable<ObjectKey> Due(Instant now) =>
        Objects.Pending.Where(k => IsDue(k, now));

    /// <summary>Whether an object may be tried now: it was not refused, or long enough ago.</summary>
    public bool IsDue(ObjectKey key, Instant now) =>
        !Refusals.TryGetValue(key, out Refusal? refusal) || refusal.RetryAt <= now;
}

/// <summary>A batch on its way to the kernel: what each request is for.</summary>
/// <param name="Number">The batch's number.</param>
/// <param name="Steps">One per request; none of a reading.</param>
/// <param name="Reads">What the requests read; nothing if they change something.</param>
internal sealed record KernelBatch(int Number, IReadOnlyList<KernelStep> Steps, Reads Reads);

/// <summary>What a batch reads.</summary>
internal enum Reads : byte
{
    /// <summary>Nothing: it makes, changes and removes.</summary>
    Nothing,

    /// <summary>All that may be ours in a namespace.</summary>
    All,

    /// <summary>The proxy neighbours, of whose end the kernel does not tell.</summary>
    Proxies,

    /// <summary>The host's ways to the outside, by which its own addresses are chosen.</summary>
    Ways,

    /// <summary>Whether addresses that were given a moment ago are listened to.</summary>
    Settling,

    /// <summary>Nothing but whether this kernel can make an IPIP device: one is made and taken away.</summary>
    IpipTrial,

    /// <summary>Of our table of nf_tables all but the elements of sets; and the base chains of others.</summary>
    Ruleset,

    /// <summary>The elements of the sets that are there, and what others' rules say of our packets.</summary>
    Elements,
}

/// <summary>What one request does.</summary>
/// <param name="Key">The object that it is about.</param>
/// <param name="After">The object if the request succeeds; none if it takes the object away.</param>
/// <param name="Birth">Whether it makes a link, whose index is not known before.</param>
/// <param name="Lookup">Whether it only asks for a link.</param>
internal readonly record struct KernelStep(ObjectKey Key, KernelObject? After, bool Birth = false, bool Lookup = false);

/// <summary>Why the kernel refused an object.</summary>
/// <param name="Text">The error, in words.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="RetryAt">When to try again.</param>
internal sealed record Refusal(string Text, int Attempts, Instant RetryAt);
