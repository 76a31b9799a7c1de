using System;
using System.CommandLine;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.Net;
using Weft.Plan.Protocol;

namespace Weft.App.Commands.Ipam;

/// <summary><c>weft ipam release</c>: frees an address whose workload is gone.</summary>
internal static class IpamReleaseCommand
{
    private const string Examples = """
        weft ipam release --ip 10.65.0.3
        weft ipam release --ip fd00:65::3 --wait
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string?> ip = IpamCommand.AddressOption("The address", required: true);
        Option<bool> wait = new("--wait") { Description = "Return when the store has it free, too" };
        ServerAddress address = new();
        Verb verb = new(
            "release",
            "Free an address whose workload is gone: its network namespace and its link. One in use is never freed.",
            Examples)
        {
            ip,
            wait,
        };
        address.AddTo(verb);
        verb.Runs(async (parse, cancelled) =>
        {
            using ServerClient server = address.Connect(parse);
            ReleaseAnswer answer = await server.ReleaseAsync(IpAddress.Parse(parse.GetRequiredValue(ip)!), parse.GetValue(wait), cancelled);
            Console.Out.WriteLine($"{answer.Address} of {answer.Owner} on {answer.Node} is free");
            return ExitCode.Done;
        });
        return verb;
    }
}
