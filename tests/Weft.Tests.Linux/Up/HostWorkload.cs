using System;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Tests.Linux.Lab;

namespace Weft.Tests.Linux.Up;

/// <summary>A network namespace on a <see cref="TestHost"/>, connected by the installed plugin as a runtime does it, without
/// a runtime. It ends with the host at the latest.</summary>
internal sealed class HostWorkload
{
    private readonly TestHost _host;
    private readonly string _name;
    private readonly string _labels;

    private HostWorkload(TestHost host, string name, string labels) => (_host, _name, _labels) = (host, name, labels);

    public string Ipv4 { get; private set; } = "";

    public string Ipv6 { get; private set; } = "";

    /// <summary>Makes the namespace, and asks the plugin to connect it.</summary>
    public static async Task<HostWorkload> AddAsync(TestHost host, string name, string labels = "{}")
    {
        HostWorkload workload = new(host, name, labels);
        await host.ShellAsync($"ip netns add {name}");
        JsonElement result = (await workload.CallAsync("ADD")).Must().Json;
        string[] addresses =
            [.. result.GetProperty("ips").EnumerateArray().Select(ip => ip.GetProperty("address").GetString()!.Split('/')[0])];
        workload.Ipv4 = addresses.FirstOrDefault(a => !a.Contains(':', StringComparison.Ordinal)) ?? "";
        workload.Ipv6 = addresses.FirstOrDefault(a => a.Contains(':', StringComparison.Ordinal)) ?? "";
        return workload;
    }

    /// <summary>Reaches an address.</summary>
    public Task<string> PingAsync(string to) => _host.ShellAsync($"ip netns exec {_name} ping -c 1 -W 5 {to}");

    /// <summary>Disconnects it, and removes the namespace.</summary>
    public async Task RemoveAsync()
    {
        (await CallAsync("DEL")).Must();
        await _host.ShellAsync($"ip netns del {_name}");
    }

    private Task<Ran> CallAsync(string command) => _host.RunAsync("bash", "-c", $$$"""
        export CNI_COMMAND={{{command}}} CNI_CONTAINERID={{{_name}}} CNI_NETNS=/run/netns/{{{_name}}} CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin
        echo '{"cniVersion": "1.0.0", "name": "weft", "type": "weft-cni", "agentSocket": "/run/weft/agent.sock",
            "args": {"cni": {"labels": {{{_labels}}} } }}' | /opt/cni/bin/weft-cni
        """);
}
