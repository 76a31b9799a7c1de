using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Brain;
using Weft.Node.Kernel;
using Weft.Tests.Node.Brain;
using Xunit;

namespace Weft.Tests.Node.Kernel;

/// <summary>What we send, the kernel's dump of it reads back as equal: else it would be sent for ever.</summary>
public sealed class KernelReaderTests
{
    private static readonly LinkObject Tunnel = new()
    {
        Name = KernelNames.TunnelDevice,
        LinkKind = "vxlan",
        Mac = new MacAddress(0x66_00_00_00_00_01),
        Mtu = 1450,
        Alias = "weft n1",
        Tunnel = new TunnelSettings(4096, IpAddress.Parse("172.16.1.1"), 4789),
    };

    private static readonly KernelObject[] Objects =
    [
        new AddressObject(Tunnel.Name, IpInterfaceAddress.Parse("10.65.0.1/32")),
        new NeighbourObject(Tunnel.Name, IpAddress.Parse("172.16.2.3"), new MacAddress(0x66_03)),
        new ProxyNeighbourObject(Tunnel.Name, KernelNames.Gateway),
        new FdbObject(Tunnel.Name, new MacAddress(0x66_03), IpAddress.Parse("172.16.2.3")),
        new RouteObject { Destination = IpPrefix.Parse("10.65.0.0/26"), Metric = 300, Type = RouteType.Unreachable },
        new RouteObject
        {
            Destination = IpPrefix.Parse("10.66.0.0/26"),
            Metric = 200,
            Device = Tunnel.Name,
            Gateway = IpAddress.Parse("172.16.2.3"),
            OnLink = true,
            PreferredSource = IpAddress.Parse("10.65.0.1"),
            Mtu = 1450,
        },
    ];

    [Fact]
    public void Every_object_reads_back_as_it_was_written()
    {
        FakeKernel kernel = new();
        KernelScope scope = new("");
        Execute(kernel, KernelWriter.Birth(Tunnel, null).Select(s => s.Request));
        Read(kernel, scope);
        foreach (KernelObject value in Objects)
        {
            Assert.True(KernelWriter.TryMake(scope, value, out NetlinkRequest? request));
            Execute(kernel, [request!]);
        }

        SortedDictionary<ObjectKey, KernelObject> reading = Read(kernel, scope);
        Assert.Equal(Objects.Prepend(Tunnel).OrderBy(o => o.Key), reading.Values);
        foreach (KernelObject value in reading.Values.Reverse())
        {
            Assert.True(KernelWriter.TryRemove(scope, value, out NetlinkRequest? request));
            Execute(kernel, [request!]);
        }

        Assert.Empty(Read(kernel, scope));
    }

    [Fact]
    public void A_notice_of_what_is_as_it_should_be_agrees_and_any_other_does_not()
    {
        FakeKernel kernel = new();
        KernelScope scope = new("");
        Execute(kernel, KernelWriter.Birth(Tunnel, null).Select(s => s.Request));
        Read(kernel, scope);
        foreach (KernelObject value in Objects)
        {
            Assert.True(KernelWriter.TryMake(scope, value, out NetlinkRequest? made));
            Assert.True(KernelWriter.TryRemove(scope, value, out NetlinkRequest? removed));
            Assert.True(Disagrees(scope, made!), $"{value.Key} is not wanted");
            Assert.False(Disagrees(scope, removed!), $"{value.Key} is not wanted and goes");
            scope.Objects.Desire(value.Key, value);
            Assert.False(Disagrees(scope, made!), $"{value.Key} is wanted");
            Assert.True(Disagrees(scope, removed!), $"{value.Key} is wanted and goes");
        }
    }

    [Fact]
    public void What_others_own_is_not_read_as_ours()
    {
        FakeKernel kernel = new();
        kernel.AddUnderlay("172.16.1.1/24");
        int eth0 = kernel.Host.Find("eth0")!.Link.Index;
        Execute(kernel,
        [
            LinkRequests.NewVxlan("vxlan.other", new VxlanSettings { Vni = 9 }),
            LinkRequests.NewVxlan("weft-mine", new VxlanSettings { Vni = 10 }),
            RouteRequests.Add(new Route { Destination = IpPrefix.Parse("10.99.0.0/24"), OutputInterface = eth0 }),
            NeighbourRequests.Replace(new Neighbour
            {
                Index = eth0,
                Destination = IpAddress.Parse("172.16.1.9"),
                LinkLayerAddress = new MacAddress(9),
                State = NeighbourState.Permanent,
            }),
        ]);
        Assert.Empty(Read(kernel, new KernelScope("")));
    }

    private static bool Disagrees(KernelScope scope, NetlinkRequest request)
    {
        Assert.True(RtnetlinkMessage.TryDecode(request.Bytes.Span, out RtnetlinkMessage? message));
        return KernelReader.Disagrees(scope, message);
    }

    private static void Execute(FakeKernel kernel, IEnumerable<NetlinkRequest> requests) => Assert.All(
        kernel.Execute(new BrainAction.SendNetlink("", 1, [.. requests])).Outcomes, o => Assert.Equal(0, o.Errno));

    private static SortedDictionary<ObjectKey, KernelObject> Read(FakeKernel kernel, KernelScope scope)
    {
        SortedDictionary<ObjectKey, KernelObject> reading = [];
        scope.LoseLinks();
        foreach (RequestOutcome outcome in kernel.Execute(new BrainAction.SendNetlink("", 1, KernelReader.Requests())).Outcomes)
        {
            KernelReader.Read(scope, outcome.Messages, reading);
        }

        return reading;
    }
}
