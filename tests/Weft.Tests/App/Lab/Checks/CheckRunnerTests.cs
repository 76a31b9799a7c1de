using System.Collections.Generic;
using Weft.App.Lab.Checks;
using Weft.Model.Lab;
using Weft.Net;
using Xunit;

namespace Weft.Tests.App.Lab.Checks;

public sealed class CheckRunnerTests
{
    private static readonly IReadOnlyList<IpAddress> Web = [IpAddress.Parse("10.65.0.2")];

    [Fact]
    public void An_answer_is_right_where_one_must_come_and_wrong_where_none_may()
    {
        ProbeOutcome answered = new ProbeOutcome.Answered("10.65.0.2");
        Assert.True(CheckRunner.Judge(Check(reachable: true), answered, []).Passed);
        Assert.False(CheckRunner.Judge(Check(reachable: false), answered, []).Passed);
    }

    [Fact]
    public void Silence_and_an_ICMP_error_are_the_ways_of_being_unreachable()
    {
        Assert.True(CheckRunner.Judge(Check(reachable: false), new ProbeOutcome.Silent(), []).Passed);
        Assert.True(CheckRunner.Judge(Check(reachable: false), new ProbeOutcome.NoWay("no route to host"), []).Passed);
        Assert.False(CheckRunner.Judge(Check(reachable: true), new ProbeOutcome.Silent(), []).Passed);
        Assert.False(CheckRunner.Judge(Check(reachable: true), new ProbeOutcome.NoWay("no route to host"), []).Passed);
    }

    [Fact]
    public void A_refused_connection_is_neither_an_answer_nor_unreachable()
    {
        ProbeOutcome refused = new ProbeOutcome.Refused("connection refused");
        Assert.Equal((false, "connection refused"), CheckRunner.Judge(Check(reachable: true), refused, []));
        Assert.Equal((false, "connection refused"), CheckRunner.Judge(Check(reachable: false), refused, []));
    }

    [Theory]
    [InlineData("10.65.0.2", true, "")]
    [InlineData("172.16.1.2", false, "seen as 172.16.1.2 instead of web")]
    [InlineData(null, false, "the other side does not say whom it saw")]
    public void Whom_the_other_side_saw_must_be_who_the_file_says(string? seen, bool passed, string detail)
    {
        Assert.Equal((passed, detail), CheckRunner.Judge(Check(reachable: true, seenAs: "web"), new ProbeOutcome.Answered(seen), Web));
    }

    private static LabCheck Check(bool reachable, string? seenAs = null) => new()
    {
        From = "web",
        To = "db",
        Protocol = LabProtocol.Tcp,
        Port = 80,
        ExpectReachable = reachable,
        SeenAs = seenAs,
    };
}
