using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Weft.Net;
using Weft.Node.Calls;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Churn;

/// <summary>Calls by the shipped CNI plugin, as a runtime starts it: environment, configuration on standard input, the
/// result of ADD kept and given to CHECK and DEL. Whoever kills it kills a process.</summary>
internal sealed class PluginCalls : IContainerCalls
{
    private const string Version = "1.0.0";

    private readonly ChurnFleet _fleet;
    private readonly string _plugin;
    private readonly ConcurrentDictionary<string, JsonNode> _results = new(StringComparer.Ordinal);

    /// <summary>Calls for the nodes of a fleet. Skips the test where the plugin is not built.</summary>
    public PluginCalls(ChurnFleet fleet)
    {
        _fleet = fleet;
        _plugin = Path.Combine(Path.GetDirectoryName(ShippedWeft.Path)!, "weft-cni");
        Assert.SkipUnless(File.Exists(_plugin), "needs the shipped plugin: run eng/publish");
    }

    /// <inheritdoc/>
    public async Task<AgentAnswer?> AskAsync(string node, AgentCall call, CancellationToken killed)
    {
        using Process process = new();
        process.StartInfo = new ProcessStartInfo(_plugin)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in EnvironmentOf(call))
        {
            process.StartInfo.Environment[name] = value;
        }

        process.Start();
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.StandardInput.WriteAsync(ConfigurationOf(node, call));
            process.StandardInput.Close();
            await process.WaitForExitAsync(killed);
        }
        catch (Exception interrupted) when (interrupted is OperationCanceledException or IOException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        string said = await output;
        await error;
        const int KilledBy9 = 128 + 9;
        return process.ExitCode == KilledBy9 ? null : AnswerOf(call, process.ExitCode, said);
    }

    private IEnumerable<(string Name, string Value)> EnvironmentOf(AgentCall call)
    {
        foreach ((string name, string value) in _fleet.Variables)
        {
            yield return (name, value);
        }

        yield return ("CNI_COMMAND", call.Command.ToString().ToUpperInvariant());
        yield return ("CNI_CONTAINERID", call.ContainerId);
        yield return ("CNI_NETNS", call.NetworkNamespace);
        yield return ("CNI_IFNAME", call.Interface);
        yield return ("CNI_ARGS", $"IgnoreUnknown=1;K8S_POD_NAMESPACE={call.Namespace};K8S_POD_NAME={call.Workload};K8S_POD_INFRA_CONTAINER_ID={call.ContainerId}");
        yield return ("CNI_PATH", Path.GetDirectoryName(_plugin)!);
    }

    private string ConfigurationOf(string node, AgentCall call)
    {
        JsonObject configuration = new()
        {
            ["cniVersion"] = Version,
            ["name"] = call.Network,
            ["type"] = "weft-cni",
            ["agentSocket"] = _fleet.SocketOf(node),
        };
        if (call.Command is not AgentCommand.Add && _results.TryGetValue(call.ContainerId, out JsonNode? result))
        {
            configuration["prevResult"] = result.DeepClone();
        }

        return configuration.ToJsonString();
    }

    private AgentAnswer AnswerOf(AgentCall call, int exitCode, string output)
    {
        if (exitCode != 0)
        {
            using JsonDocument error = JsonDocument.Parse(output);
            JsonElement root = error.RootElement;
            return new AgentAnswer
            {
                Fault = new AgentFault(
                    root.GetProperty("code").GetInt32(),
                    root.GetProperty("msg").GetString()!,
                    root.TryGetProperty("details", out JsonElement details) ? details.GetString()! : ""),
            };
        }

        if (call.Command == AgentCommand.Del)
        {
            _results.TryRemove(call.ContainerId, out _);
        }

        if (call.Command != AgentCommand.Add)
        {
            return new AgentAnswer();
        }

        JsonNode result = JsonNode.Parse(output)!;
        _results[call.ContainerId] = result;
        JsonArray interfaces = result["interfaces"]!.AsArray();
        JsonNode outer = interfaces.Single(i => string.IsNullOrEmpty((string?)i!["sandbox"]))!;
        JsonNode inner = interfaces.Single(i => !string.IsNullOrEmpty((string?)i!["sandbox"]))!;
        return new AgentAnswer
        {
            Connection = new WorkloadConnection(
                (string)outer["name"]!,
                (string)inner["name"]!,
                MacAddress.Parse((string)inner["mac"]!),
                0,
                [.. result["ips"]!.AsArray().Select(ip => IpInterfaceAddress.Parse((string)ip!["address"]!))],
                []),
        };
    }
}
