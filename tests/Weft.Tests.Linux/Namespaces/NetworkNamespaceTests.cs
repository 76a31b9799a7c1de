using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Weft.Linux;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Tests.Linux.Crashes;
using Xunit;

namespace Weft.Tests.Linux.Namespaces;

[Collection(nameof(OneAtATime))]
public sealed class NetworkNamespaceTests
{
    [Fact]
    public void A_namespace_made_and_removed_a_hundred_times_leaves_nothing()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        string name = NameOf("often");
        Cycle(name);
        int descriptors = Descriptors();
        int mounts = Mounts();
        for (int i = 0; i < 100; i++)
        {
            Cycle(name);
        }

        Assert.False(File.Exists(NetworkNamespace.PathOf(name)));
        Assert.Equal(mounts, Mounts());

        // The runtime opens a few of its own; a leak would be a hundred.
        Assert.InRange(Descriptors(), 0, descriptors + 50);
    }

    [Fact]
    public async Task What_is_no_namespace_is_refused_and_never_waited_for()
    {
        string folder = Directory.CreateTempSubdirectory("weft-t-").FullName;
        try
        {
            string pipe = Path.Combine(folder, "pipe");
            string file = Path.Combine(folder, "file");
            Tool.Run("mkfifo", pipe);
            File.WriteAllText(file, "");
            foreach (string path in (string[])[pipe, file, folder, "/dev/null"])
            {
                Task<LinuxException> refused = Task.Run(
                    () => Assert.Throws<LinuxException>(() => NetworkNamespace.Open(path)), TestContext.Current.CancellationToken);
                Assert.Equal(KernelErrno.EINVAL, (await refused.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).Error.Errno);
            }

            Assert.Equal(
                KernelErrno.ENOENT, Assert.Throws<LinuxException>(() => NetworkNamespace.Open(Path.Combine(folder, "none"))).Error.Errno);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Iproute2_sees_ours_and_we_see_its()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        using TestNamespace blue = new();
        Assert.Contains(blue.Name, Tool.Run("ip", "netns list"), StringComparison.Ordinal);
        string theirs = NameOf("theirs");
        Tool.Run("ip", $"netns add {theirs}");
        try
        {
            Assert.True(NetworkNamespace.Exists(theirs));
            Assert.Contains(theirs, NetworkNamespace.List());
            Assert.NotEqual(NetworkNamespace.Identity(blue.Path), NetworkNamespace.Identity(NetworkNamespace.PathOf(theirs)));
        }
        finally
        {
            Assert.Null(NetworkNamespace.Delete(theirs));
        }

        Assert.DoesNotContain(theirs, Tool.Run("ip", "netns list"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_taken_name_is_refused_and_the_namespace_stays()
    {
        using TestNamespace blue = new();
        ulong? before = NetworkNamespace.Identity(blue.Path);
        Assert.Equal("EEXIST", NetworkNamespace.Create(blue.Name)?.Name);
        Assert.Equal(before, NetworkNamespace.Identity(blue.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public void A_name_that_leads_elsewhere_is_refused(string name)
    {
        Assert.Equal("EINVAL", NetworkNamespace.Create(name)?.Name);
        Assert.Equal("EINVAL", NetworkNamespace.Delete(name)?.Name);
    }

    [Fact]
    public void A_file_left_over_from_an_interrupted_creation_is_no_namespace_and_can_be_removed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        string name = NameOf("torn");
        Directory.CreateDirectory(NetworkNamespace.Root);
        File.WriteAllText(NetworkNamespace.PathOf(name), "");
        Assert.False(NetworkNamespace.Exists(name));
        Assert.DoesNotContain(name, NetworkNamespace.List());
        Assert.Null(NetworkNamespace.Delete(name));
        Assert.False(File.Exists(NetworkNamespace.PathOf(name)));
    }

    [Fact]
    public void Loopback_is_up_when_asked()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        string name = NameOf("lo");
        Assert.Null(NetworkNamespace.Create(name, loopbackUp: true));
        try
        {
            using NetlinkSocket socket = NetlinkSocket.Open(NetworkNamespace.PathOf(name));
            byte[] message = Assert.Single(socket.Execute(LinkRequests.GetByName("lo")).Messages);
            Assert.True(RtnetlinkMessage.TryDecode(message, out RtnetlinkMessage? value));
            Assert.True(((RtnetlinkMessage.LinkChanged)value).Link.IsUp);
        }
        finally
        {
            Assert.Null(NetworkNamespace.Delete(name));
        }
    }

    [Fact]
    public void Work_in_a_namespace_returns_from_it_also_when_it_throws_and_from_many_threads()
    {
        using TestNamespace blue = new();
        ulong? own = NamespaceThread.Shared.Run(null, Here);
        ulong? there = NetworkNamespace.Identity(blue.Path);
        Assert.Throws<InvalidOperationException>(() => NamespaceThread.Shared.Run(
            blue.Path, new Action(() => throw new InvalidOperationException())));
        Parallel.For(0, 200, i => Assert.Equal(
            i % 2 == 0 ? own : there, NamespaceThread.Shared.Run(i % 2 == 0 ? null : blue.Path, Here)));
        Assert.NotEqual(own, there);
        LinuxException missing = Assert.Throws<LinuxException>(
            () => NamespaceThread.Shared.Run("/run/netns/weft-t-nowhere", Here));
        Assert.Equal("ENOENT", missing.Error.Name);
        Assert.Equal(own, NamespaceThread.Shared.Run(null, Here));
    }

    [Fact]
    public void Sysctl_writes_in_the_namespace_and_nowhere_else()
    {
        using TestNamespace blue = new();
        using TestNamespace green = new();
        Assert.Null(Sysctl.Write(blue.Path, "ipv4/ip_forward", "1"));
        Assert.Null(Sysctl.Read(blue.Path, "ipv4/ip_forward", out string here));
        Assert.Null(Sysctl.Read(green.Path, "ipv4/ip_forward", out string there));
        Assert.Equal(("1", "0"), (here, there));
        Assert.Null(Sysctl.Write(blue.Path, ("ipv4/conf/lo/rp_filter", "1"), ("ipv6/conf/lo/forwarding", "1")));
        KernelError? error = Sysctl.Write(blue.Path, "ipv4/conf/nothing/forwarding", "1");
        Assert.Equal("ENOENT", error?.Name);
        Assert.Contains("ipv4/conf/nothing/forwarding", error?.Message, StringComparison.Ordinal);
    }

    private static ulong? Here() => NetworkNamespace.Identity("/proc/thread-self/ns/net");

    private static void Cycle(string name)
    {
        Assert.Null(NetworkNamespace.Create(name));
        Assert.True(NetworkNamespace.Exists(name));
        Assert.Null(NetworkNamespace.Delete(name));
        Assert.False(NetworkNamespace.Exists(name));
        Assert.Null(NetworkNamespace.Delete(name));
    }

    private static string NameOf(string suffix) =>
        string.Create(CultureInfo.InvariantCulture, $"weft-t-{Environment.ProcessId}-{suffix}");

    private static int Descriptors() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();

    private static int Mounts() => File.ReadLines("/proc/self/mountinfo")
        .Count(line => line.Contains(NameOf("often"), StringComparison.Ordinal));
}
