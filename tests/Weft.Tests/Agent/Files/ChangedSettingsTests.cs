using System;
using System.IO;
using Weft.Agent.Files;
using Weft.Linux.Files;
using Xunit;

namespace Weft.Tests.Agent.Files;

public sealed class ChangedSettingsTests : IDisposable
{
    private const string Forward = "ipv4/ip_forward";
    private readonly string _directory = Directory.CreateTempSubdirectory("weft-t-").FullName;

    [Fact]
    public void The_first_value_that_was_found_counts_and_outlives_the_process()
    {
        Assert.Null(ChangedSettings.Open(_directory, "").Remember(Forward, "0", "1"));

        // Turned off by somebody, and on again: what the host had before Weft is still what counts.
        Assert.Null(ChangedSettings.Open(_directory, "").Remember(Forward, "2", "1"));
        Assert.Equal(new SettingChange("0", "1"), Assert.Single(ChangedSettings.Open(_directory, "").Changes).Value);
    }

    [Fact]
    public void Settings_of_our_own_devices_go_with_them_and_are_not_kept()
    {
        ChangedSettings settings = ChangedSettings.Open(_directory, "");
        Assert.Null(settings.Remember("ipv4/conf/vxlan.weft/rp_filter", "0", "2"));
        Assert.Null(settings.Remember("ipv4/conf/weft0123456789a/rp_filter", "0", "1"));
        Assert.Empty(settings.Changes);
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public void What_another_namespace_or_another_start_of_the_host_had_says_nothing()
    {
        ChangedSettings.Open(_directory, "").Remember(Forward, "0", "1");
        Assert.Empty(ChangedSettings.Open(_directory, "/proc/self/ns/uts").Changes);
        string file = Path.Combine(_directory, ChangedSettings.FileName);
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"of\": \"", "\"of\": \"another-start-", StringComparison.Ordinal));
        Assert.Empty(ChangedSettings.Open(_directory, "").Changes);
        File.WriteAllText(file, "{");
        Assert.Empty(ChangedSettings.Open(_directory, "").Changes);
    }

    [Fact]
    public void Settings_that_were_given_back_are_forgotten()
    {
        ChangedSettings settings = ChangedSettings.Open(_directory, "");
        settings.Remember(Forward, "0", "1");
        Assert.Null(settings.Forget([]));
        Assert.Null(settings.Forget([]));
        Assert.Empty(Directory.GetFiles(_directory));
    }

    [Fact]
    public void What_could_not_be_given_back_stays_known()
    {
        ChangedSettings settings = ChangedSettings.Open(_directory, "");
        settings.Remember(Forward, "0", "1");
        settings.Remember("ipv6/conf/eth0/force_forwarding", "0", "1");
        Assert.Null(settings.Forget([Forward]));
        Assert.Equal([Forward], ChangedSettings.Open(_directory, "").Changes.Keys);
    }

    [Fact]
    public void What_could_not_be_written_down_is_not_taken_for_known()
    {
        string inTheWay = Path.Combine(_directory, ChangedSettings.FileName + DurableFile.PendingSuffix);
        Directory.CreateDirectory(inTheWay);
        ChangedSettings settings = ChangedSettings.Open(_directory, "");
        Assert.NotNull(settings.Remember(Forward, "0", "1"));
        Directory.Delete(inTheWay);
        Assert.Null(settings.Remember(Forward, "0", "1"));
        Assert.Equal(new SettingChange("0", "1"), Assert.Single(ChangedSettings.Open(_directory, "").Changes).Value);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
