using System;
using System.CommandLine;
using System.Linq;
using Weft.App.CommandLine;
using Weft.App.Lab;
using Weft.App.Lab.State;
using Weft.Linux.Namespaces;
using Weft.Linux.Processes;

namespace Weft.App.Commands.Lab;

/// <summary><c>weft lab exec NAME -- COMMAND...</c>: becomes the command, inside a member's network
/// namespace.</summary>
internal static class LabExecCommand
{
    private const string Examples = """
        weft lab exec web -- ping -c 1 10.65.0.130
        weft lab exec --name quickstart n1 -- ip route
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string?> name = LabName.Option("the only one that runs");
        Argument<string> member = new("MEMBER") { Description = "A node, router, host or workload" };
        Argument<string[]> command = new("COMMAND")
        {
            Description = "What to run, after --",
            Arity = ArgumentArity.OneOrMore,
        };
        Verb verb = new("exec", "Run a command inside a member; its exit code is the command's.", Examples)
        {
            name,
            member,
            command,
        };
        verb.Runs(parse =>
        {
            LabCommand.DemandRoot("exec");
            LabPaths paths = LabName.Meant(parse.GetValue(name));
            LabRecord record = LabRecord.Demand(paths);
            string wanted = parse.GetRequiredValue(member);
            string networkNamespace = paths.NamespaceOf(wanted);
            if (!record.AllNamespaces(paths).Contains(networkNamespace)
                || !NetworkNamespace.Exists(networkNamespace))
            {
                throw new CommandFailure(
                    $"'{wanted}' is not a member of lab '{paths.Lab}'; 'weft lab status' shows them");
            }

            Console.Out.Flush();
            throw new CommandFailure(NamespaceExec.Run(NetworkNamespace.PathOf(networkNamespace), parse.GetRequiredValue(command)).ToString());
        });
        return verb;
    }
}
