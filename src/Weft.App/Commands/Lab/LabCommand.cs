using System;
using System.CommandLine;
using Weft.App.CommandLine;

namespace Weft.App.Commands.Lab;

/// <summary><c>weft lab</c>: a whole data centre on one host.</summary>
internal static class LabCommand
{
    private const string Examples = """
        weft lab up                      # the quickstart that comes with weft
        weft lab up -f lab.yaml --name blue
        weft lab show --name blue
        weft lab check --name blue
        weft lab exec --name blue web -- ping -c 1 10.65.0.130
        weft lab down --name blue
        """;

    /// <summary>The verb with all its own verbs.</summary>
    public static Command Create() =>
        new Verb("lab", "Run a whole data centre on this host, in network namespaces.", Examples)
    {
        LabUpCommand.Create(),
        LabRunCommand.Create(),
        LabListCommand.Create(),
        LabStatusCommand.Create(),
        LabShowCommand.Create(),
        LabCheckCommand.Create(),
        LabExecCommand.Create(),
        LabRestartCommand.Create(),
        LabDownCommand.Create(),
    };

    /// <summary>Fails unless the process may make network namespaces and read what is known of labs: both are
    /// root's.</summary>
    public static void DemandRoot(string verb)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new CommandFailure($"'weft lab {verb}' needs root, who owns labs and their network namespaces; try sudo");
        }
    }
}
