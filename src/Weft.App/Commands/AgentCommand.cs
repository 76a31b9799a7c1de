using System;
using System.CommandLine;
using System.Linq;
using System.Threading.Tasks;
using Weft.Agent;
using Weft.Agent.Cleaning;
using Weft.App.CommandLine;
using Weft.App.Doctor;
using Weft.App.Output;
using Weft.App.Up;
using Weft.Node.Brain;

namespace Weft.App.Commands;

/// <summary><c>weft agent</c>: the daemon of one node; with <c>--cleanup</c>, what takes all that it made away.</summary>
internal static class AgentCommand
{
    private const string Examples = """
        weft agent --node "$(hostname)" --server /run/weft/server.sock
        # what the agent's brain saw, to be replayed elsewhere
        weft agent --node n1 --server /run/weft/server.sock --record /tmp/n1.mailbox
        # this host is to have no workloads any more: everything of ours goes from its kernel
        weft agent --cleanup
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string?> node = new("--node")
        {
            Description = "The name of this node's resource",
            HelpName = "NAME",
        };
        Option<string> server = new("--server")
        {
            Description = "The server's unix socket",
            HelpName = "PATH",
            DefaultValueFactory = _ => "/run/weft/server.sock",
        };
        Option<string> state = new("--state")
        {
            Description = "Where plan and journal are kept",
            HelpName = "DIR",
            DefaultValueFactory = _ => "/var/lib/weft/agent",
        };
        Option<string> socket = new("--socket")
        {
            Description = "The unix socket for container runtimes",
            HelpName = "PATH",
            DefaultValueFactory = _ => "/run/weft/agent.sock",
        };
        Option<string> netns = new("--netns")
        {
            Description = "The network namespace of the node (default: this process's own)",
            HelpName = "PATH",
            DefaultValueFactory = _ => "",
        };
        Option<string?> record = new("--record")
        {
            Description = "Write every event of the brain's mailbox here",
            HelpName = "FILE",
        };
        Option<string> leakGrace = new("--leak-grace")
        {
            Description = "How long a workload that is gone keeps its address: 30s, 15m, 2h",
            HelpName = "TIME",
            DefaultValueFactory = _ => "15m",
        };
        Option<bool> cleanup = new("--cleanup")
        {
            Description = "Remove everything of ours from the node's kernel, while no agent runs, and end",
        };
        Option<bool> purge = new("--purge")
        {
            Description = "With --cleanup: remove plan and address journal too",
        };
        Option<string> output = OutputOption.Of(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        output.Description = "With --cleanup: how to say what was removed";
        AddressingArguments addressing = new();
        Verb verb = new(
            "agent",
            "Run a node's agent in the foreground until SIGTERM; forwarding goes on without it.",
            Examples)
        {
            node,
            server,
            state,
            socket,
            netns,
            record,
        };
        addressing.AddTo(verb);
        verb.Options.Add(leakGrace);
        verb.Options.Add(cleanup);
        verb.Options.Add(purge);
        verb.Options.Add(output);
        verb.Validators.Add(parsed =>
        {
            // An option that is not given has no value here yet.
            if (parsed.GetValue(leakGrace) is { } given && !GivenTime.TryParse(given, out _))
            {
                parsed.AddError($"'{given}' is no time for --leak-grace: give 30s, 15m or 2h");
            }

            bool cleans = parsed.GetValue(cleanup);
            if (!cleans && parsed.GetValue(node) is null)
            {
                parsed.AddError("Option '--node' is required.");
            }

            if (!cleans && parsed.GetValue(purge))
            {
                parsed.AddError("--purge goes with --cleanup");
            }
        });
        verb.Runs(async (parse, cancelled) =>
        {
            if (parse.GetValue(cleanup))
            {
                return Clean(
                    parse.GetRequiredValue(netns), parse.GetRequiredValue(state), parse.GetValue(purge), parse.FormatIn(output));
            }

            AgentOptions options = new()
            {
                Node = parse.GetValue(node)!,
                NetworkNamespace = parse.GetRequiredValue(netns),
                ServerSocket = ServerAddress.PathOf(parse.GetRequiredValue(server)),
                StateDirectory = parse.GetRequiredValue(state),
                SocketPath = parse.GetRequiredValue(socket),
                RecordPath = parse.GetValue(record),
                Addressing = addressing.Of(parse.CommandResult),
                LeakGrace = GivenTime.TryParse(parse.GetRequiredValue(leakGrace), out TimeSpan grace)
                    ? grace
                    : AgentBrain.LeakGraceDefault,
                Log = Daemon.Log,
            };
            await using AgentHost agent = await AgentHost.StartAsync(options, cancelled);
            await Task.WhenAny(agent.Ended, Daemon.UntilAsync(cancelled));
            return cancelled.IsCancellationRequested
                ? ExitCode.Done
                : throw new CommandFailure("the agent stopped because of a defect, which it told above; forwarding goes on");
        });
        return verb;
    }

    private static int Clean(string networkNamespace, string state, bool purge, OutputFormat format)
    {
        if (RunningAgents.In(networkNamespace) is [int pid, ..])
        {
            throw new CommandFailure(FormattableString.Invariant($"an agent is at work here, process {pid}: stop it first"));
        }

        CleanupReport report = NodeCleanup.Run(networkNamespace, UpOptions.AgentStateIn(state), purge);
        if (format == OutputFormat.Table)
        {
            Print(report);
        }
        else
        {
            DocumentOutput.Write(Console.Out, format, report, CleanupJson.Default.CleanupReport);
        }

        return report.Left.Count == 0 ? ExitCode.Done : throw new CommandFailure(string.Join('\n', report.Left));
    }

    private static void Print(CleanupReport report)
    {
        foreach (CleanedObject removed in report.Removed)
        {
            Console.Out.WriteLine($"removed {removed.Kind} {removed.Name}");
        }

        foreach (RestoredSetting setting in report.Settings)
        {
            Console.Out.WriteLine($"set {setting.Name} from {setting.From} to {setting.To}, as it was");
        }

        foreach (string file in report.Files)
        {
            Console.Out.WriteLine($"removed file {file}");
        }

        if (!report.Removed.Any() && !report.Settings.Any() && !report.Files.Any() && !report.Left.Any())
        {
            Console.Out.WriteLine("nothing of ours is here");
        }
    }
}
