using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>The labs that people are shown come up as they are, and what they say of themselves is true.</summary>
public sealed class ExampleTests
{
    [Theory]
    [InlineData("quickstart.yaml", null)]
    [InlineData("dual-stack.yaml", null)]
    [InlineData("mixed-families.yaml", "n2 has only an IPv6 address on the underlay, n3 ")]
    public async Task An_examples_checks_all_hold_and_its_status_says_what_is_not_right(string file, string? finding)
    {
        RunningLab lab = RunningLab.Prepare();
        await using (lab)
        {
            string path = Path.Combine(ShippedWeft.Repository, "examples", file);
            (await lab.RunAsync(["lab", "up", "--name", lab.Name, "-f", path])).Must();
            Ran checks = await lab.LabAsync("check", "-o", "json");
            string[] wrong = [.. checks.Json.EnumerateArray().Where(check => !check.GetProperty("passed").GetBoolean())
                .Select(check => check.GetRawText())];
            Assert.True(wrong.Length == 0, string.Join('\n', wrong));
            checks.Must();
            JsonElement status = (await lab.WeftAsync("status", "-o", "json")).Must().Json;
            string[] findings = [.. status.GetProperty("findings").EnumerateArray().Select(found => found.GetProperty("message").GetString()!)];
            if (finding is null)
            {
                Assert.Empty(findings);
            }
            else
            {
                Assert.All(findings, message => Assert.StartsWith(finding, message, StringComparison.Ordinal));
                Assert.NotEmpty(findings);
            }
        }
    }
}
