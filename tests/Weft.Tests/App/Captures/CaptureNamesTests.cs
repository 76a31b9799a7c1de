using Weft.App.Captures;
using Weft.App.Lab;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Net.Captures;
using Xunit;

namespace Weft.Tests.App.Captures;

public sealed class CaptureNamesTests
{
    private const string Macs = "02000000000b02000000000a";
    private const string Inner = "4500001c00000000400600000a4100010a410042" + "c350005000000000";

    [Theory]
    [InlineData(LinkType.Ethernet, Macs + "0800" + Inner, "web > 10.65.0.66")]
    [InlineData(LinkType.Raw, Inner, "web > 10.65.0.66")]
    [InlineData(LinkType.Ethernet, Macs + "0800" + "4500004e00000000401100" + "00ac100102ac100203"
        + "c35012b5003a0000" + "0800000000100000" + Macs + "0800" + Inner, "n1 > 172.16.2.3: web > 10.65.0.66")]
    [InlineData(LinkType.Raw, "6000000000003b40fd000001000000000000000000000001fd000002000000000000000000000001",
        "fd00:1::1 > db")]
    [InlineData(LinkType.Ethernet, Macs + "0806", "")]
    [InlineData(LinkType.Ethernet, Macs, "")]
    [InlineData(LinkType.Raw, "", "")]
    [InlineData(LinkType.Raw, "4500001c00000000400600000a4100030a410042", "")]
    public void Who_is_known_by_name_is_named(LinkType link, string hex, string ways) =>
        Assert.Equal(ways, CaptureNames.TextOf(Names().WaysOf(Hex.ToBytes(hex), link)));

    [Fact]
    public void Without_a_lab_nobody_is_named()
    {
        CaptureNames names = new(null);
        Assert.Empty(names.WaysOf(Hex.ToBytes(Inner), LinkType.Raw));
        Assert.Empty(names.All);
        Assert.Empty(names.AddressesOf("web"));
    }

    private static CaptureNames Names() => new(new LabStatus
    {
        Name = "lab",
        CreationTimestamp = "",
        Processes = false,
        Ready = true,
        ServerSocket = "",
        Segments = [],
        Routers = [],
        Hosts = [],
        Nodes =
        [
            new LabNodeStatus("n1", "weft-lab-n1", [IpAddress.Parse("172.16.1.2")], [], "", null, true, ""),
        ],
        Workloads =
        [
            new WorkloadStatus("web", "weft-lab-web", "shop", "n1", [IpAddress.Parse("10.65.0.1")], "weft0", true),
            new WorkloadStatus("db", "weft-lab-db", "shop", "n2", [IpAddress.Parse("fd00:2::1")], "weft1", true),
        ],
    });
}
