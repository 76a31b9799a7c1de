using System.Text;
using Weft.Model.Watch;
using Xunit;

namespace Weft.Tests.Model.Watch;

public sealed class WatchFrameTests
{
    [Theory]
    [InlineData(WatchFrameType.Added, "ADDED")]
    [InlineData(WatchFrameType.Modified, "MODIFIED")]
    [InlineData(WatchFrameType.Deleted, "DELETED")]
    [InlineData(WatchFrameType.Bookmark, "BOOKMARK")]
    [InlineData(WatchFrameType.Error, "ERROR")]
    public void Line_and_meaning_agree_both_ways(WatchFrameType type, string name)
    {
        string line = $$$$"""{"type":"{{{{name}}}}","object":{"kind":"IPPool","metadata":{"name":"a","resourceVersion":"7"}}}""";
        Assert.True(WatchFrame.TryParse(Encoding.UTF8.GetBytes(line), out WatchFrame? frame));
        Assert.Equal(type, frame.Type);
        Assert.Equal(7, frame.ResourceVersion);
        Assert.Equal(line, Encoding.UTF8.GetString(frame.ToJson()));
    }

    [Fact]
    public void A_bookmark_says_its_revision() =>
        Assert.Equal(
            """{"type":"BOOKMARK","object":{"apiVersion":"v1","kind":"Namespace","metadata":{"resourceVersion":"12"}}}""",
            Encoding.UTF8.GetString(WatchFrame.Bookmark("v1", "Namespace", 12).ToJson()));

    [Fact]
    public void An_expired_watch_says_what_to_do()
    {
        WatchFrame frame = WatchFrame.ExpiredAt(3);
        Assert.True(frame.IsExpired);
        Assert.True(WatchFrame.TryParse(frame.ToJson(), out WatchFrame? read));
        Assert.True(read.IsExpired);
        Assert.True(read.Object.HasContentOf(frame.Object));
        Assert.Equal(0, read.ResourceVersion);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"type":"added","object":{}}""")]
    [InlineData("""{"type":"ADDED","object":[]}""")]
    [InlineData("""{"type":"ADDED"}""")]
    [InlineData("""{"type":"ADDED","object":{}}{}""")]
    public void Another_line_is_no_frame(string line) =>
        Assert.False(WatchFrame.TryParse(Encoding.UTF8.GetBytes(line), out _));
}
