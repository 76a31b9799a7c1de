using System;
using System.IO;
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

    [Fact]
    public void Of_a_folder_of_an_engine_only_regular_files_are_read()
    {
        string folder = Directory.CreateTempSubdirectory("weft-t-").FullName;
        try
        {
            string file = Path.Combine(folder, "net.conf");
            string link = Path.Combine(folder, "net.link");
            File.WriteAllText(file, "{}");
            File.CreateSymbolicLink(link, file);
            File.CreateSymbolicLink(Path.Combine(folder, "nowhere"), Path.Combine(folder, "none"));
            File.CreateSymbolicLink(Path.Combine(folder, "circle"), Path.Combine(folder, "circle"));
            File.CreateSymbolicLink(Path.Combine(folder, "device"), "/dev/zero");
            File.WriteAllBytes(Path.Combine(folder, "long"), new byte[2 << 20]);
            Assert.Equal([file, link], HostRanges.FilesIn(folder).Order(StringComparer.Ordinal));
            Assert.Empty(HostRanges.FilesIn(Path.Combine(folder, "none")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
