using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>Both families on underlays of both, of one, and of the other: everything reaches everything, and every path
/// carries what it can and says so to who sends more.</summary>
public sealed class FamilyTests
{
    [Theory]
    [InlineData("CrossSubnet", "46", "46 46 46 46", false)] // dual stack
    [InlineData("Always", "46", "46 46 46 46", false)]
    [InlineData("CrossSubnet", "46", "46 46 46 46", true)] // the way out
    [InlineData("CrossSubnet", "46", "4 46 6 46", true)]
    [InlineData("CrossSubnet", "6", "6 6 6 6", false)] // IPv6 only
    [InlineData("CrossSubnet", "46", "6 6 6 6", false)] // IPv4 in IPv6
    [InlineData("Always", "46", "4 4 4 4", false)] // IPv6 in IPv4
    [InlineData("CrossSubnet", "46", "4 46 6 46", false)] // n1 knows only IPv4, n4 only IPv6
    public async Task Everything_reaches_everything_and_each_path_carries_what_it_can_and_not_a_byte_more(
        string mode, string pools, string racks, bool natOutgoing)
    {
        MixedFleet fleet = new(mode, pools, racks, natOutgoing);
        await using RunningLab lab = await RunningLab.StartAsync(fleet.Yaml([.. fleet.Reachability(), .. fleet.Sizes()]));
        List<Capture> wires = [.. MixedFleet.Nodes.Select(node => Capture.On(lab, node.Name))];
        try
        {
            Ran ran = await lab.LabAsync("check", "-o", "json");
            string[] wrong = [.. ran.Json.EnumerateArray().Where(check => !check.GetProperty("passed").GetBoolean()).Select(Line)];
            Assert.True(wrong.Length == 0, $"{wrong.Length} of {ran.Json.GetArrayLength()} checks:\n{string.Join('\n', wrong)}");

            // What was one byte too large was answered: silence would be a black hole.
            string[] silent =
            [
                .. ran.Json.EnumerateArray()
                    .Where(check => check.TryGetProperty("size", out _) && check.GetProperty("expect").GetString() == "unreachable")
                    .Where(check => check.GetProperty("detail").GetString() != "Message too long").Select(Line),
            ];
            Assert.True(silent.Length == 0, $"swallowed:\n{string.Join('\n', silent)}");
            Assert.All(wires.SelectMany(wire => wire.Take()), packet => Assert.False(packet.IsFragment, packet.ToString()));
            await ExpectLearnedAsync(lab, fleet);
        }
        finally
        {
            wires.ForEach(wire => wire.Dispose());
        }
    }

    [Fact]
    public async Task Nodes_without_a_common_family_are_named()
    {
        MixedFleet fleet = new("CrossSubnet", "46", "4 46 6 46");
        await using RunningLab lab = await RunningLab.StartAsync(fleet.Yaml([]));
        string status = (await lab.WeftAsync("status")).Must().Output;
        Assert.Contains(status.Split('\n'), line => line.Contains("n1", StringComparison.Ordinal) && line.Contains("n4", StringComparison.Ordinal));
    }

    // The answer had the right size in it: the sender's kernel knows it now. Where its own interface is the limit,
    // nothing had to be said.
    private static async Task ExpectLearnedAsync(RunningLab lab, MixedFleet fleet)
    {
        Dictionary<string, string[]> addresses = (await lab.StatusAsync()).GetProperty("workloads").EnumerateArray().ToDictionary(
            w => w.GetProperty("name").GetString()!,
            w => w.GetProperty("addresses").EnumerateArray().Select(address => address.GetString()!).ToArray());
        foreach ((string from, string to, string family, int limit) in fleet.Limits())
        {
            int own = MixedFleet.MtuOf(MixedFleet.Workloads.Single(workload => workload.Name == from).Node);
            string destination = addresses[to].Single(address => address.Contains(':', StringComparison.Ordinal) == (family == "6"));
            JsonElement route = JsonSerializer.Deserialize<JsonElement>(lab.Ip(from, $"-j route get {destination}"))[0];
            int? learned = route.TryGetProperty("metrics", out JsonElement metrics) && metrics.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } first
                && first.TryGetProperty("mtu", out JsonElement mtu) ? mtu.GetInt32() : null;
            Assert.True(learned == (limit < own ? limit : null), $"{from} to {to}, IPv{family}: {learned} instead of {limit}");
        }
    }

    private static string Line(JsonElement check) =>
        $"{check.GetProperty("from")} to {check.GetProperty("to")} {check.GetProperty("proto")} "
        + $"{(check.TryGetProperty("size", out JsonElement size) ? size.ToString() : "")}: expected {check.GetProperty("expect")} "
        + $"{(check.TryGetProperty("seenAs", out JsonElement seenAs) ? $"as {seenAs}" : "")}, "
        + string.Join("; ", check.GetProperty("families").EnumerateArray().Select(
            family => $"{family.GetProperty("family")} {family.GetProperty("found")} {family.GetProperty("detail")}"))
        + (check.GetProperty("families").GetArrayLength() == 0 ? check.GetProperty("detail").ToString() : "");
}
