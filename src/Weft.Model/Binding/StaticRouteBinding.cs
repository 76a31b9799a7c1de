using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary><c>StaticRoute</c> (weft.dev/v1).</summary>
internal static class StaticRouteBinding
{
    /// <summary>Metrics of Weft's own routes: workloads, other nodes' blocks, own blocks. IPv6 merges equal ones.</summary>
    private static readonly int[] OwnMetrics = [100, 200, 300];

    private static readonly IpPrefix[] Unroutable = [IpPrefix.Parse("224.0.0.0/4"), IpPrefix.Parse("ff00::/8"), IpPrefix.Parse("fe80::/10")];

    private static readonly (string, RouteAction)[] Types =
    [
        (nameof(RouteAction.Unicast), RouteAction.Unicast),
        (nameof(RouteAction.Blackhole), RouteAction.Blackhole),
        (nameof(RouteAction.Unreachable), RouteAction.Unreachable),
        (nameof(RouteAction.Prohibit), RouteAction.Prohibit),
    ];

    /// <summary>Reads the route.</summary>
    public static StaticRoute Bind(FieldReader document, Metadata metadata)
    {
        FieldReader spec = document.MappingOrEmpty("spec");
        IpPrefix destination = Destination(spec);
        int mtuMin = destination.Family == IpFamily.Ipv6 ? NodeResource.UnderlayMtuMinV6 : NodeResource.UnderlayMtuMin;
        StaticRoute route = new()
        {
            Metadata = metadata,
            Destination = destination,
            Type = spec.Choice("type", Types) ?? RouteAction.Unicast,
            NextHops = [.. NextHops(spec, destination)],
            NodeSelector = NodeSelectorBinding.Bind(spec, "nodeSelector"),
            Metric = spec.Integer("metric", 1, int.MaxValue) ?? StaticRoute.MetricDefault,
            Mtu = spec.Integer("mtu", mtuMin, NodeResource.UnderlayMtuMax),
        };
        spec.Finish();
        document.NotYet("status");
        CheckTogether(spec, route);
        return route;
    }

    /// <summary>Writes the specification.</summary>
    public static void Write(StaticRoute route, MappingBuilder document) => document.Add("spec", new MappingBuilder()
        .Add("destination", route.Destination.ToString())
        .Add("type", route.Type.ToString())
        .Add("nextHops", Write(route.NextHops))
        .Add("nodeSelector", route.NodeSelector.Text)
        .Add("metric", route.Metric)
        .Add("mtu", route.Mtu)
        .Build());

    private static SequenceNode? Write(ValueList<RouteNextHop> nextHops)
    {
        List<DocumentNode> items = [];
        foreach (RouteNextHop nextHop in nextHops)
        {
            items.Add(new MappingBuilder()
                .AddText("address", nextHop.Address)
                .Add("interface", nextHop.Interface)
                .Add("weight", nextHop.Weight)
                .Build());
        }

        return items.Count == 0 ? null : new SequenceNode([.. items]);
    }

    private static IpPrefix Destination(FieldReader spec)
    {
        string text = spec.RequiredText("destination");
        if (text.Length == 0)
        {
            return default;
        }

        if (!IpInterfaceAddress.TryParse(text, out IpInterfaceAddress given))
        {
            spec.Refuse("destination", $"'{FieldReader.Shorten(text)}' is not a CIDR such as 192.0.2.0/24, 0.0.0.0/0 or 2001:db8::/32");
            return default;
        }

        if (given.Prefix.Address != given.Address)
        {
            spec.Refuse("destination", $"{given} has bits beyond its length: write {given.Prefix}");
        }
        else if (Array.Find(Unroutable, range => range.Contains(given.Prefix)) is { Family: not 0 } unroutable)
        {
            spec.Refuse("destination", $"{given} lies in {unroutable}, which no route leads to");
        }

        return given.Prefix;
    }

    private static List<RouteNextHop> NextHops(FieldReader spec, IpPrefix destination)
    {
        List<RouteNextHop> nextHops = [];
        foreach (FieldReader reader in spec.Mappings("nextHops"))
        {
            IpAddress? address = reader.Value<IpAddress>("address", NextHopAddress, "the address of a router");
            string? device = InterfaceName(reader);
            RouteNextHop nextHop = new(address, device, reader.Integer("weight", 1, StaticRoute.WeightMax) ?? 1);
            if (!reader.Has("address") && !reader.Has("interface"))
            {
                reader.Missing("address");
            }
            else if (address is { } given && destination.Family != 0 && given.Family != destination.Family)
            {
                reader.Refuse("address", $"{given} is not of the destination's family: {destination} needs {FamilyName(destination.Family)}");
            }
            else if (address is { Family: IpFamily.Ipv6 } local && IpPrefix.Parse("fe80::/10").Contains(local) && device is null)
            {
                reader.Refuse("address", $"{local} is link-local, and means nothing without its interface: add interface");
            }
            else if (nextHops.Any(other => (other.Address, other.Interface) == (address, device)))
            {
                reader.Refuse("address", "this next hop is in the list already: give the first one a larger weight");
            }

            reader.Finish();
            nextHops.Add(nextHop);
        }

        return nextHops;
    }

    private static void CheckTogether(FieldReader spec, StaticRoute route)
    {
        if (route.Type == RouteAction.Unicast && !spec.Has("nextHops"))
        {
            spec.Missing("nextHops");
        }
        else if (route.Type == RouteAction.Unicast && route.NextHops.Count is 0 or > StaticRoute.NextHopsMax)
        {
            spec.Refuse("nextHops", string.Create(
                CultureInfo.InvariantCulture, $"a route has 1 to {StaticRoute.NextHopsMax} next hops"));
        }
        else if (route.Type != RouteAction.Unicast && route.NextHops.Count > 0)
        {
            spec.Refuse("nextHops", $"a {route.Type} route sends nothing anywhere: leave nextHops out, or set type: Unicast");
        }

        if (OwnMetrics.Contains(route.Metric))
        {
            spec.Refuse("metric", $"{route.Metric} is a metric of Weft's own routes (100, 200, 300): take the one below or above");
        }
    }

    private static string? InterfaceName(FieldReader reader)
    {
        string? text = reader.Text("interface");
        if (!string.IsNullOrEmpty(text) && !ResourceNames.IsInterfaceName(text))
        {
            reader.Refuse("interface", $"'{FieldReader.Shorten(text)}' is not an interface's name: "
                + $"at most {ResourceNames.InterfaceNameMax} letters, digits, '-', '_' and '.'");
        }

        return string.IsNullOrEmpty(text) ? null : text;
    }

    private static bool NextHopAddress(string text, out IpAddress value)
    {
        bool parsed = IpAddress.TryParse(text, out value) && value.Number != 0;
        IpAddress address = value;
        return parsed && !Unroutable[..2].Any(range => range.Contains(address));
    }

    private static string FamilyName(IpFamily family) => family == IpFamily.Ipv4 ? "IPv4" : "IPv6";
}
