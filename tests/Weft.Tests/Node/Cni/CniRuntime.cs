using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using Weft.Node.Calls;
using Weft.Tests.Node.Brain;
using Xunit;

namespace Weft.Tests.Node.Cni;

/// <summary>A container runtime of the brain's tests. It does what libcni does: puts name and version into the plugin's
/// configuration, keeps what ADD gave, and gives it back with CHECK and DEL.</summary>
internal sealed class CniRuntime(FakeAgent agent, string version, string plugin = """{"type": "weft-cni"}""")
{
    private JsonNode? _result;

    /// <summary>The network's name.</summary>
    public string Network { get; init; } = "pods";

    /// <summary>CNI_ARGS.</summary>
    public string Arguments { get; set; } = "";

    /// <summary>CNI_IFNAME.</summary>
    public string Interface { get; set; } = "eth0";

    /// <summary>What ADD gave last.</summary>
    public JsonNode Result => _result!;

    /// <summary>ADD that must succeed.</summary>
    public JsonNode Add(string container)
    {
        CniAnswer answer = Run("ADD", container);
        Assert.True(answer.ExitCode == 0, answer.Output);
        _result = JsonNode.Parse(answer.Output)!;
        return _result;
    }

    /// <summary>A command, with a namespace of the container's name where it has one.</summary>
    public CniAnswer Run(string command, string container, string? path = null)
    {
        if (!agent.Kernel.Paths.Contains(PathOf(container)) && path is null)
        {
            agent.Kernel.AddNamespace(PathOf(container));
        }

        return Send(command, container, path ?? PathOf(container), Configuration(command).ToJsonString());
    }

    /// <summary>A request as it is.</summary>
    public CniAnswer Send(string command, string container, string path, string configuration)
    {
        AgentAnswer answer = agent.AskAndRun(Call(command, container, path, configuration));
        Assert.Null(answer.Fault);
        return answer.Cni!;
    }

    /// <summary>A command as the agent's socket takes it.</summary>
    public AgentCall Call(string command, string container) =>
        Call(command, container, PathOf(container), Configuration(command).ToJsonString());

    private AgentCall Call(string command, string container, string path, string configuration) => new()
    {
        Command = AgentCommand.Cni,
        Cni = new CniRequest
        {
            Command = command,
            ContainerId = container,
            NetworkNamespace = path,
            Interface = Interface,
            Arguments = Arguments,
            Configuration = configuration,
        },
    };

    /// <summary>The plugin's configuration, as the specification derives it (section 3).</summary>
    public JsonObject Configuration(string command)
    {
        JsonObject configuration = JsonNode.Parse(plugin)!.AsObject();
        configuration["name"] = Network;
        configuration["cniVersion"] = version;
        if (command is "CHECK" or "DEL" && _result is not null && version != "0.3.1")
        {
            configuration["prevResult"] = _result.DeepClone();
        }

        return configuration;
    }

    /// <summary>The code of an error, which must be one.</summary>
    public static int CodeOf(CniAnswer answer)
    {
        Assert.Equal(1, answer.ExitCode);
        using JsonDocument error = JsonDocument.Parse(answer.Output);
        Assert.NotEqual("", error.RootElement.GetProperty("msg").GetString());
        Assert.NotEqual("", error.RootElement.GetProperty("details").GetString());
        Assert.NotEqual("", error.RootElement.GetProperty("cniVersion").GetString());
        return error.RootElement.GetProperty("code").GetInt32();
    }

    public static string PathOf(string container) => $"/run/netns/{container}";
}
