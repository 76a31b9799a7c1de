using System;
using System.Text;
using Weft.App.Lab.State;
using Xunit;

namespace Weft.Tests.App.Lab.State;

public sealed class LabPathsTests
{
    [Theory]
    [InlineData("quickstart", "n1")]
    [InlineData("a", "a")]
    [InlineData("lab-of-the-longest-name-that-a-label-of-dns-can-have-and-no-more", "n1")]
    [InlineData("lab-of-the-longest-name-that-a-label-of-dns-can-have-and-no-more", "node-of-the-longest-name-that-a-label-of-dns-can-have-and-no-mor")]
    public void Every_socket_of_a_lab_fits_into_a_socket_address(string lab, string node)
    {
        LabPaths paths = LabPaths.Of(lab[..Math.Min(lab.Length, 63)]);
        foreach (string socket in (string[])[paths.ServerSocket, paths.RuntimeControl, paths.NodesControl, paths.AgentSocket(node)])
        {
            Assert.True(Encoding.UTF8.GetByteCount(socket) <= LabPaths.SocketPathLimit, socket);
            Assert.StartsWith(paths.Directory + "/", socket, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Agents_of_nodes_with_long_names_have_sockets_of_their_own()
    {
        LabPaths paths = LabPaths.Of(new string('l', 60));
        Assert.NotEqual(paths.AgentSocket(new string('n', 62) + "1"), paths.AgentSocket(new string('n', 62) + "2"));
    }

    [Fact]
    public void No_member_can_have_the_name_of_the_underlay()
    {
        Assert.Equal("weft-blue--underlay", LabPaths.Of("blue").UnderlayNamespace);
        Assert.Equal("weft-blue-n1", LabPaths.Of("blue").NamespaceOf("n1"));
    }
}
