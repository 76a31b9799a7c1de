using System;
using System.IO;
using System.Text.Json.Nodes;
using Weft.App.Commands.Ipam;
using Weft.App.Output;
using Weft.Net;
using Weft.Plan.Protocol;
using Xunit;

namespace Weft.Tests.App.Commands.Ipam;

public sealed class IpamOutputTests
{
    private static readonly IpamStatus Status = new()
    {
        Revision = 9,
        Pools =
        [
            Pool("default", "10.65.0.0/24", 26, 256, 4) with
            {
                Blocks = 1,
                InUse = 3,
                Borrowed = 1,
                Reserved = 2,
                Free = 251,
                UsedPercent = 1.95,
                Nodes =
                [
                    new NodeUsage
                    {
                        Node = "n1",
                        InUse = 2,
                        Borrowed = 0,
                        Candidates = 0,
                        Reclaimed = 0,
                        Blocks = [new BlockUsage { Cidr = IpPrefix.Parse("10.65.0.0/26"), Size = 64, Workloads = 1, Tunnels = 1, Lent = 1, Reserved = 2, Resting = null, Free = 59 }],
                    },
                    new NodeUsage
                    {
                        Node = "n2",
                        InUse = 1,
                        Borrowed = 1,
                        Candidates = 0,
                        Reclaimed = 0,
                        Borrows = [new BorrowedAddress(IpAddress.Parse("10.65.0.5"), "n1", IpPrefix.Parse("10.65.0.0/26"))],
                    },
                ],
            },
            Pool("six", "fd00::/64", 122, Math.Pow(2, 64), Math.Pow(2, 58)) with { Allocates = false, Free = Math.Pow(2, 64) },
        ],
    };

    private static readonly IpamCheck Check = new()
    {
        Revision = 9,
        Nodes = ["n1"],
        Away = ["n2"],
        Addresses =
        [
            new CheckedAddress { Address = IpAddress.Parse("10.65.0.1"), Node = "n1", Use = AddressUse.Workload, Owner = "shop/web/eth0", State = AddressState.InUse, Pool = "default", Block = IpPrefix.Parse("10.65.0.0/26") },
            new CheckedAddress { Address = IpAddress.Parse("10.66.0.1"), Node = "n2", Use = AddressUse.Tunnel, Owner = "n2" },
        ],
        Problems =
        [
            new IpamProblem { Kind = IpamProblemKind.Away, Node = "n2", Message = "the agent of n2 did not answer", Mend = "start it", MendsItself = false },
            new IpamProblem { Kind = IpamProblemKind.NotInStore, Node = "n1", Address = IpAddress.Parse("10.65.0.1"), Message = "the store does not say so", Mend = "by itself", MendsItself = true },
        ],
    };

    [Fact]
    public void Pools_are_a_line_each()
    {
        Assert.Equal(
            """
            POOL      CIDR           SIZE      BLOCKS         IN-USE   BORROWED   RESERVED   FREE         USED
            default   10.65.0.0/24   256       1 of 4         3        1          2          251          1.95 %
            six       fd00::/64      1.8e+19   0 of 2.9e+17   0        0          0          0 (closed)   0 %

            """,
            Written(writer => IpamShowCommand.Print(writer, Status, blocks: false, OutputFormat.Table)));
    }

    [Fact]
    public void Blocks_and_borrowed_addresses_are_a_line_each()
    {
        Assert.Equal(
            """
            POOL      NODE   BLOCK             SIZE   WORKLOADS   TUNNELS   LENT   RESERVED   RESTING   FREE
            default   n1     10.65.0.0/26      64     1           1         1      2          -         59
            default   n2     10.65.0.5 of n1   1      1           0         0      0          0         0

            """,
            Written(writer => IpamShowCommand.Print(writer, Status, blocks: true, OutputFormat.Table)));
    }

    [Fact]
    public void A_check_says_what_is_not_right_and_how_it_is_mended()
    {
        Assert.Equal(
            """
            2 addresses in use, 1 nodes asked; not asked, for their agents are away: n2.
              error the agent of n2 did not answer
                mend: start it
              notice the store does not say so
                mend: by itself

            """,
            Written(writer => IpamCheckCommand.Print(writer, Check, OutputFormat.Table)));
        Assert.StartsWith(
            """
            ADDRESS     NODE   USE        OWNER           STATE       POOL      BLOCK
            10.65.0.1   n1     workload   shop/web/eth0   in use      default   10.65.0.0/26
            10.66.0.1   n2     tunnel     n2              not asked   -         -
            """,
            Written(writer => IpamCheckCommand.Print(writer, Check, OutputFormat.Wide)),
            StringComparison.Ordinal);
        Assert.Equal(
            "0 addresses in use, 1 nodes asked.\nStore, journals and kernels agree at revision 9.\n",
            Written(writer => IpamCheckCommand.Print(writer, Check with { Away = [], Addresses = [], Problems = [] }, OutputFormat.Table)));
    }

    [Fact]
    public void JSON_is_what_the_server_said()
    {
        JsonNode pools = JsonNode.Parse(Written(writer => IpamShowCommand.Print(writer, Status, blocks: false, OutputFormat.Json)))!;
        Assert.Equal((256, "10.65.0.5"), ((int)pools["pools"]![0]!["size"]!, (string?)pools["pools"]![0]!["nodes"]![1]!["borrows"]![0]!["address"]));
        JsonNode check = JsonNode.Parse(Written(writer => IpamCheckCommand.Print(writer, Check, OutputFormat.Json)))!;
        Assert.Equal(("Away", false), ((string?)check["problems"]![0]!["kind"], (bool)check["problems"]![0]!["mendsItself"]!));
    }

    private static PoolUsage Pool(string name, string cidr, int blockSize, double size, double blocks) => new()
    {
        Name = name,
        Cidr = IpPrefix.Parse(cidr),
        BlockSize = blockSize,
        Allocates = true,
        Size = size,
        Blocks = 0,
        BlocksMax = blocks,
        InUse = 0,
        Borrowed = 0,
        Reserved = 0,
        Free = size,
        UsedPercent = 0,
    };

    private static string Written(Action<TextWriter> print)
    {
        using StringWriter writer = new() { NewLine = "\n" };
        print(writer);
        return writer.ToString();
    }
}
