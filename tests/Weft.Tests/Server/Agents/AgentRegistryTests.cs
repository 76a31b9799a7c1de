using Weft.Model.Resources;
using Weft.Plan.Protocol;
using Weft.Server.Agents;
using Xunit;

namespace Weft.Tests.Server.Agents;

public sealed class AgentRegistryTests
{
    [Fact]
    public void The_report_of_a_deleted_node_goes_with_it_and_others_stay()
    {
        AgentRegistry registry = new();
        NodeReport report = new() { AppliedRevision = 1, Ready = true, ProcessId = 1 };
        registry.Remember("n1", report, known: true);
        registry.Remember("n2", report, known: true);
        NodeResource node = new() { Metadata = new Metadata { Name = "n1" } };
        registry.Follow([new ResourceChange(node, node), new ResourceChange(node, null)]);
        Assert.Null(registry.Find("n1"));
        Assert.Equal(report, registry.Find("n2"));
    }

    [Fact]
    public void Reports_of_names_without_a_node_are_bounded()
    {
        AgentRegistry registry = new();
        NodeReport report = new() { AppliedRevision = 1, Ready = true, ProcessId = 1 };
        for (int i = 0; i <= AgentRegistry.StrangersMax; i++)
        {
            registry.Remember($"s{i}", report, known: false);
        }

        string last = $"s{AgentRegistry.StrangersMax}";
        Assert.Equal(report, registry.Find("s0"));
        Assert.Null(registry.Find(last));

        // One that becomes a node makes room.
        registry.Follow([new ResourceChange(null, new NodeResource { Metadata = new Metadata { Name = "s0" } })]);
        registry.Remember(last, report, known: false);
        Assert.Equal(report, registry.Find(last));
        registry.Remember("n1", report, known: true);
        Assert.Equal(report, registry.Find("n1"));
    }
}
