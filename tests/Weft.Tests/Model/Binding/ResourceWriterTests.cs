using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;
using CsCheck;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Model.Selectors;
using Weft.Net;
using Xunit;

namespace Weft.Tests.Model.Binding;

public sealed class ResourceWriterTests
{
    private static readonly Gen<LabelMap> Labels = Gen.Select(Gen.OneOf("app", "example.org/rack", "x_1"), Gen.OneOf("", "web", "1", "true"))
        .Array[0, 3].Select(pairs => new LabelMap(pairs.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2))));

    private static readonly Gen<string> Name = Gen.OneOf("a", "n-1", "web.shop", "x--y");

    private static readonly Gen<Metadata> Metadata =
        from name in Name
        from labels in Labels
        from annotations in Labels
        from revision in Gen.Long[0, long.MaxValue]
        from generation in Gen.Int[0, 5]
        from time in Gen.OneOf<string?>(null, "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5-03:30")
        from finalizers in Gen.OneOf<ValueList<string>>([], ["a", "b"])
        select new Metadata
        {
            Name = name,
            Labels = labels,
            Annotations = annotations,
            Uid = revision > 100 ? "u-1" : "",
            ResourceVersion = revision,
            Generation = generation,
            CreationTimestamp = time,
            DeletionTimestamp = time,
            Finalizers = finalizers,
        };

    private static readonly Gen<Resource> Pools =
        from metadata in Metadata
        from length in Gen.Int[8, 20]
        from block in Gen.Int[20, 32]
        from mode in Gen.OneOf(EncapsulationMode.Never, EncapsulationMode.CrossSubnet, EncapsulationMode.Always)
        from selector in Gen.OneOf("all()", "has(a) && b == 'c'")
        from disabled in Gen.Bool
        from ipip in Gen.Bool
        from ipv6 in Gen.Bool
        select (Resource)new IpPool
        {
            Metadata = metadata,
            Cidr = ipv6
                ? new IpPrefix(IpAddress.Parse("fd65::"), length + 90)
                : new IpPrefix(IpAddress.Parse("10.0.0.0"), length),
            BlockSize = ipv6 ? block + 96 : block,
            VxlanMode = ipip && !ipv6 ? EncapsulationMode.Never : mode,
            IpipMode = ipip && !ipv6 ? mode : EncapsulationMode.Never,
            NatOutgoing = ipip,
            Sending = disabled ? new PoolEncapsulation(mode, EncapsulationMode.Never) : null,
            Since = disabled && ipip ? long.MaxValue - length : null,
            Receiving = ipv6 ? [] : [new(mode, EncapsulationMode.Never), new(EncapsulationMode.Never, EncapsulationMode.Always)],
            NodeSelector = Selector.TryParse(selector, out Selector? parsed, out _) ? parsed : Selector.All,
            Disabled = disabled,
            AssignmentMode = ipip ? AssignmentMode.Manual : AssignmentMode.Automatic,
            NamespaceSelector = disabled && !parsed!.IsAll ? parsed : null,
            AllowedUses = disabled && !parsed!.IsAll ? PoolUses.Workload : ipip ? PoolUses.Tunnel : PoolUses.All,
        };

    private static readonly Gen<Resource> Nodes =
        from metadata in Metadata
        from ipv4 in Gen.OneOf<IpInterfaceAddress?>(null, IpInterfaceAddress.Parse("172.16.1.2/24"))
        from ipv6 in Gen.OneOf<IpInterfaceAddress?>(null, IpInterfaceAddress.Parse("fd00::2/64"))
        from tunnel in Gen.OneOf<IpAddress?>(null, IpAddress.Parse("10.65.0.1"))
        from mtu in Gen.OneOf<int?>(null, 1500)
        select (Resource)new NodeResource
        {
            Metadata = metadata,
            BgpIpv4Address = ipv4,
            BgpIpv6Address = ipv6,
            Ipv4VxlanTunnelAddr = tunnel,
            VxlanTunnelMacAddr = tunnel is null ? null : MacAddress.Parse("66:00:00:00:00:01"),
            Ipv6VxlanTunnelAddr = tunnel is null ? null : IpAddress.Parse("fd65::1"),
            VxlanTunnelMacAddrV6 = mtu is null ? null : MacAddress.Parse("66:00:00:00:00:02"),
            BgpIpv4IpipTunnelAddr = tunnel,
            UnderlayMtu = mtu,
            UnderlayMtuV6 = ipv6 is null ? null : 1400,
        };

    private static readonly Gen<Resource> Endpoints =
        from metadata in Metadata
        from pod in Gen.OneOf<string?>(null, "web-0")
        from addresses in Gen.OneOf<ValueList<IpPrefix>>([], [IpPrefix.Parse("10.65.0.7/32"), IpPrefix.Parse("fd00::7/128")])
        from ports in Gen.OneOf<ValueList<EndpointPort>>([], [new("http", TransportProtocol.Tcp, 80), new("", TransportProtocol.Sctp, 9)])
        select (Resource)new WorkloadEndpoint
        {
            Metadata = metadata with { Namespace = "shop" },
            Node = "n1",
            Workload = pod is null ? metadata.Name : null,
            Pod = pod,
            IpNetworks = addresses,
            ContainerId = addresses.Count == 0 ? null : "abc",
            InterfaceName = addresses.Count == 0 ? null : "weft0123",
            Mac = addresses.Count == 0 ? null : MacAddress.Parse("02:00:00:00:00:01"),
            Ports = ports,
        };

    private static readonly Gen<Resource> Routes =
        from metadata in Metadata
        from length in Gen.Int[0, 32]
        from type in Gen.OneOf(RouteAction.Unicast, RouteAction.Blackhole, RouteAction.Unreachable, RouteAction.Prohibit)
        from hops in Gen.OneOf<ValueList<RouteNextHop>>(
            [new(IpAddress.Parse("172.16.1.1"), null, 1)], [new(null, "eth0", 256), new(IpAddress.Parse("172.16.1.1"), "eth1", 2)])
        from metric in Gen.Int[1, 99]
        from mtu in Gen.OneOf<int?>(null, 1400)
        select (Resource)new StaticRoute
        {
            Metadata = metadata,
            Destination = new IpPrefix(IpAddress.Parse("192.0.2.7"), length),
            Type = type,
            NextHops = type == RouteAction.Unicast ? hops : [],
            Metric = metric,
            Mtu = mtu,
        };

    private static readonly Gen<Resource> Felixes =
        from metadata in Metadata
        from address in Gen.OneOf<IpAddress?>(null, IpAddress.Parse("203.0.113.9"))
        from ports in Gen.OneOf<PortRange?>(null, PortRange.None, new PortRange(7, 7), new PortRange(1, 65535))
        from exclusions in Gen.OneOf<NatExclusions?>(null, NatExclusions.IPPoolsOnly, NatExclusions.IPPoolsAndHostIPs)
        from filter in Gen.OneOf<string?>(null, "eth+")
        select (Resource)new FelixConfiguration
        {
            Metadata = metadata with { Name = FelixConfiguration.NameOf(metadata.Name) },
            NatOutgoingAddress = address,
            NatPortRange = ports,
            NatOutgoingExclusions = exclusions,
            IptablesNatOutgoingInterfaceFilter = filter,
        };

    private static readonly Gen<Resource> Reservations =
        from metadata in Metadata
        from ranges in Gen.OneOf<ValueList<IpPrefix>>([], [IpPrefix.Parse("fd65::/64"), IpPrefix.Parse("10.65.0.0/28")])
        select (Resource)new IpReservation { Metadata = metadata, ReservedCidrs = ranges };

    private static readonly Gen<Resource> Configurations =
        from metadata in Metadata
        from strict in Gen.Bool
        from blocks in Gen.Int[0, 9]
        from seconds in Gen.Int[0, 1200]
        select (Resource)new IpamConfiguration
        {
            Metadata = metadata with { Name = IpamConfiguration.TheName },
            StrictAffinity = strict,
            AutoAllocateBlocks = !strict || blocks > 4,
            MaxBlocksPerHost = strict ? blocks : 0,
            IpCooldownSeconds = seconds,
        };

    private static readonly Gen<Resource> Loans =
        from metadata in Metadata
        from wanted in Gen.OneOf<IpAddress?>(null, IpAddress.Parse("10.65.0.9"))
        from address in Gen.OneOf<IpAddress?>(null, IpAddress.Parse("10.65.0.9"))
        from declined in Gen.OneOf<ValueList<IpPrefix>>([], [IpPrefix.Parse("10.65.1.0/26")])
        from announcing in Gen.Bool
        select (Resource)new AddressLoan
        {
            Metadata = metadata,
            Pool = "p",
            Block = IpPrefix.Parse("10.65.0.0/26"),
            Lender = "n1",
            Borrower = "n2",
            Wanted = wanted,
            Address = address,
            Declined = declined,
            Announcing = announcing,
        };

    private static readonly Gen<Resource> Any = Gen.OneOf(
        Reservations,
        Configurations,
        Loans,
        Routes,
        Felixes,
        Pools,
        Nodes,
        Endpoints,
        Metadata.Select(metadata => (Resource)new NamespaceResource { Metadata = metadata with { Name = "shop" } }),
        Metadata.Select(metadata => (Resource)(IpamBlock.Of(IpPrefix.Parse("10.65.0.0/26"), "default", "n1") with { Metadata = metadata, Announcing = true })));

    [Fact]
    public void What_is_written_binds_to_an_equal_resource() => Any.Sample(resource =>
    {
        List<Diagnostic> errors = [];
        byte[] json = JsonText.Write(ResourceWriter.ToTree(resource));
        Resource? again = ResourceBinder.Bind(JsonText.ParseOne(json, null, errors)!, null, errors);
        Assert.True(again is not null, string.Join('\n', errors));
        return again.Equals(resource) && json.AsSpan().SequenceEqual(JsonText.Write(ResourceWriter.ToTree(again)));
    });

    [Fact]
    public void A_pool_is_written_with_all_its_defaults()
    {
        IpPool pool = Bound.To<IpPool>("{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: p}, spec: {cidr: 10.65.0.0/16}}");
        Assert.Equal(
            """{"apiVersion":"projectcalico.org/v3","kind":"IPPool","metadata":{"name":"p"},"spec":{"cidr":"10.65.0.0/16","blockSize":26,"ipipMode":"Never","vxlanMode":"Never","natOutgoing":false,"nodeSelector":"all()","disabled":false,"disableBGPExport":false,"assignmentMode":"Automatic","allowedUses":["Workload","Tunnel"]}}""",
            Encoding.UTF8.GetString(JsonText.Write(ResourceWriter.ToTree(pool))));
    }

    [Fact]
    public void What_is_unset_is_left_out() =>
        Assert.Equal(
            """{"apiVersion":"projectcalico.org/v3","kind":"Node","metadata":{"name":"n1"}}""",
            Encoding.UTF8.GetString(JsonText.Write(ResourceWriter.ToTree(new NodeResource { Metadata = new Metadata { Name = "n1" } }))));

    [Fact]
    public void Every_kind_can_be_written_and_bound() =>
        Assert.Equal(
            ResourceKinds.All.Select(kind => kind.Kind).Order(),
            typeof(Resource).Assembly.GetTypes()
                .Where(type => type.IsSubclassOf(typeof(Resource)))
                .Select(type => ((Resource)RuntimeHelpers.GetUninitializedObject(type)).Kind.Kind)
                .Order());
}
