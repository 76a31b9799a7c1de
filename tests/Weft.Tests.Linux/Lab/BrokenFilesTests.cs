using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>Bad input is an answer: each broken lab under <c>tests/fixtures/labs/broken</c> gets exactly the lines of the
/// <c>.expected</c> beside it.</summary>
public sealed class BrokenFilesTests
{
    private static string Folder => Path.Combine(ShippedWeft.Repository, "tests", "fixtures", "labs", "broken");

    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(Folder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Every_error_comes_at_once_with_its_place_and_nothing_is_made(string name)
    {
        _ = ShippedWeft.Path;
        string runtime = Directory.CreateTempSubdirectory("weft-t-").FullName;
        try
        {
            string file = Path.Combine(Folder, $"{name}.yaml");
            Ran up = (await ShippedWeft.RunAsync(runtime, ["lab", "up", "-f", file])).Must(1);
            string expected = File.ReadAllText(Path.Combine(Folder, $"{name}.expected"));
            Assert.Equal(expected, up.Error.Replace($"{Folder}/", "", StringComparison.Ordinal));
            Assert.Empty(up.Output);
            Assert.Empty(Directory.EnumerateDirectories(runtime, "broken*", SearchOption.AllDirectories));
            Assert.DoesNotContain(NetworkNamespace.List(), n => n.StartsWith("weft-broken", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(runtime, recursive: true);
        }
    }

    [Fact]
    public void There_are_enough_of_them() => Assert.True(Files().Count >= 12);

    [Theory]
    [InlineData(1, "lab", "up", "-f", "no-such-file.yaml")]
    [InlineData(1, "lab", "status", "--name", "no-such-lab")]
    [InlineData(1, "get", "nodes", "--lab", "no-such-lab")]
    [InlineData(1, "lab", "exec", "--name", "no-such-lab", "a", "--", "true")]
    [InlineData(2, "lab", "up", "--nonsense")]
    [InlineData(2, "lab", "up", "-f")]
    [InlineData(2, "lab", "exec")]
    [InlineData(2, "get", "nonsense", "--lab", "x")]
    [InlineData(2, "get", "nodes", "-o", "nonsense", "--lab", "x")]
    [InlineData(2, "apply")]
    [InlineData(2, "delete")]
    [InlineData(2, "nonsense")]
    [InlineData(2, "lab", "nonsense")]
    public async Task A_command_that_cannot_be_done_ends_with_1_and_a_wrong_one_with_2(int code, params string[] arguments)
    {
        _ = ShippedWeft.Path;
        string runtime = Directory.CreateTempSubdirectory("weft-t-").FullName;
        try
        {
            Ran ran = (await ShippedWeft.RunAsync(runtime, arguments)).Must(code);
            Assert.Empty(ran.Output);
            Assert.StartsWith("weft: ", Assert.Single(ran.ErrorLines), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(runtime, recursive: true);
        }
    }

    [Fact]
    public async Task A_lab_is_refused_with_the_errors_of_all_its_files()
    {
        _ = ShippedWeft.Path;
        string runtime = Directory.CreateTempSubdirectory("weft-t-").FullName;
        try
        {
            string[] files = [Path.Combine(Folder, "name.yaml"), Path.Combine(runtime, "pool.yaml")];
            File.WriteAllText(files[1], TwoRacks.Pool("second", "cidr: 10.66.0.0/16, disableBGPExport: true"));
            Ran up = (await ShippedWeft.RunAsync(runtime, ["lab", "up", "-f", files[0], "-f", files[1]])).Must(1);
            IReadOnlyList<string> lines = up.ErrorLines;
            Assert.StartsWith($"{files[0]}:3:18: metadata.name: ", lines[0], StringComparison.Ordinal);
            Assert.Equal($"{files[1]}:4:28: spec.disableBGPExport: not supported yet: leave it out, or say false", lines[1]);
            Assert.Equal(2, lines.Count);
        }
        finally
        {
            Directory.Delete(runtime, recursive: true);
        }
    }
}
