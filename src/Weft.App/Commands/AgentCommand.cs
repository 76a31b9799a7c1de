using System;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Threading.Tasks;
using Weft.Agent;
using Weft.App.CommandLine;
using Weft.Node.Brain;
using Weft.Node.Detection;

namespace Weft.App.Commands;

/// <summary><c>weft agent</c>: the daemon of one node.</summary>
internal static class AgentCommand
{
    private const string Examples = """
        weft agent --node "$(hostname)" --server /run/weft/server.sock
        # what the agent's brain saw, to be replayed elsewhere
        weft agent --node n1 --server /run/weft/server.sock --record /tmp/n1.mailbox
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string> node = new("--node")
        {
            Description = "The name of this node's resource",
            HelpName = "NAME",
            Required = true,
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
        Option<string> ipv4 = new("--ip")
        {
            Description = "The node's IPv4 address: ADDRESS/LEN, autodetect or none",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => AddressingOptions.Autodetect,
        };
        Option<string> ipv6 = new("--ip6")
        {
            Description = "The node's IPv6 address: ADDRESS/LEN, autodetect or none",
            HelpName = "ADDRESS",
            DefaultValueFactory = _ => AddressingOptions.Autodetect,
        };
        Option<string> leakGrace = new("--leak-grace")
        {
            Description = "How long a workload that is gone keeps its address: 30s, 15m, 2h",
            HelpName = "TIME",
            DefaultValueFactory = _ => "15m",
        };
        const string methods = "default-route, first-found, can-reach=ADDRESS, interface=REGEX,.., skip-interface=REGEX,.., cidr=CIDR,..";
        Option<string> ipv4Method = new("--ip-autodetection-method")
        {
            Description = $"How the IPv4 address is found: {methods}",
            HelpName = "METHOD",
            DefaultValueFactory = _ => new AddressingOptions().Ipv4Method,
        };
        Option<string> ipv6Method = new("--ip6-autodetection-method")
        {
            Description = "How the IPv6 address is found: the same words",
            HelpName = "METHOD",
            DefaultValueFactory = _ => new AddressingOptions().Ipv6Method,
        };
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
            ipv4,
            ipv6,
            ipv4Method,
            ipv6Method,
            leakGrace,
        };
        verb.Validators.Add(parsed =>
        {
            // An option that is not given has no value here yet.
            if (parsed.GetValue(leakGrace) is { } given && !GivenTime.TryParse(given, out _))
            {
                parsed.AddError($"'{given}' is no time for --leak-grace: give 30s, 15m or 2h");
            }

            if (AddressingOf(parsed).Fault is { } fault)
            {
                parsed.AddError(fault);
            }
        });
        verb.Runs(async (parse, cancelled) =>
        {
            AgentOptions options = new()
            {
                Node = parse.GetRequiredValue(node),
                NetworkNamespace = parse.GetRequiredValue(netns),
                ServerSocket = ServerAddress.PathOf(parse.GetRequiredValue(server)),
                StateDirectory = parse.GetRequiredValue(state),
                SocketPath = parse.GetRequiredValue(socket),
                RecordPath = parse.GetValue(record),
                Addressing = AddressingOf(parse.CommandResult),
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

        AddressingOptions AddressingOf(CommandResult parsed) => new()
        {
            Ipv4 = parsed.GetValue(ipv4)!,
            Ipv6 = parsed.GetValue(ipv6)!,
            Ipv4Method = parsed.GetValue(ipv4Method)!,
            Ipv6Method = parsed.GetValue(ipv6Method)!,
        };
    }
}
