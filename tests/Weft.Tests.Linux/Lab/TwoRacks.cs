using System.Threading.Tasks;

namespace Weft.Tests.Linux.Lab;

/// <summary>The lab of most tests: two racks and a router, a workload on each of three nodes. <c>a</c> and <c>b</c> are
/// in one rack, <c>c</c> is in the other.</summary>
internal static class TwoRacks
{
    public const string Spine = "spine";

    /// <summary>The lab file.</summary>
    /// <param name="mode">The pool's vxlanMode.</param>
    /// <param name="mtu1">The first rack's MTU.</param>
    /// <param name="mtu2">The second rack's MTU.</param>
    public static string Yaml(string mode = "CrossSubnet", int mtu1 = 1500, int mtu2 = 1500) =>
        $$$"""
        apiVersion: weft.dev/v1
        kind: Lab
        metadata: {name: racks}
        spec:
          segments:
            - {name: rack1, cidrs: [172.16.1.0/24], mtu: {{{mtu1}}}}
            - {name: rack2, cidrs: [172.16.2.0/24], mtu: {{{mtu2}}}}
          routers:
            - {name: {{{Spine}}}, segments: [rack1, rack2]}
          nodes:
            - {name: n1, segment: rack1, labels: {rack: "1"}}
            - {name: n2, segment: rack1, labels: {rack: "1"}}
            - {name: n3, segment: rack2, labels: {rack: "2"}}
          workloads:
            - {name: a, namespace: shop, node: n1}
            - {name: b, namespace: shop, node: n2}
            - {name: c, namespace: shop, node: n3}
        ---
        {{{Pool(mode)}}}
        """;

    /// <summary>The pool of the lab file.</summary>
    public static string Pool(string mode) => Pool("default", $"cidr: 10.65.0.0/16, vxlanMode: {mode}");

    /// <summary>A pool.</summary>
    public static string Pool(string name, string spec) =>
        $$$"""
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: {{{name}}}}
        spec: {{{{spec}}}}

        """;

    /// <summary>A workload that comes later.</summary>
    public static string Workload(string name, string node, string spec = "") =>
        $$$"""
        ---
        apiVersion: projectcalico.org/v3
        kind: WorkloadEndpoint
        metadata: {name: {{{name}}}, namespace: shop}
        spec: {node: {{{node}}}{{{(spec.Length > 0 ? ", " + spec : "")}}}}

        """;

    /// <summary>A workload with its address.</summary>
    public static async Task<(string Name, string Address)> FindAsync(RunningLab lab, string workload) =>
        (workload, await lab.AddressOfAsync(workload));

    /// <summary>Teaches the router the way to every block: through the node that holds it.</summary>
    public static async Task TeachAsync(RunningLab lab, params string[] nodes)
    {
        System.Text.Json.JsonElement status = await lab.StatusAsync();
        foreach (System.Text.Json.JsonElement block in (await lab.GetAsync("blocks")).EnumerateArray())
        {
            string owner = block.GetProperty("spec").GetProperty("affinity").GetString()!["host:".Length..];
            if (nodes.Length == 0 || System.Array.IndexOf(nodes, owner) >= 0)
            {
                lab.Ip(Spine, $"route replace {block.GetProperty("spec").GetProperty("cidr").GetString()} via {AddressOf(status, owner)}");
            }
        }
    }

    private static string AddressOf(System.Text.Json.JsonElement status, string node)
    {
        foreach (System.Text.Json.JsonElement candidate in status.GetProperty("nodes").EnumerateArray())
        {
            if (candidate.GetProperty("name").GetString() == node)
            {
                return candidate.GetProperty("addresses")[0].GetString()!;
            }
        }

        throw new System.InvalidOperationException($"no node {node}");
    }
}
