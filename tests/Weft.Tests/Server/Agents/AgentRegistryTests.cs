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
        registry.Remember("n1", report);
        registry.Remember("n2", report);
        NodeResource node = new() { Metadata = new Metadata { Name = "n1" } };
        registry.Follow([new ResourceChange(node, node), new ResourceChange(node, null)]);
        Assert.Null(registry.Find("n1"));
        Assert.Equal(report, registry.Find("n2"));
    }
}
