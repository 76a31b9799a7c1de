using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;
using Weft.Server.Agents;
using Weft.Server.Changes;
using Weft.Server.Fleet;
using Xunit;

namespace Weft.Tests.Server.Agents;

public sealed class PublicationDecisionTests
{
    private FleetState _state = FleetState.Empty.With(
        1, [new ResourceChange(null, new NodeResource { Metadata = new Metadata { Name = "n1" } })]);

    [Fact]
    public void A_workloads_next_container_brings_its_own_labels_and_the_same_one_keeps_those_it_was_given()
    {
        Assert.Equal("created", Publish("c1", "blue"));
        Assert.Equal("blue", Stored.Metadata.Labels["app"]);
        Assert.Equal("configured", Publish("c2", "green"));
        Assert.Equal("green", Stored.Metadata.Labels["app"]);

        // An administrator has changed them since.
        WorkloadEndpoint labelled = Stored with { Metadata = Stored.Metadata with { Labels = Stored.Metadata.Labels.With("app", "red") } };
        _state = _state.With(_state.Revision + 1, [new ResourceChange(Stored, labelled)]);
        Assert.Equal("unchanged", Publish("c2", "green"));
        Assert.Equal("red", Stored.Metadata.Labels["app"]);
    }

    private WorkloadEndpoint Stored => _state.EndpointsOfNode("n1").Single();

    private string Publish(string container, string app)
    {
        Decision decision = PublicationDecision.Decide(
            _state,
            "n1",
            [
                new WorkloadPublication
                {
                    Namespace = "shop",
                    Workload = "web",
                    Interface = "eth0",
                    Present = true,
                    ContainerId = container,
                    Labels = new Dictionary<string, string> { ["app"] = app },
                    Addresses = [IpAddress.Parse("10.65.0.1")],
                },
            ],
            new Stamp("2026-01-01T00:00:00Z", () => "u1"));
        _state = _state.With(_state.Revision + 1, decision.Changes);
        return decision.Results.Single().Outcome;
    }
}
