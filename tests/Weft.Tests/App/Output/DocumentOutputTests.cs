using System.IO;
using Weft.App.Output;
using Weft.Model.Documents;
using Xunit;

namespace Weft.Tests.App.Output;

public sealed class DocumentOutputTests
{
    [Theory]
    [InlineData("Json", "{\"name\":\"a\"}\n{\"name\":\"b\"}\n")]
    [InlineData("Yaml", "---\nname: a\n---\nname: b\n")]
    public void What_a_stream_writes_can_be_told_apart(string format, string expected)
    {
        using StringWriter output = new() { NewLine = "\n" };
        foreach (string name in (string[])["a", "b"])
        {
            DocumentOutput.WriteNext(
                output, System.Enum.Parse<OutputFormat>(format), new MappingBuilder().Add("name", name).Build());
        }

        Assert.Equal(expected, output.ToString());
    }
}
