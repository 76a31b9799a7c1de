using System;
using System.IO;
using Xunit;

namespace Weft.Tests.Linux;

public sealed class HostTests
{
    [Fact]
    public void The_kernel_under_test_has_network_namespaces()
    {
        Assert.True(OperatingSystem.IsLinux());
        Assert.True(File.Exists("/proc/self/ns/net"));
    }
}
