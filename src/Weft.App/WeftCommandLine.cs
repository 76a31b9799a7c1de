using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;
using Weft.App.CommandLine;
using Weft.App.Commands;
using Weft.App.Commands.Ipam;
using Weft.App.Commands.Lab;

namespace Weft.App;

/// <summary>The command line of <c>weft</c>: the verbs of design section 8 that exist, and their exit
/// codes.</summary>
internal static class WeftCommandLine
{
    /// <summary>Parses and runs; returns the exit code.</summary>
    public static int Run(IReadOnlyList<string> arguments)
    {
        RootCommand root = Create();
        ParseResult parse = root.Parse(arguments);
        if (parse.Errors.Count > 0 && parse.Action is System.CommandLine.Invocation.ParseErrorAction)
        {
            return Refuse(parse);
        }

        return parse.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    /// <summary>All verbs.</summary>
    public static RootCommand Create()
    {
        RootCommand root = new("Weft gives every workload its own address, route and name, and says what happens to "
            + "every packet.")
        {
            UpCommand.Create(),
            ApplyCommand.Create(),
            GetCommand.Create(),
            DeleteCommand.Create(),
            StatusCommand.Create(),
            IpamCommand.Create(),
            DecodeCommand.Create(),
            CaptureCommand.Create(),
            DoctorCommand.Create(),
            LabCommand.Create(),
            ServerCommand.Create(),
            AgentCommand.Create(),
            CompletionCommand.Create(),
            LabDaemonCommands.CreateNodes(),
            LabDaemonCommands.CreateRuntime(),
        };
        HelpWithExamples.InstallOn(root);
        return root;
    }

    private static int Refuse(ParseResult parse)
    {
        Command command = parse.CommandResult.Command;
        string path = PathOf(parse.CommandResult);
        string? unmatched = parse.UnmatchedTokens.Count > 0 ? parse.UnmatchedTokens[0] : null;
        if (unmatched is not null && command.Subcommands.Any(sub => !sub.Hidden) && !unmatched.StartsWith('-'))
        {
            CommandRun.Say($"unknown command '{path} {unmatched}'; see '{path} --help'");
            return ExitCode.Usage;
        }

        if (command.Subcommands.Count > 0 && command.Action is null && unmatched is null)
        {
            CommandRun.Say($"'{path}' needs a command; see '{path} --help'");
            return ExitCode.Usage;
        }

        string message = string.Join("; ", parse.Errors.Select(e => InOneLine(e.Message)).Distinct());
        CommandRun.Say($"{message}; see '{path} --help'");
        return ExitCode.Usage;
    }

    private static string InOneLine(string message) =>
        string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.');

    private static string PathOf(CommandResult result)
    {
        List<string> names = [];
        for (SymbolResult? at = result; at is not null; at = at.Parent)
        {
            if (at is CommandResult { Command: { } command })
            {
                names.Insert(0, command is RootCommand ? "weft" : command.Name);
            }
        }

        return string.Join(' ', names);
    }
}
