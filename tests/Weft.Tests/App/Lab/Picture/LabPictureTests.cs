using System.Collections.Generic;
using Weft.App.Lab;
using Weft.App.Lab.Picture;
using Weft.Net;
using Xunit;

namespace Weft.Tests.App.Lab.Picture;

public sealed class LabPictureTests
{
    [Fact]
    public void A_segment_is_a_cable_with_routers_nodes_and_their_workloads()
    {
        LabStatus status = new()
        {
            Name = "tiny",
            CreationTimestamp = "2026-01-01T00:00:00Z",
            Processes = false,
            Ready = true,
            ServerSocket = "/run/weft/lab/tiny/server.api.sock",
            Segments = [new SegmentStatus("rack1", [IpPrefix.Parse("172.16.1.0/24")], 1500)],
            Routers = [new MemberStatus("spine", "weft-tiny-spine", Addresses("172.16.1.1"), On("172.16.1.1/24"))],
            Nodes = [new LabNodeStatus("n1", "weft-tiny-n1", Addresses("172.16.1.2"), On("172.16.1.2/24"), "/n1.sock", 7, false, "its plan")],
            Hosts = [],
            Workloads = [new WorkloadStatus("web", "weft-tiny-web", "shop", "n1", Addresses("10.65.0.2"), "weft0", true)],
        };
        Assert.Equal(
            """
            ═══ rack1   172.16.1.0/24   mtu 1500 ═════════════════════════════════════════
               │                  │
              ┌┴────────────────┐  ┌┴─────────────────────┐
            """.Split('\n')[0],
            LabPicture.Draw(status).Split('\n')[0]);
        Assert.Equal(
            """
               │                    │
              ┌┴────────────────┐  ┌┴─────────────────────┐
              │ spine (router)  │  │ n1 (node, not ready) │
              │ eth0 172.16.1.1 │  │ eth0 172.16.1.2      │
              └─────────────────┘  ├──────────────────────┤
                                   │ web 10.65.0.2        │
                                   └──────────────────────┘
            """,
            string.Join('\n', LabPicture.Draw(status).TrimEnd().Split('\n')[1..]));
    }

    private static IReadOnlyList<IpAddress> Addresses(string address) => [IpAddress.Parse(address)];

    private static IReadOnlyList<InterfaceStatus> On(string address) =>
        [new InterfaceStatus("eth0", "rack1", [IpInterfaceAddress.Parse(address)])];
}
