using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.App.Output;
using Weft.App.Up;
using Weft.Net;
using Weft.Node.Brain;

namespace Weft.App.Commands;

/// <summary><c>weft up</c>: server and agent on this host, with defaults that overlap nothing seen on it.</summary>
internal static class UpCommand
{
    private const string Examples = """
        sudo weft up
        # and everything that containerd, CRI-O, nerdctl and podman need
        sudo weft up --cni-config --cni-bin
        sudo weft up --pool 10.99.0.0/16,fd00:99::/64 --node web1
        # in another shell
        sudo weft get nodes
        # this host is to have no workloads any more
        sudo weft agent --cleanup
        """;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<string> state = new("--state")
        {
            Description = "Where store, plan and address journal are kept",
            HelpName = "DIR",
            DefaultValueFactory = _ => "/var/lib/weft",
        };
        Option<string> run = new("--run")
        {
            Description = "Where the sockets are",
            HelpName = "DIR",
            DefaultValueFactory = _ => "/run/weft",
        };
        Option<string> node = new("--node")
        {
            Description = "The node's name (default: the host's)",
            HelpName = "NAME",
            DefaultValueFactory = _ => NodeNames.Of(Environment.MachineName),
        };
        Option<string?> pool = new("--pool")
        {
            Description = "The range of the first pool, one of each family at most (default: chosen)",
            HelpName = "CIDR,CIDR",
        };
        Option<string?> config = new("--cni-config")
        {
            Description = $"Write the configuration for container runtimes (default: to {CniInstallation.ConfigDefault})",
            HelpName = "PATH",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> bin = new("--cni-bin")
        {
            Description = $"Install the plugin weft-cni (default: in {CniInstallation.BinDefault})",
            HelpName = "DIR",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<bool> skip = new("--skip-checks")
        {
            Description = "Start also where 'weft doctor' finds something missing",
        };
        Option<string> leakGrace = new("--leak-grace")
        {
            Description = "How long a workload that is gone keeps its address: 30s, 15m, 2h",
            HelpName = "TIME",
            DefaultValueFactory = _ => "15m",
        };
        AddressingArguments addressing = new();
        Verb verb = new(
            "up",
            "Bring Weft up on this host: server and agent in the foreground, until Ctrl-C; forwarding goes on without them.",
            Examples)
        {
            state,
            run,
            node,
            pool,
            config,
            bin,
            skip,
            leakGrace,
        };
        addressing.AddTo(verb);
        verb.Validators.Add(parsed =>
        {
            foreach ((string name, string? path) in (IEnumerable<(string, string?)>)
                [(state.Name, parsed.GetValue(state)), (run.Name, parsed.GetValue(run)), (config.Name, parsed.GetValue(config)), (bin.Name, parsed.GetValue(bin))])
            {
                if (path is { Length: 0 })
                {
                    parsed.AddError($"{name} '' is no path");
                }
            }

            if (parsed.GetValue(pool) is { } text && PoolsOf(text, out string fault) is null)
            {
                parsed.AddError(fault);
            }

            // An option that is not given has no value here yet.
            if (parsed.GetValue(leakGrace) is { } given && !GivenTime.TryParse(given, out _))
            {
                parsed.AddError($"'{given}' is no time for --leak-grace: give 30s, 15m or 2h");
            }
        });
        verb.Runs((parse, cancelled) => RunAsync(
            new UpOptions
            {
                StateDirectory = Path.GetFullPath(parse.GetRequiredValue(state)),
                RunDirectory = Path.GetFullPath(parse.GetRequiredValue(run)),
                Node = parse.GetRequiredValue(node),
                Pools = parse.GetValue(pool) is { } text ? PoolsOf(text, out _)! : [],
                CniConfig = parse.GetResult(config) is null ? null : parse.GetValue(config) ?? CniInstallation.ConfigDefault,
                CniBin = parse.GetResult(bin) is null ? null : parse.GetValue(bin) ?? CniInstallation.BinDefault,
                SkipsChecks = parse.GetValue(skip),
                Addressing = addressing.Of(parse.CommandResult),
                LeakGrace = GivenTime.TryParse(parse.GetRequiredValue(leakGrace), out TimeSpan grace)
                    ? grace
                    : AgentBrain.LeakGraceDefault,
            },
            cancelled));
        return verb;
    }

    private static List<IpPrefix>? PoolsOf(string text, out string fault)
    {
        List<IpPrefix> pools = [];
        foreach (string part in text.Split(','))
        {
            if (!IpPrefix.TryParse(part.Trim(), out IpPrefix range))
            {
                fault = $"--pool: '{part}' is not a CIDR such as 10.65.0.0/16";
                return null;
            }

            if (pools.Any(other => other.Family == range.Family))
            {
                fault = "--pool: one range of each family at most; more pools come with 'weft apply'";
                return null;
            }

            pools.Add(range);
        }

        fault = "";
        return pools;
    }

    private static async Task<int> RunAsync(UpOptions options, CancellationToken cancelled)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new CommandFailure("the kernel's network is root's: try sudo weft up");
        }

        using Terminal.Progress progress = new();
        await using HostUp up = await HostUp.StartAsync(options, progress, cancelled);
        progress.Dispose();
        Print(options, up);
        await Task.WhenAny(up.Ended, Daemon.UntilAsync(cancelled));
        return cancelled.IsCancellationRequested
            ? ExitCode.Done
            : throw new CommandFailure("the agent stopped because of a defect, which it told above; forwarding goes on");
    }

    private static void Print(UpOptions options, HostUp up)
    {
        TextWriter output = Console.Out;
        string pools = string.Join(" and ", up.Pools.Select(pool => pool.Cidr.ToString()));
        string wait = up.Waiting.Length == 0 ? "" : $" It is not ready yet: it waits for {up.Waiting}.";
        output.WriteLine($"Weft is up on node {options.Node}: workloads get addresses of {pools}.{wait}");
        if (up.Made.Count > 0)
        {
            output.WriteLine($"  made        {string.Join(", ", up.Made)}");
        }

        output.WriteLine($"  state       {options.StateDirectory}");
        output.WriteLine($"  server      {options.ServerSocket}");
        output.WriteLine($"  containers  {options.AgentSocket}, asked by the plugin weft-cni");
        if (options.CniConfig is null)
        {
            output.WriteLine($"              {CniInstallation.ConfigDefault} tells runtimes so, with ('--cni-config' writes it):");
            output.WriteLine(up.Conflist.TrimEnd());
        }
        else
        {
            output.WriteLine($"              network '{CniInstallation.Network}' of {options.CniConfig}");
        }

        string at = options.RunDirectory == "/run/weft" ? "" : $" --server {options.ServerSocket}";
        output.WriteLine("Next:");
        output.WriteLine($"  weft get nodes{at}           and ippools, blocks, workloads; with -w live");
        output.WriteLine($"  weft status{at}              what is not right, and why");
        output.WriteLine("Ctrl-C stops it, and forwarding goes on; then 'weft agent --cleanup' takes everything out of the kernel.");
        output.Flush();
    }
}
