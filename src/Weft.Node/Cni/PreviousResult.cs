using System.Collections.Generic;
using System.Text.Json;
using Weft.Net;

namespace Weft.Node.Cni;

/// <summary><c>prevResult</c>: what the plugins before this one have made, or, for CHECK and DEL, what ADD gave in the end.
/// Its parts are kept as they came, so that nothing of others is lost on the way.</summary>
internal sealed record PreviousResult
{
    /// <summary>A result of which nothing was said.</summary>
    public static PreviousResult None { get; } = new();

    /// <summary>The objects of <c>interfaces</c>, <c>ips</c> and <c>routes</c>, each as JSON.</summary>
    public IReadOnlyList<string> InterfaceTexts { get; private init; } = [];

    /// <summary><c>ips</c>.</summary>
    public IReadOnlyList<string> IpTexts { get; private init; } = [];

    /// <summary><c>routes</c>.</summary>
    public IReadOnlyList<string> RouteTexts { get; private init; } = [];

    /// <summary><c>dns</c> as JSON; none if it is not there.</summary>
    public string? DnsText { get; private init; }

    /// <summary>The interfaces, in order.</summary>
    public IReadOnlyList<PreviousInterface> Interfaces { get; private init; } = [];

    /// <summary>The addresses, each with the index of its interface, if it has one.</summary>
    public IReadOnlyList<(IpInterfaceAddress Address, int? Interface)> Ips { get; private init; } = [];

    /// <summary>The families that a default route is said for.</summary>
    public IReadOnlySet<IpFamily> DefaultRoutes { get; private init; } = new HashSet<IpFamily>();

    /// <summary>Reads a result of any version: they differ in what this does not look at.</summary>
    /// <param name="result">The value of <c>prevResult</c>.</param>
    /// <param name="problems">Gets what is wrong with it.</param>
    public static PreviousResult Read(JsonElement result, ConfigurationProblems problems)
    {
        if (result.ValueKind != JsonValueKind.Object)
        {
            problems.Invalid("prevResult", "is not an object");
            return None;
        }

        List<string> interfaceTexts = [], ipTexts = [], routeTexts = [];
        List<PreviousInterface> interfaces = [];
        List<(IpInterfaceAddress, int?)> ips = [];
        HashSet<IpFamily> defaults = [];
        foreach (JsonElement item in problems.Objects(result, "interfaces", "prevResult."))
        {
            interfaceTexts.Add(item.GetRawText());
            interfaces.Add(new PreviousInterface(
                problems.Text(item, "name", "prevResult.interfaces.") ?? "",
                problems.Text(item, "mac", "prevResult.interfaces.") ?? "",
                problems.Text(item, "sandbox", "prevResult.interfaces.") ?? ""));
        }

        foreach (JsonElement item in problems.Objects(result, "ips", "prevResult."))
        {
            ipTexts.Add(item.GetRawText());
            string text = problems.Text(item, "address", "prevResult.ips.") ?? "";
            if (!IpInterfaceAddress.TryParse(text, out IpInterfaceAddress address))
            {
                problems.Invalid("prevResult.ips.address", $"'{text}' is not an address with its prefix length");
                continue;
            }

            ips.Add((address, item.TryGetProperty("interface", out JsonElement index) && index.ValueKind == JsonValueKind.Number
                && index.TryGetInt32(out int number) ? number : null));
        }

        foreach (JsonElement item in problems.Objects(result, "routes", "prevResult."))
        {
            routeTexts.Add(item.GetRawText());
            string text = problems.Text(item, "dst", "prevResult.routes.") ?? "";
            if (!IpInterfaceAddress.TryParse(text, out IpInterfaceAddress destination))
            {
                problems.Invalid("prevResult.routes.dst", $"'{text}' is not a prefix");
            }
            else if (destination.Length == 0)
            {
                defaults.Add(destination.Address.Family);
            }
        }

        bool hasDns = result.TryGetProperty("dns", out JsonElement dns) && dns.ValueKind == JsonValueKind.Object;
        return new PreviousResult
        {
            InterfaceTexts = interfaceTexts,
            IpTexts = ipTexts,
            RouteTexts = routeTexts,
            DnsText = hasDns ? dns.GetRawText() : null,
            Interfaces = interfaces,
            Ips = ips,
            DefaultRoutes = defaults,
        };
    }
}

/// <summary>An interface of a result.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Mac">Its link-layer address; empty if it is not said.</param>
/// <param name="Sandbox">The network namespace it is in; empty for the host's.</param>
internal readonly record struct PreviousInterface(string Name, string Mac, string Sandbox);
