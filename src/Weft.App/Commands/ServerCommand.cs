using System.CommandLine;
using Weft.App.CommandLine;
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
        Verb verb = new(
            "server",
            "Run the server in the foreground until SIGTERM.",
            "weft server --state /var/lib/weft/server --socket /run/weft/server.sock")
        {
            state,
            socket,
        };
        verb.Runs(async (parse, cancelled) =>
        {
            ServerOptions options = new()
            {
                StateDirectory = parse.GetRequiredValue(state),
                SocketPath = parse.GetRequiredValue(socket),
                Log = Daemon.Log,
            };
            await using WeftServer server = await WeftServer.StartAsync(options, cancelled);
            await Daemon.UntilAsync(cancelled);
            return ExitCode.Done;
        });
        return verb;
    }
}
