using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Brain;
using Weft.Node.Kernel;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>A kernel of tables: takes the very bytes that the brain sends, refuses what Linux refuses, answers dumps
/// with encoded messages, and tells of changes. Namespaces are named by path; the node's own is the empty one.</summary>
internal sealed class FakeKernel
{
    private readonly SortedDictionary<string, FakeNamespace> _spaces = new(StringComparer.Ordinal);
    private int _lastId;

    public FakeKernel()
    {
        Ruleset = new(device => _spaces.TryGetValue("", out FakeNamespace? host) && host.Find(device) is not null);
        AddNamespace("");
    }

    /// <summary>What is to be told; the brain's own changes of the node's namespace are not in it, as with the real
    /// notices that carry the sender's port.</summary>
    public Queue<BrainEvent> Notices { get; } = new();

    public SortedDictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

    /// <summary>Ends of the paths of settings that this kernel does not have.</summary>
    public List<string> Missing { get; } = [];

    /// <summary>Tunnel devices below which the hardware spoils the checksums that are left to it.</summary>
    public HashSet<string> Spoils { get; } = new(StringComparer.Ordinal);

    /// <summary>IPv6 addresses that are acknowledged, and not listened to yet: their local routes are made later.</summary>
    public HashSet<IpAddress> Unsettled { get; } = [];

    /// <summary>Addresses at which nobody answers.</summary>
    public HashSet<IpAddress> Deaf { get; } = [];

    /// <summary>Links that leave no checksums to the hardware.</summary>
    public HashSet<int> FinishesChecksums { get; } = [];

    /// <summary>The error for a request; 0 lets it pass.</summary>
    public Func<NetlinkRequest, int> Refuse { get; set; } = _ => 0;

    public int Changes { get; private set; }

    public int Dumps { get; private set; }

    public FakeRuleset Ruleset { get; }

    public FakeNamespace Host => _spaces[""];

    public IReadOnlyCollection<string> Paths => _spaces.Keys;

    public void AddNamespace(string path)
    {
        FakeNamespace space = new(_lastId++) { LinkGone = path.Length == 0 ? Ruleset.LoseLink : _ => { } };
        _spaces[path] = space;
        FakeLink lo = space.Make(new Link { Index = 0, Name = "lo", Mtu = 65536, Flags = LinkFlags.Up | LinkFlags.Loopback });
        space.Put(new InterfaceAddress { Index = lo.Link.Index, Address = IpInterfaceAddress.Parse("127.0.0.1/8") });
    }

    /// <summary>Takes a namespace away, and the far ends of its links with it.</summary>
    public void RemoveNamespace(string path)
    {
        foreach (FakeLink link in _spaces[path].Links.Values.ToList())
        {
            RemovePeer(link);
        }

        _spaces.Remove(path);
    }

    /// <summary>Takes a namespace's path away; what lives in it goes on.</summary>
    public void HidePath(string path)
    {
        _spaces.Remove(path, out FakeNamespace? space);
        _spaces[$"{path} without a path"] = space!;
    }

    public FakeNamespace? Find(string path) => _spaces.GetValueOrDefault(path);

    /// <summary>Gives the node its underlay interface.</summary>
    public void AddUnderlay(string address, uint mtu = 1500, string device = "eth0")
    {
        FakeLink eth0 = Host.Find(device) ?? Host.Make(new Link
        {
            Index = 0,
            Name = device,
            Address = new MacAddress(0x02_00_00_00_00_01),
            Mtu = mtu,
            Flags = LinkFlags.Up,
        });
        Host.Put(new InterfaceAddress { Index = eth0.Link.Index, Address = IpInterfaceAddress.Parse(address) });
    }

    /// <summary>Carries a batch out, as the shell does: at most the first requests, if it is to be cut off.</summary>
    public BrainEvent.KernelAnswered Execute(BrainAction.SendNetlink batch, int limit = int.MaxValue)
    {
        List<RequestOutcome> outcomes = [];
        foreach (NetlinkRequest request in batch.Requests.Take(limit))
        {
            int refused = Refuse(request);
            outcomes.Add(refused != 0 ? new RequestOutcome(refused, null, [])
                : !_spaces.TryGetValue(batch.Scope, out FakeNamespace? space)
                    || request.References.Any(r => !_spaces.ContainsKey(r.Namespace))
                    ? new RequestOutcome(KernelErrno.ENOENT, $"open {batch.Scope}: no such file", [])
                    : Do(batch.Scope, space, request));
        }

        return new BrainEvent.KernelAnswered(batch.Scope, batch.Batch, outcomes);
    }

    /// <summary>Takes links away as the real one does: tells of it, and answers when it is asked to.</summary>
    public BrainEvent.LinksRemoved Remove(BrainAction.RemoveLinks links, int limit = int.MaxValue)
    {
        List<RequestOutcome> outcomes = [];
        foreach (int index in links.Indexes.Take(limit))
        {
            NetlinkRequest request = LinkRequests.Delete(index);
            int refused = Refuse(request);
            outcomes.Add(refused != 0 ? new RequestOutcome(refused, null, []) : Do("", Host, request, foreign: true));
        }

        return new BrainEvent.LinksRemoved(links.Indexes, outcomes);
    }

    public BrainEvent.SysctlAnswered Ensure(BrainAction.EnsureSysctl setting)
    {
        string key = $"{setting.Scope} {setting.Path}";
        if (Missing.Any(m => setting.Path.EndsWith(m, StringComparison.Ordinal)))
        {
            return new BrainEvent.SysctlAnswered(setting.Scope, setting.Path, "no such file (ENOENT)");
        }

        string? found = Settings.GetValueOrDefault(key) ?? (setting.Path.EndsWith("/accept_ra", StringComparison.Ordinal) ? "1" : "0");
        if (found == setting.Value || (setting.From is { } from && found != from))
        {
            return new BrainEvent.SysctlAnswered(setting.Scope, setting.Path, null, null, found);
        }

        Settings[key] = setting.Value;
        return new BrainEvent.SysctlAnswered(setting.Scope, setting.Path, null, found, setting.Value);
    }

    public BrainEvent.OffloadProbed Probe(BrainAction.ProbeOffload probe) => new(probe.Probe, Host.Find(probe.Device) switch
    {
        null => OffloadVerdict.Unknown,
        { } link when FinishesChecksums.Contains(link.Link.Index) => OffloadVerdict.Off,
        _ when Deaf.Contains(probe.Target) => OffloadVerdict.Unknown,
        _ => Spoils.Contains(probe.Device) ? OffloadVerdict.Broken : OffloadVerdict.Works,
    });

    /// <summary>Turns the offload of a link; the kernel tells everybody of the link.</summary>
    public BrainEvent.OffloadSet Set(BrainAction.SetOffload offload)
    {
        if (Host.Find(offload.Device) is not { } link)
        {
            return new BrainEvent.OffloadSet(offload.Device, "no such device (ENODEV)", false);
        }

        bool changed = offload.On ? FinishesChecksums.Remove(link.Link.Index) : FinishesChecksums.Add(link.Link.Index);
        if (changed)
        {
            Tell("", Host, link.ToMessage(), foreign: true);
        }

        return new BrainEvent.OffloadSet(offload.Device, null, changed);
    }

    /// <summary>Somebody else sends a request; the kernel tells of it.</summary>
    public int DoForeign(string path, NetlinkRequest request) => Do(path, _spaces[path], request, foreign: true).Errno;

    /// <summary>All of ours, everywhere, as text.</summary>
    public string Ours() => string.Join('\n', _spaces
        .SelectMany(s => s.Value.Ours(s.Key.Length == 0).Select(line => $"{s.Key}: {line}"))
        .Concat(Settings.Where(s => IsPresent(s.Key)).Select(s => $"setting {s.Key}={s.Value}"))
        .Concat(Ruleset.Lines())
        .Order(StringComparer.Ordinal));

    private bool IsPresent(string setting)
    {
        string[] parts = setting.Split('/');
        if (parts.Length < 3)
        {
            return true;
        }

        // What a new link has anyway.
        if (parts[^1] == "rp_filter" && Settings[setting] == "0")
        {
            return false;
        }

        // A link that is told how to answer for the IPv6 gateway goes on knowing it when its workload gets IPv4 only: without
        // the proxy neighbour it has no effect.
        bool answersOnly = parts[3] is "forwarding" or "proxy_ndp" or "proxy_delay" && KernelNames.IsOurs(parts[2]);
        return Host.Find(parts[2]) is not null && (!answersOnly || Host.IsProxy(parts[2], KernelNames.GatewayV6));
    }

    private RequestOutcome Do(string path, FakeNamespace space, NetlinkRequest request, bool foreign = false)
    {
        RtnetlinkType type = (RtnetlinkType)request.Header.Type;
        if (type == RtnetlinkType.RTM_GETROUTE && !request.IsDump)
        {
            return Lookup(space, request);
        }

        if (request.IsDump || type == RtnetlinkType.RTM_GETLINK)
        {
            Dumps++;
            return Read(space, request, type);
        }

        Changes++;
        RtnetlinkMessage? meaning = Decode(request.Bytes.Span);
        int errno = meaning switch
        {
            RtnetlinkMessage.LinkChanged { Deleted: true } m => RemoveLink(path, space, m.Link, foreign),
            RtnetlinkMessage.LinkChanged m => SetLink(path, space, m.Link, request, foreign),
            RtnetlinkMessage.AddressChanged { Deleted: true } m => space.Delete(m.Address),
            RtnetlinkMessage.AddressChanged m => space.Put(m.Address),
            RtnetlinkMessage.NeighbourChanged { Deleted: true } m => space.Delete(m.Neighbour),
            RtnetlinkMessage.NeighbourChanged m => space.Put(m.Neighbour),
            RtnetlinkMessage.FdbChanged { Deleted: true } m => space.Delete(m.Entry),
            RtnetlinkMessage.FdbChanged m => space.Put(m.Entry),
            RtnetlinkMessage.NextHopChanged { Deleted: true } m => space.Delete(m.NextHop),
            RtnetlinkMessage.NextHopChanged m => space.Put(m.NextHop),
            RtnetlinkMessage.RouteChanged { Deleted: true } m => space.Delete(m.Route),
            RtnetlinkMessage.RouteChanged m => space.Put(m.Route),
            _ => KernelErrno.EOPNOTSUPP,
        };
        if (errno == 0 && meaning is not RtnetlinkMessage.LinkChanged)
        {
            Tell(path, space, request.Bytes.ToArray(), foreign);
        }

        return new RequestOutcome(errno, null, []);
    }

    private RequestOutcome Lookup(FakeNamespace space, NetlinkRequest request)
    {
        Assert.True(Route.TryDecode(request.Bytes.Span[NetlinkHeader.ByteLength..], out Route? asked));
        if (space.Addresses.Values.Any(a => a.Address.Address == asked.Destination.Address) && !Unsettled.Contains(asked.Destination.Address))
        {
            return new RequestOutcome(0, null, Padded(Bytes(RouteRequests.Replace(asked with { Type = RouteType.Local }))));
        }

        Route? best = space.Routes.Values.Where(r => r.Destination.Contains(asked.Destination.Address) && r.OutputInterface is not null)
            .OrderByDescending(r => r.Destination.Length).ThenBy(r => r.Priority).FirstOrDefault();
        if (best is null)
        {
            return new RequestOutcome(KernelErrno.ENETUNREACH, null, []);
        }

        IpAddress? source = best.PreferredSource ?? space.Addresses.Values
            .FirstOrDefault(a => a.Index == best.OutputInterface && a.Address.Address.Family == asked.Destination.Family)?.Address.Address;
        return new RequestOutcome(0, null, Padded(Bytes(RouteRequests.Replace(
            best with { Destination = asked.Destination, PreferredSource = source }))));
    }

    private static RtnetlinkMessage? Decode(ReadOnlySpan<byte> bytes) =>
        RtnetlinkMessage.TryDecode(bytes, out RtnetlinkMessage? message) ? message : null;

    private static RequestOutcome Read(FakeNamespace space, NetlinkRequest request, RtnetlinkType type)
    {
        ReadOnlySpan<byte> header = request.Bytes.Span[NetlinkHeader.ByteLength..];
        byte family = header[0];
        if (type == RtnetlinkType.RTM_GETLINK && !request.IsDump)
        {
            Link.TryDecode(header, out Link? wanted);
            FakeLink? found = wanted!.Name.Length > 0 ? space.Find(wanted.Name) : space.Links.GetValueOrDefault(wanted.Index);
            return found is null
                ? new RequestOutcome(KernelErrno.ENODEV, null, [])
                : new RequestOutcome(0, null, found.ToMessage());
        }

        byte protocol = type == RtnetlinkType.RTM_GETROUTE ? header[Route.ProtocolOffset] : (byte)0;
        bool proxies = type == RtnetlinkType.RTM_GETNEIGH && (header[NeighbourFormat.FlagsOffset] & (byte)NeighbourFlags.Proxy) != 0;
        IEnumerable<byte[]> messages = type switch
        {
            RtnetlinkType.RTM_GETLINK => space.Links.Values.Select(l => l.ToMessage()),
            RtnetlinkType.RTM_GETADDR => space.Addresses.Values.Select(a => Bytes(AddressRequests.Replace(a))),
            RtnetlinkType.RTM_GETNEIGH when family == AddressFamily.Bridge =>
                space.Fdb.Values.Select(f => Bytes(FdbRequests.Replace(f))),
            RtnetlinkType.RTM_GETNEXTHOP => space.NextHops.Values.Select(h => Bytes(NextHopRequests.Add(h))),
            RtnetlinkType.RTM_GETNEIGH => space.Neighbours
                .Where(n => n.Key.Proxy == proxies && AddressFamily.Of(n.Value.Family) == family)
                .Select(n => Bytes(NeighbourRequests.Replace(n.Value))),
            _ => space.Routes.Values
                .Where(r => AddressFamily.Of(r.Destination.Family) == family && (protocol == 0 || r.Protocol == protocol))
                .Select(r => Bytes(RouteRequests.Replace(r))),
        };
        return new RequestOutcome(0, null, [.. messages.SelectMany(Padded)]);
    }

    private static byte[] Bytes(NetlinkRequest request) => request.Bytes.ToArray();

    private static byte[] Padded(byte[] message)
    {
        byte[] padded = new byte[NetlinkPadding.Padded(message.Length)];
        message.CopyTo(padded, 0);
        return padded;
    }

    private int RemoveLink(string path, FakeNamespace space, Link wanted, bool foreign)
    {
        FakeLink? link = wanted.Name.Length > 0 ? space.Find(wanted.Name) : space.Links.GetValueOrDefault(wanted.Index);
        if (link is null)
        {
            return KernelErrno.ENODEV;
        }

        byte[] gone = link.ToMessage(RtnetlinkType.RTM_DELLINK);
        space.Remove(link.Link.Index);
        Tell(path, space, gone, foreign);
        RemovePeer(link);
        return 0;
    }

    private void RemovePeer(FakeLink link)
    {
        if (link.Peer is { } peer && peer.Space.Links.TryGetValue(peer.Index, out FakeLink? far))
        {
            byte[] gone = far.ToMessage(RtnetlinkType.RTM_DELLINK);
            peer.Space.Remove(peer.Index);
            if (_spaces.FirstOrDefault(s => s.Value == peer.Space) is { Value: not null } entry)
            {
                Tell(entry.Key, peer.Space, gone, foreign: true);
            }
        }
    }

    private int SetLink(string path, FakeNamespace space, Link wanted, NetlinkRequest request, bool foreign)
    {
        bool isNew = (request.Header.Flags & NetlinkFlags.NLM_F_CREATE) != 0;
        if (isNew)
        {
            return Birth(path, space, wanted, request, foreign);
        }

        FakeLink? link = wanted.Index != 0 ? space.Links.GetValueOrDefault(wanted.Index) : space.Find(wanted.Name);
        if (link is null)
        {
            return KernelErrno.ENODEV;
        }

        if (wanted.Address is { } mac && mac != link.Link.Address)
        {
            space.ForgetNeighboursOf(link.Link.Index);
        }

        link.Link = link.Link with
        {
            Name = wanted.Index != 0 && wanted.Name.Length > 0 ? wanted.Name : link.Link.Name,
            Mtu = wanted.Mtu != 0 ? wanted.Mtu : link.Link.Mtu,
            Address = wanted.Address ?? link.Link.Address,
            Alias = wanted.Alias ?? link.Link.Alias,
            Group = wanted.Group != 0 ? wanted.Group : link.Link.Group,
        };
        bool changed = FakeLink.WantsUp(request) is { } up && up != link.Link.IsUp;
        if (changed)
        {
            space.SetUp(link, !link.Link.IsUp);
        }

        Tell(path, space, link.ToMessage(), foreign);
        if (changed)
        {
            UpdateCarrier(path, space, link);
        }

        return 0;
    }

    // Linux: a veth has a carrier while both ends are up, and the kernel tells of it a moment later, by itself.
    private void UpdateCarrier(string path, FakeNamespace space, FakeLink link)
    {
        FakeLink? far = link.Peer is { } peer ? peer.Space.Links.GetValueOrDefault(peer.Index) : null;
        bool running = link.Link.IsUp && (far?.Link.IsUp ?? true);
        link.SetRunning(running);
        Tell(path, space, link.ToMessage(), foreign: true);
        if (far is not null && _spaces.FirstOrDefault(s => s.Value == link.Peer!.Value.Space) is { Value: not null } other)
        {
            far.SetRunning(running);
            Tell(other.Key, other.Value, far.ToMessage(), foreign: true);
        }
    }

    private int Birth(string path, FakeNamespace space, Link wanted, NetlinkRequest request, bool foreign)
    {
        if (space.Find(wanted.Name) is not null)
        {
            return KernelErrno.EEXIST;
        }

        if (wanted.Kind != "veth")
        {
            Tell(path, space, space.Make(wanted with { Flags = LinkFlags.None }).ToMessage(), foreign);
            return 0;
        }

        string inside = request.References.Count > 0 ? request.References[0].Namespace : path;
        Link far = FakeLink.PeerOf(request)!;
        if (_spaces[inside].Find(far.Name) is not null)
        {
            return KernelErrno.EEXIST;
        }

        FakeLink near = space.Make(wanted with { Mtu = wanted.Mtu == 0 ? 1500 : wanted.Mtu });
        FakeLink end = _spaces[inside].Make(far with { Mtu = far.Mtu == 0 ? 1500 : far.Mtu });
        near.Peer = (_spaces[inside], end.Link.Index);
        end.Peer = (space, near.Link.Index);
        Tell(path, space, near.ToMessage(), foreign);
        Tell(inside, _spaces[inside], end.ToMessage(), foreign);
        return 0;
    }

    private void Tell(string path, FakeNamespace space, byte[] message, bool foreign)
    {
        if (foreign || path.Length > 0)
        {
            Notices.Enqueue(new BrainEvent.KernelNoticed(path.Length == 0 ? null : space.Id, Padded(message)));
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_spaces.Count} namespaces");
}
