using System.Linq;
using Weft.App.Up;
using Weft.Net;
using Xunit;

namespace Weft.Tests.App.Up;

public sealed class HostRangesTests
{
    [Fact]
    public void Name_servers_are_read_as_the_resolver_reads_them()
    {
        string[] lines =
        [
            "# nameserver 192.0.2.1", "nameserver 10.0.0.53", "search example.com", "nameserver\tfe80::1%eth0 extra", "nameserver x",
        ];
        Assert.Equal([IpAddress.Parse("10.0.0.53"), IpAddress.Parse("fe80::1")], HostRanges.NameServers(lines));
    }

    [Fact]
    public void Ranges_are_found_in_a_network_file_of_any_engine()
    {
        const string podman = """{"plugins":[{"ipam":{"ranges":[[{"subnet":"10.88.0.0/16","gateway":"10.88.0.1"}]],"routes":[{"dst":"::/0"}]}}]}""";
        const string docker = """{"bip": "10.200.0.1/24", "fixed-cidr-v6": "fd00:5::/64", "mtu": 1500, "data-root": "/var/lib/docker"}""";
        Assert.Equal(["10.88.0.0/16", "::/0"], HostRanges.Named(podman).Select(range => range.ToString()));
        Assert.Equal(["10.200.0.0/24", "fd00:5::/64"], HostRanges.Named(docker).Select(range => range.ToString()));
    }
}
