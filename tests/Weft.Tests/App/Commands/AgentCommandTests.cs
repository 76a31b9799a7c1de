using System.CommandLine;
using System.Linq;
using Weft.App.Commands;
using Xunit;

namespace Weft.Tests.App.Commands;

public sealed class AgentCommandTests
{
    [Fact]
    public void An_agent_needs_no_more_than_its_nodes_name() => Assert.Empty(ErrorsOf("--node n1"));

    [Theory]
    [InlineData("--node n1 --leak-grace soon", "'soon' is no time for --leak-grace: give 30s, 15m or 2h")]
    [InlineData("--node n1 --ip somewhere", "somewhere")]
    public void An_option_that_does_not_read_is_refused(string line, string why) =>
        Assert.Contains(why, Assert.Single(ErrorsOf(line)), System.StringComparison.Ordinal);

    private static string[] ErrorsOf(string line)
    {
        Command agent = AgentCommand.Create();
        return [.. agent.Parse(line).Errors.Select(e => e.Message)];
    }
}
