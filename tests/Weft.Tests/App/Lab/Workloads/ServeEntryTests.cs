using System.Collections.Generic;
using Weft.App.Lab.Workloads;
using Xunit;

namespace Weft.Tests.App.Lab.Workloads;

public sealed class ServeEntryTests
{
    [Fact]
    public void What_is_written_into_the_annotation_is_read_from_it()
    {
        IReadOnlyList<ServeEntry> entries = [new(80, ServeEntry.Tcp, "http"), new(53, ServeEntry.Udp)];
        string text = ServeEntry.Write(entries);
        Assert.Equal("""[{"port":80,"protocol":"TCP","name":"http"},{"port":53,"protocol":"UDP"}]""", text);
        Assert.True(ServeEntry.TryRead(text, out IReadOnlyList<ServeEntry> read, out _));
        Assert.Equal(entries, read);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("""[{"port":0}]""")]
    [InlineData("""[{"port":65536}]""")]
    [InlineData("""[{"port":80,"protocol":"SCTP"}]""")]
    [InlineData("""{"port":80}""")]
    public void An_annotation_that_cannot_be_served_is_refused_by_name(string text)
    {
        Assert.False(ServeEntry.TryRead(text, out _, out string error));
        Assert.Contains(ServeEntry.Annotation, error, System.StringComparison.Ordinal);
    }

    [Fact]
    public void TCP_is_the_default()
    {
        Assert.True(ServeEntry.TryRead("""[{"port":80}]""", out IReadOnlyList<ServeEntry> read, out _));
        Assert.Equal([new ServeEntry(80)], read);
    }
}
