using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.Tests.App.Packets;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Captures;

/// <summary>What passes in a lab, as it is captured and decoded by the shipped binary, and as Wireshark decodes the same file.</summary>
public sealed class CaptureFieldTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly string[] Layers = ["eth", "ip", "ipv6", "udp", "vxlan", "tcp", "icmp", "icmpv6"];

    [Fact]
    public async Task Every_field_that_Wireshark_names_too_has_the_same_values_in_what_passes_a_lab()
    {
        await using RunningLab lab = await RunningLab.StartAsync(
            await File.ReadAllTextAsync(
                Path.Combine(ShippedWeft.Repository, "examples", "dual-stack.yaml"), TestContext.Current.CancellationToken));
        string file = Path.Combine(lab.RuntimeDirectory, "fields.pcapng");
        using Process capture = ShippedWeft.Start(lab.RuntimeDirectory, ["capture", "n1", "-w", file, "--lab", lab.Name]);
        using CancellationTokenSource soon = new(Limit);
        Assert.StartsWith("weft: capturing on ", await capture.StandardError.ReadLineAsync(soon.Token), StringComparison.Ordinal);

        // TCP, UDP and ICMP of both families through the tunnel and to the outside; too large ones are answered.
        _ = await lab.LabAsync("check");
        _ = Tool.Run("kill", string.Create(CultureInfo.InvariantCulture, $"-TERM {capture.Id}"));
        string said = await capture.StandardError.ReadToEndAsync(soon.Token);
        await capture.WaitForExitAsync(soon.Token);
        Assert.True(capture.ExitCode == 0, said);
        Assert.Contains(" 0 dropped by kernel", said, StringComparison.Ordinal);

        Ran decoded = (await ShippedWeft.RunAsync(lab.RuntimeDirectory, ["decode", file, "-o", "json"])).Must();
        Assert.Empty(decoded.ErrorLines);
        List<Dictionary<string, List<string>>> ours = [.. decoded.JsonLines.Select(TsharkFields.Of)];
        List<Dictionary<string, List<string>>> theirs = TsharkFields.Read(file);
        Assert.Equal(theirs.Count, ours.Count);
        List<string> findings = [];
        HashSet<string> compared = new(StringComparer.Ordinal);
        for (int i = 0; i < ours.Count; i++)
        {
            foreach ((string name, List<string> values) in ours[i])
            {
                if (!theirs[i].TryGetValue(name, out List<string>? expected) || name is "data.data" or "data.len")
                {
                    continue;
                }

                compared.Add(name.Split('.')[0]);
                if (!TsharkFields.IsSame(expected, values))
                {
                    findings.Add($"{i + 1}:{name}: tshark {string.Join(' ', expected)}, weft {string.Join(' ', values)}");
                }
            }
        }

        Assert.True(findings.Count == 0, string.Join('\n', findings.Take(40)));
        Assert.Empty(Layers.Except(compared));
    }
}
