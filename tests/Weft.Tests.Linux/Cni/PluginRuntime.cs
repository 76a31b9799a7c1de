using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Weft.Tests.Linux.Agent;
using Xunit;

namespace Weft.Tests.Linux.Cni;

/// <summary>A container runtime: runs the plugins of a network one after another, as the reference caller (libcni) does. It
/// derives each one's configuration, hands results on, keeps the last, gives it back with CHECK and DEL, and passes
/// <c>runtimeConfig</c> to those that declare the capability (CNI specification, section 3).</summary>
internal sealed class PluginRuntime
{
    private readonly AgentNode _node;
    private readonly string _version;
    private readonly List<JsonObject> _plugins;
    private readonly Dictionary<(string, string), JsonNode> _results = [];

    /// <summary>A runtime of one network.</summary>
    /// <param name="node">Where the plugins run, and whose agent Weft's plugin asks.</param>
    /// <param name="version">The specification's version.</param>
    /// <param name="plugins">The plugins' configurations, in order.</param>
    public PluginRuntime(AgentNode node, string version, params string[] plugins)
    {
        _node = node;
        _version = version;
        _plugins = [.. plugins.Select(text => JsonNode.Parse(text)!.AsObject())];
        foreach (JsonObject plugin in _plugins.Where(p => (string)p["type"]! == "weft-cni"))
        {
            plugin["agentSocket"] = node.SocketPath;
        }
    }

    /// <summary>The network's name.</summary>
    public string Network { get; init; } = "pods";

    /// <summary>CNI_ARGS.</summary>
    public string Arguments { get; set; } = "";

    /// <summary>What the runtime can tell: by capability.</summary>
    public Dictionary<string, JsonNode> Capabilities { get; } = [];

    /// <summary>ADD through the chain; the result is the last plugin's. Ends at the first error, as libcni does.</summary>
    public Task<PluginRun> AddAsync(string container, TestNamespace inside, string device = "eth0") =>
        AddAsync(container, inside.Path, device);

    /// <summary>The same with the path of a namespace.</summary>
    public async Task<PluginRun> AddAsync(string container, string path, string device = "eth0")
    {
        JsonNode? previous = null;
        PluginRun? last = null;
        foreach (JsonObject plugin in _plugins)
        {
            last = await RunAsync("ADD", plugin, container, path, device, previous);
            if (last.ExitCode != 0)
            {
                return last;
            }

            previous = last.Json;
        }

        _results[(container, device)] = previous!;
        return last!;
    }

    /// <summary>CHECK through the chain.</summary>
    public async Task<PluginRun> CheckAsync(string container, TestNamespace inside, string device = "eth0", string? only = null)
    {
        PluginRun? last = null;
        foreach (JsonObject plugin in _plugins.Where(p => only is null || (string)p["type"]! == only))
        {
            last = await RunAsync("CHECK", plugin, container, inside.Path, device, _results.GetValueOrDefault((container, device)));
            if (last.ExitCode != 0)
            {
                return last;
            }
        }

        return last!;
    }

    /// <summary>DEL through the chain, backwards.</summary>
    /// <param name="container">The container.</param>
    /// <param name="path">Its namespace; empty if it is gone.</param>
    /// <param name="device">Its interface.</param>
    public async Task<PluginRun> DeleteAsync(string container, string path, string device = "eth0")
    {
        PluginRun? last = null;
        foreach (JsonObject plugin in Enumerable.Reverse(_plugins))
        {
            last = await RunAsync("DEL", plugin, container, path, device,
                _version == "0.3.1" ? null : _results.GetValueOrDefault((container, device)));
            if (last.ExitCode != 0)
            {
                return last;
            }
        }

        _results.Remove((container, device));
        return last!;
    }

    /// <summary>GC of all but these containers and interfaces, on every plugin.</summary>
    public async Task<PluginRun> CollectAsync(params (string Container, string Device)[] valid)
    {
        PluginRun? last = null;
        foreach (JsonObject plugin in _plugins)
        {
            JsonObject configuration = plugin.DeepClone().AsObject();
            configuration["cni.dev/valid-attachments"] = new JsonArray([.. valid.Select(v =>
                (JsonNode)new JsonObject { ["containerID"] = v.Container, ["ifname"] = v.Device })]);
            last = await RunAsync("GC", configuration, "", "", "", null);
        }

        return last!;
    }

    /// <summary>STATUS of the first plugin.</summary>
    public Task<PluginRun> StatusAsync() => RunAsync("STATUS", _plugins[0], "", "", "", null);

    private Task<PluginRun> RunAsync(
        string command, JsonObject plugin, string container, string path, string device, JsonNode? previous)
    {
        JsonObject configuration = plugin.DeepClone().AsObject();
        configuration["name"] = Network;
        configuration["cniVersion"] = _version;
        if (previous is not null)
        {
            configuration["prevResult"] = previous.DeepClone();
        }

        JsonObject told = [];
        foreach ((string capability, JsonNode? wanted) in configuration["capabilities"]?.AsObject() ?? [])
        {
            if ((bool)wanted! && Capabilities.TryGetValue(capability, out JsonNode? value))
            {
                told[capability] = value.DeepClone();
            }
        }

        if (told.Count > 0)
        {
            configuration["runtimeConfig"] = told;
        }

        Dictionary<string, string> environment = new()
        {
            ["CNI_COMMAND"] = command,
            ["CNI_PATH"] = $"{Path.GetDirectoryName(ShippedPlugin.Path)}:{ShippedPlugin.DebianPlugins}",
        };
        foreach ((string name, string value) in (IEnumerable<(string, string)>)
            [("CNI_CONTAINERID", container), ("CNI_NETNS", path), ("CNI_IFNAME", device), ("CNI_ARGS", Arguments)])
        {
            if (value.Length > 0)
            {
                environment[name] = value;
            }
        }

        string type = (string)plugin["type"]!;
        string binary = type == "weft-cni" ? ShippedPlugin.Path : Path.Combine(ShippedPlugin.DebianPlugins, type);
        Assert.SkipUnless(File.Exists(binary), $"needs {binary}: Debian's containernetworking-plugins");
        return ShippedPlugin.RunAsync(binary, environment, configuration.ToJsonString(), _node.Namespace.Name);
    }
}
