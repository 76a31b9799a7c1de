using System;
using System.IO;
using Weft.App.Doctor;
using Xunit;

namespace Weft.Tests.App.Doctor;

public sealed class NetworkManagersTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("weft-t-").FullName;

    [Fact]
    public void Networkd_removes_what_it_did_not_make_unless_the_last_word_is_no()
    {
        NetworkManagers managers = new(_root);
        Assert.Equal(new NetworkdSettings(true, true), managers.Networkd());
        Write("usr/lib/systemd/networkd.conf", "[Network]\n#ManageForeignRoutes=yes\n");
        Write("etc/systemd/networkd.conf", "[Network]\nManageForeignRoutes=no\n[DHCPv4]\nManageForeignRoutingPolicyRules=no\n");
        Assert.Equal(new NetworkdSettings(false, true), managers.Networkd());
        Write("etc/systemd/networkd.conf.d/10-weft.conf", "[Network]\nManageForeignRoutingPolicyRules = no\n");
        Assert.Equal(new NetworkdSettings(false, false), managers.Networkd());

        // By their names, not by their folders; and a file hides one of its name.
        Write("run/systemd/networkd.conf.d/20-other.conf", "[Network]\nManageForeignRoutes=yes\n");
        Assert.Equal(new NetworkdSettings(true, false), managers.Networkd());
        Write("etc/systemd/networkd.conf.d/20-other.conf", "[Network]\n");
        Assert.Equal(new NetworkdSettings(false, false), managers.Networkd());
    }

    [Fact]
    public void NetworkManager_spares_what_it_is_told_to()
    {
        NetworkManagers managers = new(_root);
        Assert.False(managers.NetworkManagerSparesUs());
        Write(
            "etc/NetworkManager/NetworkManager.conf",
            "[main]\nplugins=keyfile\n[keyfile]\nunmanaged-devices=interface-name:docker*\n");
        Assert.False(managers.NetworkManagerSparesUs());
        Write(
            "etc/NetworkManager/conf.d/weft.conf",
            "[keyfile]\nunmanaged-devices=interface-name:weft*;interface-name:*.weft\n");
        Assert.True(managers.NetworkManagerSparesUs());
        Write("etc/NetworkManager/conf.d/zz.conf", "[keyfile]\nunmanaged-devices=mac:00:11:22:33:44:55\n");
        Assert.False(managers.NetworkManagerSparesUs());
        Write(
            "etc/NetworkManager/conf.d/zzz.conf",
            "[keyfile]\nunmanaged-devices+=interface-name:weft*,interface-name:vxlan*\n");
        Assert.True(managers.NetworkManagerSparesUs());
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Write(string path, string text)
    {
        string file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
