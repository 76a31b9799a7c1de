using System.Diagnostics;
using System.IO;
using Weft.Linux.Processes;
using Xunit;

namespace Weft.Tests.Linux.Processes;

public sealed class NamespaceIdentityTests
{
    [Fact]
    public void A_named_namespace_is_one_and_the_same_until_it_is_gone()
    {
        string path;
        using (TestNamespace space = new())
        {
            using TestNamespace another = new();
            path = space.Path;
            Assert.NotNull(NamespaceIdentity.Of(path));
            Assert.Equal(NamespaceIdentity.Of(path), NamespaceIdentity.Of(path));
            Assert.NotEqual(NamespaceIdentity.Of(path), NamespaceIdentity.Of(another.Path));
        }

        Assert.Null(NamespaceIdentity.Of(path));
    }

    [Fact]
    public void A_file_that_a_namespace_was_mounted_on_is_none_and_neither_is_what_lies_below_a_file()
    {
        string file = Path.GetTempFileName();
        try
        {
            Assert.Null(NamespaceIdentity.Of(file));
            Assert.Null(NamespaceIdentity.Of($"{file}/ns"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Below_a_process_it_says_when_the_process_began_and_one_that_has_ended_has_none()
    {
        using Process process = Process.Start("sleep", "60");
        try
        {
            string path = $"/proc/{process.Id}/ns/net";
            string own = NamespaceIdentity.Of("/proc/thread-self/ns/net")!;
            Assert.Equal($"{own}-{ProcessTable.StartTimeOf(process.Id)}", NamespaceIdentity.Of(path));
            process.Kill();
            process.WaitForExit();
            Assert.Null(NamespaceIdentity.Of(path));
        }
        finally
        {
            process.Kill();
        }
    }
}
