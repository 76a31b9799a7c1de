using System;
using System.CommandLine;
using System.IO;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Lab.State;

namespace Weft.App.Commands;

/// <summary>The options that say which server a command talks to: <c>--server PATH</c>, <c>--lab NAME</c>, or
/// <c>WEFT_SERVER</c>.</summary>
internal sealed class ServerAddress
{
    private const string Variable = "WEFT_SERVER";
    private const string Default = "/run/weft/server.sock";
    private const string UnixScheme = "unix://";

    private readonly Option<string?> _server = new("--server")
    {
        Description = $"The server's unix socket (or {Variable}; default {Default})",
        HelpName = "PATH",
    };

    private readonly Option<string?> _lab = new("--lab")
    {
        Description = "The lab whose server to talk to",
        HelpName = "NAME",
    };

    /// <summary>Gives the command these options.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_server);
        command.Options.Add(_lab);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_server) is not null && result.GetValue(_lab) is not null)
            {
                result.AddError("--server and --lab exclude each other");
            }
        });
    }

    /// <summary>A client for the server that the user means.</summary>
    public ServerClient Connect(ParseResult parse)
    {
        if (parse.GetValue(_lab) is { } lab)
        {
            LabPaths paths = LabPaths.Of(lab);
            return Directory.Exists(paths.Directory)
                ? new ServerClient(paths.ServerSocket)
                : throw new CommandFailure($"no lab '{lab}'; 'weft lab list' shows those that run");
        }

        string? server = parse.GetValue(_server) ?? Environment.GetEnvironmentVariable(Variable);
        return new ServerClient(string.IsNullOrEmpty(server) ? Default : PathOf(server));
    }

    /// <summary>The path of the unix socket that an address names: a path, or <c>unix://PATH</c>. Another scheme is
    /// wrong usage.</summary>
    internal static string PathOf(string server)
    {
        string path = server.StartsWith(UnixScheme, StringComparison.Ordinal) ? server[UnixScheme.Length..] : server;
        return path.Length > 0 && !path.Contains("://", StringComparison.Ordinal)
            ? path
            : throw CommandFailure.Usage($"'{server}' is not supported yet: give the path of a unix socket");
    }
}
