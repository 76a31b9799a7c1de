using System.CommandLine;
using Weft.App.CommandLine;
using Weft.Net;

namespace Weft.App.Commands.Ipam;

/// <summary><c>weft ipam</c>: how addresses are used, whether all agree on it, and leaked ones freed.</summary>
internal static class IpamCommand
{
    private const string Examples = """
        weft ipam show --blocks
        weft ipam show --ip 10.65.0.3
        weft ipam check && echo "every address has one owner"
        weft ipam release --ip 10.65.0.3
        """;

    /// <summary>The verb with all its own verbs.</summary>
    public static Command Create() => new Verb("ipam", "Show how addresses are used, check them, free leaked ones.", Examples)
    {
        IpamShowCommand.Create(),
        IpamCheckCommand.Create(),
        IpamReleaseCommand.Create(),
    };

    /// <summary><c>--ip</c>: an address, or wrong usage.</summary>
    public static Option<string?> AddressOption(string description, bool required)
    {
        Option<string?> option = new("--ip") { Description = description, HelpName = "ADDRESS", Required = required };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !IpAddress.TryParse(text, out _))
            {
                result.AddError($"'{text}' is no address: give one like 10.65.0.3 or fd00:65::3");
            }
        });
        return option;
    }
}
