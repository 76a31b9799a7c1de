using System.CommandLine;
using System.CommandLine.Parsing;
using Weft.Node.Detection;

namespace Weft.App.Commands;

/// <summary>The options that say where a node's own addresses come from: <c>--ip</c>, <c>--ip6</c> and how they are found.
/// </summary>
internal sealed class AddressingArguments
{
    private const string Methods =
        "default-route, first-found, can-reach=ADDRESS, interface=REGEX,.., skip-interface=REGEX,.., cidr=CIDR,..";

    private readonly Option<string> _ipv4 = new("--ip")
    {
        Description = "The node's IPv4 address: ADDRESS/LEN, autodetect or none",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => AddressingOptions.Autodetect,
    };

    private readonly Option<string> _ipv6 = new("--ip6")
    {
        Description = "The node's IPv6 address: ADDRESS/LEN, autodetect or none",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => AddressingOptions.Autodetect,
    };

    private readonly Option<string> _ipv4Method = new("--ip-autodetection-method")
    {
        Description = $"How the IPv4 address is found: {Methods}",
        HelpName = "METHOD",
        DefaultValueFactory = _ => new AddressingOptions().Ipv4Method,
    };

    private readonly Option<string> _ipv6Method = new("--ip6-autodetection-method")
    {
        Description = "How the IPv6 address is found: the same words",
        HelpName = "METHOD",
        DefaultValueFactory = _ => new AddressingOptions().Ipv6Method,
    };

    /// <summary>Gives the command these options, and refuses what they cannot mean.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_ipv4);
        command.Options.Add(_ipv6);
        command.Options.Add(_ipv4Method);
        command.Options.Add(_ipv6Method);
        command.Validators.Add(parsed =>
        {
            if (Of(parsed).Fault is { } fault)
            {
                parsed.AddError(fault);
            }
        });
    }

    /// <summary>What was said.</summary>
    public AddressingOptions Of(CommandResult parsed) => new()
    {
        Ipv4 = parsed.GetValue(_ipv4)!,
        Ipv6 = parsed.GetValue(_ipv6)!,
        Ipv4Method = parsed.GetValue(_ipv4Method)!,
        Ipv6Method = parsed.GetValue(_ipv6Method)!,
    };
}
