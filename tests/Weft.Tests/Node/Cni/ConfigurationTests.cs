using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Node.Cni;
using Xunit;

namespace Weft.Tests.Node.Cni;

/// <summary>What a network configuration means for the agent, and how what is wrong with it is told.</summary>
public sealed class ConfigurationTests
{
    [Fact]
    public void A_pod_is_called_as_its_runtime_says_and_a_container_after_its_id()
    {
        AgentCall pod = Call("{}", "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-1;K8S_POD_INFRA_CONTAINER_ID=c7;X=y");
        Assert.Equal(("shop", "web-1", "c7", "eth0"), (pod.Namespace, pod.Workload, pod.ContainerId, pod.Interface));
        AgentCall container = Call("""{"namespace": "batch"}""");
        Assert.Equal(("batch", "c7", "pods"), (container.Namespace, container.Workload, container.Network));
        Assert.Equal("default", Call("{}").Namespace);
        Assert.Equal(("default", "web"), (Call("{}", "K8S_POD_NAME=web").Namespace, Call("{}", "K8S_POD_NAME=web").Workload));
    }

    [Theory]
    [InlineData("""{"app": "web", "tier": ""}""")]
    [InlineData("""[{"key": "app", "value": "web"}, {"key": "tier", "value": ""}]""")]
    public void Labels_are_an_object_or_the_conventions_list(string labels)
    {
        AgentCall call = Call($$$"""{"args": {"cni": {"labels": {{{labels}}}, "future": 7}, "other": []}}""");
        Assert.Equal(["app=web", "tier="], call.Labels.Select(l => $"{l.Key}={l.Value}"));
    }

    [Fact]
    public void Calicos_annotations_ask_for_pools_addresses_families_and_a_mac()
    {
        AgentCall call = Call("""
            {"args": {"cni": {"annotations": {
              "cni.projectcalico.org/ipv4pools": "[\"front\", \"10.66.0.0/16\"]",
              "cni.projectcalico.org/ipv6pools": "[\"front6\"]",
              "cni.projectcalico.org/ipAddrs": "[\"fd00:65::5\", \"10.65.0.5\"]",
              "cni.projectcalico.org/ipFamilies": "[\"IPv6\", \"IPv4\"]",
              "cni.projectcalico.org/hwAddr": "02:00:00:00:00:07",
              "cni.projectcalico.org/podIP": "10.1.1.1/32",
              "example.org/other": "x"}}}}
            """);
        Assert.Equal(["front", "10.66.0.0/16"], call.Ipv4Pools);
        Assert.Equal(["front6"], call.Ipv6Pools);
        Assert.Equal([IpAddress.Parse("10.65.0.5"), IpAddress.Parse("fd00:65::5")], call.Addresses);
        Assert.Equal([IpFamily.Ipv4, IpFamily.Ipv6], call.Families);
        Assert.Equal("02:00:00:00:00:07", call.Mac.ToString());
    }

    [Fact]
    public void Annotations_that_containerd_hands_on_count_the_same()
    {
        AgentCall call = Call("""
            {"capabilities": {"io.kubernetes.cri.pod-annotations": true},
             "runtimeConfig": {"io.kubernetes.cri.pod-annotations": {"cni.projectcalico.org/ipAddrs": "[\"10.65.0.5\"]", "a": "b"}}}
            """);
        Assert.Equal("10.65.0.5", Assert.Single(call.Addresses).ToString());
    }

    [Theory]
    [InlineData("""{"ips": ["10.65.0.7/24"], "mac": "02:00:00:00:00:08"}""", """{"ips": ["10.65.0.8"], "mac": "02:00:00:00:00:09"}""", "10.65.0.7", "02:00:00:00:00:08")]
    [InlineData("{}", """{"ips": ["10.65.0.8"], "mac": "02:00:00:00:00:09"}""", "10.65.0.8", "02:00:00:00:00:09")]
    [InlineData("{}", "{}", "10.65.0.9", "02:00:00:00:00:0a")]
    public void Fixed_addresses_come_from_the_capability_else_from_args_else_from_CNI_ARGS(
        string runtime, string argued, string address, string mac)
    {
        AgentCall call = Call($$$"""{"runtimeConfig": {{{runtime}}}, "args": {"cni": {{{argued}}}}}""", "IP=10.65.0.9;MAC=02:00:00:00:00:0A");
        Assert.Equal(address, Assert.Single(call.Addresses).ToString());
        Assert.Equal([IpFamily.Ipv4], call.Families);
        Assert.Equal(mac, call.Mac.ToString());
    }

    [Theory]
    [InlineData("{}", "")]
    [InlineData("""{"assign_ipv4": "true"}""", "Ipv4")]
    [InlineData("""{"assign_ipv6": true}""", "Ipv6")]
    [InlineData("""{"assign_ipv4": "true", "assign_ipv6": "true"}""", "Ipv4 Ipv6")]
    [InlineData("""{"assign_ipv4": "false"}""", "Ipv6")]
    [InlineData("""{"assign_ipv6": false}""", "Ipv4")]
    [InlineData("""{"assign_ipv4": "false", "assign_ipv6": "true"}""", "Ipv6")]
    public void Families_are_asked_for_as_in_Calico(string ipam, string families) =>
        Assert.Equal(families, string.Join(' ', Call($$"""{"ipam": {{ipam}}}""").Families));

    [Fact]
    public void The_networks_pools_are_told_apart_from_the_workloads()
    {
        AgentCall call = Call("""{"ipam": {"type": "weft", "ipv4_pools": ["front"], "ipv6_pools": ["fd00:66::/64"]}}""");
        Assert.Equal(["front"], call.NetworkIpv4Pools);
        Assert.Equal(["fd00:66::/64"], call.NetworkIpv6Pools);
        Assert.Empty(call.Ipv4Pools);
    }

    [Theory]
    [InlineData("{}", "")]
    [InlineData("""{"include_default_routes": false}""", "Ipv4 Ipv6")]
    [InlineData("""{"prevResult": {"routes": [{"dst": "0.0.0.0/0", "gw": "192.0.2.1"}, {"dst": "10.0.0.0/8"}]}}""", "Ipv4")]
    [InlineData("""{"prevResult": {"routes": [{"dst": "::/0"}]}}""", "Ipv6")]
    public void The_default_route_is_left_to_whoever_has_it(string configuration, string families) =>
        Assert.Equal(families, string.Join(' ', Call(configuration).NoDefaultRoutes));

    public static TheoryData<string, string> Unsupported => new()
    {
        { """{"bridge": "br0"}""", "bridge=\"br0\"" },
        { """{"ipMasq": true}""", "ipMasq=true" },
        { """{"mtu": 1400}""", "mtu=1400" },
        { """{"ipam": {"type": "host-local"}}""", "ipam.type=host-local" },
        { """{"ipam": {"subnet": "10.0.0.0/8"}}""", "ipam.subnet=\"10.0.0.0/8\"" },
        { """{"runtimeConfig": {"portMappings": []}}""", "runtimeConfig.portMappings=[]" },
        { """{"args": {"cni": {"annotations": {"cni.projectcalico.org/floatingIPs": "[]"}}}}""", "cni.projectcalico.org/floatingIPs=[]" },
    };

    [Theory]
    [MemberData(nameof(Unsupported))]
    public void An_unsupported_field_is_error_2_with_its_key_and_value(string configuration, string named)
    {
        (int code, string message) = Refused(configuration);
        Assert.Equal(2, code);
        Assert.Contains(named, message, System.StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Invalid => new()
    {
        { """{"namespace": "Shop"}""", "namespace" },
        { """{"namespace": 7}""", "namespace" },
        { """{"interface": "far/away"}""", "interface" },
        { """{"include_default_routes": "maybe"}""", "include_default_routes" },
        { """{"ipam": []}""", "ipam" },
        { """{"ipam": {"ipv4_pools": "one"}}""", "ipam.ipv4_pools" },
        { """{"ipam": {"ipv4_pools": ["_"]}}""", "ipam.ipv4_pools" },
        { """{"ipam": {"assign_ipv4": "false", "assign_ipv6": "false"}}""", "ipam" },
        { """{"dns": {"nameservers": "192.0.2.1"}}""", "dns.nameservers" },
        { """{"runtimeConfig": {"ips": ["10.65.0.300"]}}""", "runtimeConfig.ips" },
        { """{"runtimeConfig": {"ips": ["10.65.0.3", "10.65.0.4"]}}""", "runtimeConfig.ips" },
        { """{"runtimeConfig": {"mac": "ff:ff:ff:ff:ff:ff"}}""", "runtimeConfig.mac" },
        { """{"args": {"cni": {"labels": {"app": "a b"}}}}""", "args.cni.labels" },
        { """{"args": {"cni": {"annotations": {"cni.projectcalico.org/ipAddrs": "10.65.0.3"}}}}""", "ipAddrs" },
        { """{"args": {"cni": {"annotations": {"cni.projectcalico.org/ipFamilies": "[\"IPv5\"]"}}}}""", "ipFamilies" },
        { """{"prevResult": []}""", "prevResult" },
        { """{"prevResult": {"ips": [{"address": "10.65.0.3"}]}}""", "prevResult.ips.address" },
        { """{"prevResult": {"interfaces": [7]}}""", "prevResult.interfaces" },
        { """{"name": "_pods"}""", "name" },
        { """{"name": ""}""", "name" },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public void An_invalid_field_is_error_7_and_named(string configuration, string named)
    {
        (int code, string message) = Refused(configuration);
        Assert.Equal(7, code);
        Assert.Contains(named, message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once()
    {
        (_, string message) = Refused("""{"namespace": "A", "interface": "b c", "ipam": {"assign_ipv4": 4}}""");
        Assert.Contains("namespace", message, System.StringComparison.Ordinal);
        Assert.Contains("interface", message, System.StringComparison.Ordinal);
        Assert.Contains("ipam.assign_ipv4", message, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("K8S_POD_NAME=web;FOO=bar", "FOO")]
    [InlineData("K8S_POD_NAME", "K8S_POD_NAME")]
    [InlineData("=x", "=x")]
    [InlineData("IgnoreUnknown=0;FOO=bar", "FOO")]
    public void CNI_ARGS_that_do_not_read_are_error_4(string arguments, string named)
    {
        (int code, string message) = Refused("{}", arguments);
        Assert.Equal(4, code);
        Assert.Contains("CNI_ARGS", message, System.StringComparison.Ordinal);
        Assert.Contains(named, message, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(";")]
    [InlineData("IgnoreUnknown=true;FOO=bar=baz;")]
    public void CNI_ARGS_that_say_nothing_of_ours_pass(string arguments) => Assert.Equal("c7", Call("{}", arguments).Workload);

    [Fact]
    public void Disconnecting_does_not_depend_on_what_the_configuration_says_now()
    {
        CniRequest request = Request("""{"bridge": "br0", "namespace": "A", "name": "_", "prevResult": 7}""", "FOO") with { Command = "DEL" };
        Assert.True(CniCall.TryRead(request, out CniCall? call, out _));
        Assert.Equal("c7", call.Call.ContainerId);
    }

    private static AgentCall Call(string configuration, string arguments = "")
    {
        Assert.True(CniCall.TryRead(Request(configuration, arguments), out CniCall? call, out CniAnswer? refused), refused?.Output);
        return call.Call;
    }

    private static (int Code, string Message) Refused(string configuration, string arguments = "")
    {
        Assert.False(CniCall.TryRead(Request(configuration, arguments), out _, out CniAnswer? refused));
        using JsonDocument error = JsonDocument.Parse(refused.Output);
        Assert.Equal("1.0.0", error.RootElement.GetProperty("cniVersion").GetString());
        return (CniRuntime.CodeOf(refused), error.RootElement.GetProperty("msg").GetString()!);
    }

    private static CniRequest Request(string configuration, string arguments)
    {
        JsonObject whole = JsonNode.Parse(configuration)!.AsObject();
        whole["cniVersion"] = "1.0.0";
        whole["name"] ??= "pods";
        foreach ((string key, string value) in new Dictionary<string, string> { ["type"] = "weft-cni", ["agentSocket"] = "/run/weft/agent.sock" })
        {
            whole[key] = value;
        }

        return new CniRequest
        {
            Command = "ADD",
            ContainerId = "c7",
            NetworkNamespace = "/run/netns/c7",
            Interface = "eth0",
            Arguments = arguments,
            Configuration = whole.ToJsonString(),
        };
    }
}
