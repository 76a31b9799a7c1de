using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Weft.Agent.Files;
using Weft.App.Up;
using Xunit;

namespace Weft.Tests.App.Up;

public sealed class CniInstallationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("weft-t-").FullName;

    private string Config => Path.Combine(_directory, "net.d", "10-weft.conflist");

    [Theory]
    [InlineData(false, "weft-cni")]
    [InlineData(true, "weft-cni portmap")]
    public void The_configuration_names_the_agents_socket_and_maps_ports_where_that_is_possible(bool mapsPorts, string plugins)
    {
        using JsonDocument list = JsonDocument.Parse(CniInstallation.Conflist("/run/we\"ft/agent.sock", mapsPorts));
        JsonElement[] found = [.. list.RootElement.GetProperty("plugins").EnumerateArray()];
        Assert.Equal(plugins, string.Join(' ', found.Select(plugin => plugin.GetProperty("type").GetString())));
        Assert.Equal("/run/we\"ft/agent.sock", found[0].GetProperty("agentSocket").GetString());
        Assert.Equal("weft", list.RootElement.GetProperty("name").GetString());
        Assert.All(found.Skip(1), portmap => Assert.True(portmap.GetProperty("capabilities").GetProperty("portMappings").GetBoolean()));
    }

    [Fact]
    public void What_was_installed_is_replaced_by_a_newer_one_and_removed_and_what_others_put_there_is_not()
    {
        InstalledFiles files = InstalledFiles.Open(_directory);
        Assert.True(CniInstallation.WriteConfig(files, Config, "one"));
        Assert.False(CniInstallation.WriteConfig(files, Config, "one"));

        // Known also to a process that comes later.
        Assert.True(CniInstallation.WriteConfig(InstalledFiles.Open(_directory), Config, "two"));
        string foreign = Path.Combine(_directory, "net.d", "87-podman.conflist");
        File.WriteAllText(foreign, "theirs");
        IOException refused = Assert.Throws<IOException>(() => CniInstallation.WriteConfig(files, foreign, "ours"));
        Assert.Contains(foreign, refused.Message, StringComparison.Ordinal);
        Assert.Equal("theirs", File.ReadAllText(foreign));

        List<string> removed = [];
        List<string> left = [];
        InstalledFiles.Open(_directory).Remove(removed, left);
        Assert.Equal([Config], removed);
        Assert.Empty(left);
        Assert.False(File.Exists(Config));
        Assert.True(File.Exists(foreign));
    }

    [Fact]
    public void What_somebody_has_changed_since_stays_and_is_told()
    {
        InstalledFiles files = InstalledFiles.Open(_directory);
        CniInstallation.WriteConfig(files, Config, "one");
        File.AppendAllText(Config, "more");
        List<string> removed = [];
        List<string> left = [];
        files.Remove(removed, left);
        Assert.Empty(removed);
        Assert.Contains(Config, Assert.Single(left), StringComparison.Ordinal);
        Assert.True(File.Exists(Config));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
