using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Detection;
using Xunit;

namespace Weft.Tests.Node.Detection;

/// <summary>Which of a host's addresses is the node's own.</summary>
public sealed class AddressDetectionTests
{
    private static readonly Link[] Links =
    [
        new() { Index = 1, Name = "lo", Flags = LinkFlags.Up | LinkFlags.Loopback },
        new() { Index = 2, Name = "docker0", Flags = LinkFlags.Up },
        new() { Index = 3, Name = "eth0", Flags = LinkFlags.Up },
        new() { Index = 4, Name = "eth1", Flags = LinkFlags.Up },
        new() { Index = 5, Name = "eth2", Flags = LinkFlags.None },
        new() { Index = 6, Name = "vxlan.weft", Flags = LinkFlags.Up },
    ];

    private static readonly InterfaceAddress[] Addresses =
    [
        At(1, "127.0.0.1/8"), At(1, "::1/128"), At(6, "10.65.0.1/32"), At(5, "192.168.9.9/24"),
        At(4, "10.0.0.7/8"), At(4, "fd00:2::7/64"),
        At(3, "169.254.7.7/16"), At(3, "172.16.1.1/24"), At(3, "172.16.1.9/24"), At(3, "fe80::1/64"),
        At(3, "fd00:1::99/64", AddressFlags.Secondary), At(3, "fd00:1::98/64", AddressFlags.Deprecated),
        At(3, "fd00:1::97/64", AddressFlags.Tentative), At(3, "fd00:1::96/64", AddressFlags.DadFailed), At(3, "fd00:1::1/64"),
        At(2, "172.17.0.1/16"), At(2, "fd00:d::1/64"),
    ];

    public static TheoryData<string, string?, string?> Methods => new()
    {
        { "default-route", "172.16.1.1/24", "fd00:1::1/64" },
        { "first-found", "172.16.1.1/24", "fd00:1::1/64" },
        { "interface=eth.*", "172.16.1.1/24", "fd00:1::1/64" },
        { "interface=nothing,eth1", "10.0.0.7/8", "fd00:2::7/64" },
        { "interface=docker0", "172.17.0.1/16", "fd00:d::1/64" },
        { "interface=vxlan.*", null, null },
        { "interface=eth2", null, null },
        { "skip-interface=eth0", "10.0.0.7/8", "fd00:2::7/64" },
        { "skip-interface=eth0,eth1", null, null },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_method_chooses_an_address_of_each_family(string method, string? ipv4, string? ipv6)
    {
        Assert.Equal(ipv4, Choose(method, IpFamily.Ipv4, null));
        Assert.Equal(ipv6, Choose(method, IpFamily.Ipv6, null));
    }

    [Fact]
    public void A_way_decides_and_its_source_before_the_first_address_of_its_interface()
    {
        Assert.Equal("10.0.0.7/8", Choose("default-route", IpFamily.Ipv4, new HostWay(4, null)));
        Assert.Equal("172.16.1.9/24", Choose("can-reach=192.0.2.1", IpFamily.Ipv4, new HostWay(3, IpAddress.Parse("172.16.1.9"))));
        Assert.Equal("172.16.1.1/24", Choose("can-reach=192.0.2.1", IpFamily.Ipv4, new HostWay(3, IpAddress.Parse("10.0.0.7"))));
        Assert.Equal("fd00:2::7/64", Choose("can-reach=2001:db8::1", IpFamily.Ipv6, new HostWay(4, null)));
    }

    [Fact]
    public void What_cannot_be_reached_has_no_address()
    {
        Assert.Null(Choose("can-reach=192.0.2.1", IpFamily.Ipv4, null));
        Assert.Null(Choose("can-reach=192.0.2.1", IpFamily.Ipv4, new HostWay(6, IpAddress.Parse("10.65.0.1"))));
    }

    [Fact]
    public void An_address_within_a_prefix_is_found_on_any_interface()
    {
        Assert.Equal("10.0.0.7/8", Choose("cidr=192.0.2.0/24,10.0.0.0/8", IpFamily.Ipv4, null));
        Assert.Equal("fd00:2::7/64", Choose("cidr=fd00:2::/64", IpFamily.Ipv6, null));
        Assert.Null(Choose("cidr=192.0.2.0/24", IpFamily.Ipv4, null));
    }

    [Theory]
    [InlineData("docker0")]
    [InlineData("cbr0")]
    [InlineData("virbr0")]
    [InlineData("cali0123456789a")]
    [InlineData("veth12")]
    [InlineData("flannel.1")]
    [InlineData("cni0")]
    [InlineData("br-0123456789ab")]
    public void What_is_somebodys_own_is_not_the_first_found(string device)
    {
        Link link = new() { Index = 7, Name = device, Flags = LinkFlags.Up };
        List<Candidate> candidates = AddressDetection.Candidates(IpFamily.Ipv4, [At(7, "172.30.0.1/16")], _ => link);
        Assert.Single(candidates);
        Assert.Null(AddressDetection.Choose(new DetectionMethod.FirstFound(), candidates, null));
    }

    [Theory]
    [InlineData("kubernetes-internal-ip")]
    [InlineData("")]
    [InlineData("first-found=x")]
    [InlineData("can-reach=")]
    [InlineData("can-reach=example.org")]
    [InlineData("can-reach=2001:db8::1")]
    [InlineData("interface=")]
    [InlineData("interface=(")]
    [InlineData("interface=eth0,")]
    [InlineData("cidr=10.0.0.1/8")]
    [InlineData("cidr=fd00::/64")]
    public void What_is_no_method_is_an_error_that_names_the_words(string text)
    {
        Assert.False(DetectionMethod.TryParse(text, IpFamily.Ipv4, out _, out string error));
        Assert.Contains("default-route, first-found, can-reach=ADDRESS", error, StringComparison.Ordinal);
        Assert.NotNull(new AddressingOptions { Ipv4Method = text }.Fault);
    }

    [Theory]
    [InlineData("autodetect", "autodetect", true)]
    [InlineData("none", "fd00::1/64", true)]
    [InlineData("172.16.1.1/24", "none", true)]
    [InlineData("172.16.1.1", "none", false)]
    [InlineData("none", "172.16.1.1/24", false)]
    [InlineData("yes", "none", false)]
    public void Addresses_are_given_with_their_prefix_length_or_by_a_word(string ipv4, string ipv6, bool isRight) =>
        Assert.Equal(isRight, new AddressingOptions { Ipv4 = ipv4, Ipv6 = ipv6 }.Fault is null);

    private static string? Choose(string text, IpFamily family, HostWay? way)
    {
        Assert.True(DetectionMethod.TryParse(text, family, out DetectionMethod? method, out string error), error);
        List<Candidate> candidates = AddressDetection.Candidates(
            family, Addresses, index => Links.SingleOrDefault(l => l.Index == index));
        return AddressDetection.Choose(method, candidates, way)?.Address.ToString();
    }

    private static InterfaceAddress At(int index, string address, AddressFlags flags = AddressFlags.None) =>
        new() { Index = index, Address = IpInterfaceAddress.Parse(address), Flags = flags };
}
