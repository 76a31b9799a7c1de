using System;
using System.Buffers;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary>Calico's <c>FelixConfiguration</c> (projectcalico.org/v3): four fields are read, the others are refused by
/// name, unless they say their default.</summary>
internal static class FelixConfigurationBinding
{
    // Calico: ^[a-zA-Z0-9:._+-]{1,15}$
    private static readonly SearchValues<char> FilterChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:._+-");

    private static readonly (string, NatExclusions)[] Exclusions =
    [
        (nameof(NatExclusions.IPPoolsOnly), NatExclusions.IPPoolsOnly),
        (nameof(NatExclusions.IPPoolsAndHostIPs), NatExclusions.IPPoolsAndHostIPs),
    ];

    /// <summary>Reads the configuration.</summary>
    public static FelixConfiguration Bind(FieldReader document, Metadata metadata)
    {
        FieldReader spec = document.MappingOrEmpty("spec");
        FelixConfiguration configuration = new()
        {
            Metadata = metadata,
            NatOutgoingAddress = Given(spec, "natOutgoingAddress")
                ? spec.Value<IpAddress>("natOutgoingAddress", Ipv4, "an IPv4 address of the node or routed to it")
                : null,
            NatPortRange = Ports(spec),
            NatOutgoingExclusions = Given(spec, "natOutgoingExclusions") ? spec.Choice("natOutgoingExclusions", Exclusions) : null,
            IptablesNatOutgoingInterfaceFilter = Filter(spec),
        };
        if (metadata.Name.Length > 0 && metadata.Name != FelixConfiguration.DefaultName
            && configuration.Node is not { Length: > 0 })
        {
            document.MappingOrEmpty("metadata").Refuse(
                "name", $"'{FieldReader.Shorten(metadata.Name)}' configures nothing: write default, or node.NAME for one node");
        }

        foreach ((string name, string? inert) in FelixFields.All)
        {
            if (inert is null)
            {
                spec.NotYet(name);
            }
            else
            {
                spec.NotYet(name, inert);
            }
        }

        spec.NotYet("nodeSelector");
        spec.Finish();
        return configuration;
    }

    /// <summary>Writes the specification, what is not said left out.</summary>
    public static void Write(FelixConfiguration configuration, MappingBuilder document) => document.Add("spec", new MappingBuilder()
        .AddText("natOutgoingAddress", configuration.NatOutgoingAddress)
        .Add("natPortRange", Write(configuration.NatPortRange))
        .Add("natOutgoingExclusions", configuration.NatOutgoingExclusions?.ToString())
        .Add("iptablesNATOutgoingInterfaceFilter", configuration.IptablesNatOutgoingInterfaceFilter)
        .BuildUnlessEmpty());

    // One port is a number, as Calico writes it.
    private static ScalarNode? Write(PortRange? range) => range switch
    {
        null => null,
        { } one when one.Min == one.Max => ScalarNode.Of(one.Min),
        { } several => ScalarNode.Of(several.ToString()),
    };

    // Calico reads the empty text as unset.
    private static bool Given(FieldReader spec, string name) => spec.Take(name) is not (null or ScalarNode { Text: "" });

    private static PortRange? Ports(FieldReader spec)
    {
        const string expected = "a port or a range such as 32768:60999, or 0 for any port";
        if (spec.Take("natPortRange") is ScalarNode { Kind: ScalarKind.Integer } number)
        {
            if (PortRange.TryParse(number.Text, out PortRange one))
            {
                return one;
            }

            spec.Refuse("natPortRange", $"{FieldReader.Shorten(number.Text)} is not {expected}");
            return null;
        }

        return Given(spec, "natPortRange") ? spec.Value<PortRange>("natPortRange", PortRange.TryParse, expected) : null;
    }

    private static string? Filter(FieldReader spec)
    {
        const string name = "iptablesNATOutgoingInterfaceFilter";
        string? text = spec.Text(name);
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (text.Length > ResourceNames.InterfaceNameMax || text.AsSpan().ContainsAnyExcept(FilterChars))
        {
            spec.Refuse(name, $"'{FieldReader.Shorten(text)}' is not an interface's name: "
                + $"at most {ResourceNames.InterfaceNameMax} letters, digits, ':', '.', '_', '-', and '+' at the end for any ending");
        }
        else if (text.AsSpan(0, text.Length - 1).Contains('+'))
        {
            spec.Refuse(name, $"'{text}' has a '+' before its end: '+' stands for any ending, and only there");
        }

        return text;
    }

    private static bool Ipv4(string text, out IpAddress value) =>
        IpAddress.TryParse(text, out value) && value.Family == IpFamily.Ipv4 && value.Number != 0
        && !IpPrefix.Parse("224.0.0.0/3").Contains(value);
}
