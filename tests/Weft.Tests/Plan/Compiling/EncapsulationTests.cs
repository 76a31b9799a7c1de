using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Plan.Compiling;

public sealed class EncapsulationTests
{
    private const string Here = "172.16.1.2/24";
    private const string Near = "172.16.1.3/24";
    private const string Far = "172.16.2.2/24";

    [Theory]
    [InlineData(EncapsulationMode.Never, Near, BlockPath.Direct)]
    [InlineData(EncapsulationMode.Never, Far, BlockPath.Underlay)]
    [InlineData(EncapsulationMode.CrossSubnet, Near, BlockPath.Direct)]
    [InlineData(EncapsulationMode.CrossSubnet, Far, BlockPath.Vxlan)]
    [InlineData(EncapsulationMode.Always, Near, BlockPath.Vxlan)]
    [InlineData(EncapsulationMode.Always, Far, BlockPath.Vxlan)]
    public void Packets_are_encapsulated_by_mode_and_subnet(EncapsulationMode mode, string other, BlockPath path) =>
        Assert.Equal(path, Encapsulation.Between(mode, IpInterfaceAddress.Parse(Here), IpInterfaceAddress.Parse(other)));

    [Fact]
    public void The_answer_is_the_same_in_both_directions_also_when_masks_differ()
    {
        IpInterfaceAddress[] addresses =
        [
            .. new[] { Here, Near, Far, "172.16.1.4/16", "172.16.3.1/16", "172.16.1.5/32", "172.16.1.6/25", "172.16.1.200/25" }
                .Select(IpInterfaceAddress.Parse),
        ];
        foreach (IpInterfaceAddress one in addresses)
        {
            foreach (IpInterfaceAddress other in addresses)
            {
                foreach (EncapsulationMode mode in new[] { EncapsulationMode.Never, EncapsulationMode.CrossSubnet, EncapsulationMode.Always })
                {
                    Assert.Equal(Encapsulation.Between(mode, one, other), Encapsulation.Between(mode, other, one));
                }

                Assert.Equal(Encapsulation.MasksDiffer(one, other), Encapsulation.MasksDiffer(other, one));
            }
        }
    }

    [Theory]
    [InlineData(1500, 9000, 1450)]
    [InlineData(9000, 1500, 1450)]
    [InlineData(9000, 9000, 8950)]
    [InlineData(null, 9000, 8950)]
    [InlineData(1500, null, 1450)]
    [InlineData(null, null, null)]
    public void A_route_has_the_smaller_underlay_MTU_less_the_overhead(int? one, int? other, int? expected) =>
        Assert.Equal(expected, Encapsulation.RouteMtu(one, other));

    [Fact]
    public void A_tunnel_device_has_a_stable_address_of_its_own()
    {
        NodeResource node = new() { Metadata = new Metadata { Name = "n1" } };
        MacAddress address = Encapsulation.TunnelMac(node);
        Assert.Equal(0x66UL, address.Value >> 40);
        Assert.False(address.IsGroup);
        Assert.Equal(address, Encapsulation.TunnelMac(node));
        Assert.NotEqual(address, Encapsulation.TunnelMac(new NodeResource { Metadata = new Metadata { Name = "n2" } }));
        MacAddress given = MacAddress.Parse("02:00:00:00:00:07");
        Assert.Equal(given, Encapsulation.TunnelMac(node with { VxlanTunnelMacAddr = given }));
    }
}
