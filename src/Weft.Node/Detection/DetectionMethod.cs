using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Text.RegularExpressions;
using Weft.Net;

namespace Weft.Node.Detection;

/// <summary>How a node's own address is chosen among those of its host: Calico's words (<c>IP_AUTODETECTION_METHOD</c>),
/// and <c>default-route</c>. The family is closed.</summary>
internal abstract record DetectionMethod
{
    /// <summary>The method that nobody has to give.</summary>
    public const string Default = "default-route";

    // An interface's name has 15 characters: an expression that takes longer is not one for names.
    private static readonly TimeSpan MatchLimit = TimeSpan.FromMilliseconds(100);

    private DetectionMethod()
    {
    }

    /// <summary>The address with which the host reaches the outside; without such a route, the first found.</summary>
    public sealed record DefaultRoute : DetectionMethod;

    /// <summary>The first address of the first interface that is nobody's own (docker0, cni0 and the like).</summary>
    public sealed record FirstFound : DetectionMethod;

    /// <summary>The address with which the host reaches a destination.</summary>
    public sealed record CanReach(IpAddress Destination) : DetectionMethod;

    /// <summary>The first address of an interface whose name matches, by the order of the expressions.</summary>
    public sealed record Interface(IReadOnlyList<Regex> Names) : DetectionMethod;

    /// <summary>As the first found, and of no interface whose name matches.</summary>
    public sealed record SkipInterface(IReadOnlyList<Regex> Names) : DetectionMethod;

    /// <summary>The first address that lies in one of these.</summary>
    public sealed record Within(IReadOnlyList<IpPrefix> Prefixes) : DetectionMethod;

    /// <summary>The destination by whose route the host's way is asked for; none if the method needs no route.</summary>
    public IpAddress? AsksFor(IpFamily family) => this switch
    {
        CanReach reach => reach.Destination,
        DefaultRoute => OutsideOf(family),
        _ => null,
    };

    /// <summary>An address of the outside that nobody has a route of his own to: RFC 1112, section 4 (class E), and RFC 9637.
    /// </summary>
    public static IpAddress OutsideOf(IpFamily family) =>
        family == IpFamily.Ipv4 ? IpAddress.Parse("240.0.0.1") : IpAddress.Parse("3fff::1");

    /// <summary>Reads a method; the error names the words that there are.</summary>
    public static bool TryParse(
        string text, IpFamily family, [NotNullWhen(true)] out DetectionMethod? method, out string error)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string word = equals < 0 ? text : text[..equals];
        string[] values = equals < 0 ? [] : text[(equals + 1)..].Split(',', StringSplitOptions.TrimEntries);
        method = null;
        error = "";
        switch (word, values)
        {
            case ("default-route", []):
                method = new DefaultRoute();
                break;
            case ("first-found", []):
                method = new FirstFound();
                break;
            case ("can-reach", [var one]) when IpAddress.TryParse(one, out IpAddress destination) && destination.Family == family:
                method = new CanReach(destination);
                break;
            case ("interface", { Length: > 0 }) when TryParseNames(values, out List<Regex>? names):
                method = new Interface(names);
                break;
            case ("skip-interface", { Length: > 0 }) when TryParseNames(values, out List<Regex>? names):
                method = new SkipInterface(names);
                break;
            case ("cidr", { Length: > 0 }) when values.All(v => IpPrefix.TryParse(v, out IpPrefix p) && p.Family == family):
                method = new Within([.. values.Select(IpPrefix.Parse)]);
                break;
            default:
                error = $"'{text}' is not a method of detection: use default-route, first-found, can-reach=ADDRESS, "
                    + "interface=REGEX[,REGEX], skip-interface=REGEX[,REGEX] or cidr=CIDR[,CIDR], of the address's family";
                break;
        }

        return method is not null;
    }

    private static bool TryParseNames(string[] values, [NotNullWhen(true)] out List<Regex>? names)
    {
        names = [];
        try
        {
            foreach (string value in values)
            {
                names.Add(new Regex(value, RegexOptions.CultureInvariant, MatchLimit));
            }
        }
        catch (ArgumentException)
        {
            names = null;
        }

        return names is { Count: > 0 } && values.All(v => v.Length > 0);
    }
}
