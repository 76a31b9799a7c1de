using System;
using System.CommandLine;
using Weft.App.CommandLine;
using Weft.Net;
using Weft.Server;

namespace Weft.App.Commands;

/// <summary><c>weft server</c>: the daemon that holds all resources and compiles each node's plan.</summary>
internal static class ServerCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string> state = new("--state")
        {
            Description = "Where the store is kept",
            HelpName = "DIR",
            DefaultValueFactory = _ => "/var/lib/weft/server",
        };
        Option<string> socket = new("--socket")
        {
            Description = "The unix socket to answer on",
            HelpName = "PATH",
            DefaultValueFactory = _ => "/run/weft/server.sock",
        };
        Option<string> goneGrace = new("--gone-grace")
        {
            Description = "How long the agent of a deleted node must be away until its addresses are taken back: 30s, 15m, 2h",
            HelpName = "TIME",
            DefaultValueFactory = _ => "15m",
        };
        Verb verb = new(
            "server",
            "Run the server in the foreground until SIGTERM.",
            "weft server --state /var/lib/weft/server --socket /run/weft/server.sock")
        {
            state,
            socket,
            goneGrace,
        };
        verb.Validators.Add(parsed =>
        {
            // An option that is not given has no value here yet.
            if (parsed.GetValue(goneGrace) is { } given && !GivenTime.TryParse(given, out _))
            {
                parsed.AddError($"'{given}' is no time for --gone-grace: give 30s, 15m or 2h");
            }
        });
        verb.Runs(async (parse, cancelled) =>
        {
            bool isTime = GivenTime.TryParse(parse.GetRequiredValue(goneGrace), out TimeSpan grace);
            Invariant.Holds(isTime);
            ServerOptions options = new()
            {
                StateDirectory = parse.GetRequiredValue(state),
                SocketPath = parse.GetRequiredValue(socket),
                Log = Daemon.Log,
                GoneGrace = grace,
            };
            await using WeftServer server = await WeftServer.StartAsync(options, cancelled);
            await Daemon.UntilAsync(cancelled);
            return ExitCode.Done;
        });
        return verb;
    }
}
