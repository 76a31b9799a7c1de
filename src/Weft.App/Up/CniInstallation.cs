using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json;
using Weft.Agent.Files;
using Weft.App.CommandLine;

namespace Weft.App.Up;

/// <summary>What container runtimes need to find Weft: a network configuration, and the plugin's binary.</summary>
internal static class CniInstallation
{
    /// <summary>Where runtimes look for configurations; the first by name is the default network.</summary>
    public const string ConfigDefault = "/etc/cni/net.d/10-weft.conflist";

    /// <summary>Where runtimes look for plugins.</summary>
    public const string BinDefault = "/opt/cni/bin";

    /// <summary>The name of the network in the configuration.</summary>
    public const string Network = "weft";

    private const string Plugin = "weft-cni";
    private const string PortMap = "portmap";

    /// <summary>The configuration list (CNI specification, section 1).</summary>
    /// <param name="agentSocket">The agent's socket.</param>
    /// <param name="mapsPorts">Whether ports of the host are mapped to workloads, by the plugin that the CNI project has
    /// for it.</param>
    public static string Conflist(string agentSocket, bool mapsPorts)
    {
        // With the capabilities runtimes hand on what people ask for (podman run --ip, --mac-address; annotations of pods).
        List<string> plugins =
        [
            $$$"""
            {"type": "{{{Plugin}}}", "agentSocket": "{{{JsonEncodedText.Encode(agentSocket)}}}",
                 "capabilities": {"ips": true, "mac": true, "io.kubernetes.cri.pod-annotations": true}}
            """,
        ];
        if (mapsPorts)
        {
            plugins.Add($$$"""{"type": "{{{PortMap}}}", "capabilities": {"portMappings": true}}""");
        }

        return $$"""
            {
              "cniVersion": "1.0.0",
              "name": "{{Network}}",
              "plugins": [
                {{string.Join(",\n    ", plugins)}}
              ]
            }

            """;
    }

    /// <summary>Whether a runtime that looks there finds the plugin that maps ports.</summary>
    public static bool HasPortMap(string bin) => File.Exists(Path.Combine(bin, PortMap));

    /// <summary>Puts the configuration where runtimes look. Returns whether it was not there before.</summary>
    public static bool WriteConfig(InstalledFiles files, string path, string conflist) =>
        files.Install(path, Encoding.UTF8.GetBytes(conflist), executable: false);

    /// <summary>Puts the plugin, which is shipped beside this program, where runtimes look for plugins. Returns whether it
    /// was not there before.</summary>
    public static bool WritePlugin(InstalledFiles files, string bin) =>
        files.Install(Path.Combine(bin, Plugin), ShippedPlugin(), executable: true);

    /// <summary>Refuses what <see cref="WritePlugin"/> and <see cref="WriteConfig"/> could not do, before anything is done.</summary>
    public static void Check(InstalledFiles files, string? bin, string? config, string conflist)
    {
        string? why = bin is null ? null : files.WhyNot(Path.Combine(bin, Plugin), ShippedPlugin());
        why ??= config is null ? null : files.WhyNot(config, Encoding.UTF8.GetBytes(conflist));
        if (why is not null)
        {
            throw new CommandFailure(why);
        }
    }

    private static byte[] ShippedPlugin()
    {
        string shipped = Path.Combine(AppContext.BaseDirectory, Plugin);
        return File.Exists(shipped)
            ? File.ReadAllBytes(shipped)
            : throw new CommandFailure($"{Plugin} is not beside this program, in {AppContext.BaseDirectory}: install both");
    }
}
