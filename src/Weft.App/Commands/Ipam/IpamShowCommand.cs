using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.App.Output;
using Weft.Net;
using Weft.Plan;
using Weft.Plan.Protocol;

namespace Weft.App.Commands.Ipam;

/// <summary><c>weft ipam show</c>: how pools use their addresses; blocks, or one address.</summary>
internal static class IpamShowCommand
{
    private const string Examples = """
        weft ipam show
        weft ipam show --blocks
        weft ipam show --ip 10.65.0.3
        weft ipam show -o json | jq '.pools[] | select(.usedPercent > 80) | .name'
        """;

    // From here on a number of addresses is an order of magnitude, and not a count.
    private const double Countable = 1e12;

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        Option<bool> blocks = new("--blocks") { Description = "Show each node's blocks" };
        Option<string?> ip = IpamCommand.AddressOption("Show whose this address is, or why nobody's", required: false);
        Option<string> output = OutputOption.Of(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        ServerAddress address = new();
        Verb verb = new("show", "Show how pools use their addresses; blocks, or one address.", Examples) { blocks, ip, output };
        address.AddTo(verb);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(blocks) && result.GetValue(ip) is not null)
            {
                result.AddError("--blocks and --ip exclude each other");
            }
        });
        verb.Runs(async (parse, cancelled) =>
        {
            using ServerClient server = address.Connect(parse);
            OutputFormat format = parse.FormatIn(output);
            if (parse.GetValue(ip) is { } text)
            {
                Print(Console.Out, await server.AddressAsync(IpAddress.Parse(text), cancelled), format);
            }
            else
            {
                Print(Console.Out, await server.IpamAsync(cancelled), parse.GetValue(blocks), format);
            }

            return ExitCode.Done;
        });
        return verb;
    }

    /// <summary>Prints one address.</summary>
    internal static void Print(TextWriter output, AddressInfo info, OutputFormat format)
    {
        if (format == OutputFormat.Table)
        {
            output.WriteLine(info.Message);
        }
        else
        {
            DocumentOutput.Write(output, format, info, PlanJson.Default.AddressInfo);
        }
    }

    /// <summary>Prints all pools.</summary>
    internal static void Print(TextWriter output, IpamStatus status, bool blocks, OutputFormat format)
    {
        if (format != OutputFormat.Table)
        {
            DocumentOutput.Write(output, format, status, PlanJson.Default.IpamStatus);
        }
        else if (blocks)
        {
            BlockTable(status).WriteTo(output);
        }
        else
        {
            PoolTable(status).WriteTo(output);
        }
    }

    private static TextTable PoolTable(IpamStatus status)
    {
        TextTable table = new("POOL", "CIDR", "SIZE", "BLOCKS", "IN-USE", "BORROWED", "RESERVED", "FREE", "USED");
        foreach (PoolUsage pool in status.Pools)
        {
            table.Add(
                pool.Name,
                pool.Cidr.ToString(),
                Count(pool.Size),
                $"{Count(pool.Blocks)} of {Count(pool.BlocksMax)}",
                Count(pool.InUse),
                Count(pool.Borrowed),
                Count(pool.Reserved),
                pool.Allocates ? Count(pool.Free) : "0 (closed)",
                string.Create(CultureInfo.InvariantCulture, $"{pool.UsedPercent:0.##} %"));
        }

        return table;
    }

    private static TextTable BlockTable(IpamStatus status)
    {
        TextTable table = new("POOL", "NODE", "BLOCK", "SIZE", "WORKLOADS", "TUNNELS", "LENT", "RESERVED", "RESTING", "FREE");
        foreach ((PoolUsage pool, NodeUsage node) in status.Pools.SelectMany(pool => pool.Nodes.Select(node => (pool, node))))
        {
            foreach (BlockUsage block in node.Blocks)
            {
                table.Add(
                    pool.Name,
                    node.Node,
                    block.Cidr.ToString(),
                    Count(block.Size),
                    Count(block.Workloads),
                    Count(block.Tunnels),
                    Count(block.Lent),
                    Count(block.Reserved),
                    block.Resting is { } resting ? Count(resting) : "",
                    Count(block.Free));
            }

            foreach (BorrowedAddress borrowed in node.Borrows)
            {
                table.Add(pool.Name, node.Node, $"{borrowed.Address} of {borrowed.Lender}", "1", "1", "0", "0", "0", "0", "0");
            }
        }

        return table;
    }

    private static string Count(double addresses) => addresses < Countable
        ? addresses.ToString("0", CultureInfo.InvariantCulture)
        : addresses.ToString("0.0e+0", CultureInfo.InvariantCulture);
}
