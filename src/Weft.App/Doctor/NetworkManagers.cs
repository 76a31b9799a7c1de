using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Weft.App.Doctor;

/// <summary>Reads how programs are set up that manage a host's network beside us, from the files they read.</summary>
/// <param name="root">Where the files lie: <c>/</c>.</param>
internal sealed class NetworkManagers(string root)
{
    private static readonly string[] NetworkdFolders =
        ["usr/lib/systemd", "usr/local/lib/systemd", "run/systemd", "etc/systemd"];

    private static readonly string[] NetworkManagerFolders =
        ["usr/lib/NetworkManager/conf.d", "run/NetworkManager/conf.d", "etc/NetworkManager/conf.d"];

    /// <summary>What systemd-networkd would do (networkd.conf(5)).</summary>
    public NetworkdSettings Networkd()
    {
        // The last word counts: the main file first, then the drop-ins by their names.
        Dictionary<string, string> settings = new(StringComparer.Ordinal);
        IEnumerable<string> main = NetworkdFolders.Select(folder => Path.Combine(root, folder, "networkd.conf"));
        IEnumerable<string> dropIns = DropIns([.. NetworkdFolders.Select(folder => $"{folder}/networkd.conf.d")]);
        foreach ((string section, string key, string value) in main.Where(File.Exists).TakeLast(1).Concat(dropIns).SelectMany(Lines))
        {
            if (section == "Network")
            {
                settings[key] = value;
            }
        }

        return new NetworkdSettings(
            !IsNo(settings.GetValueOrDefault("ManageForeignRoutes")),
            !IsNo(settings.GetValueOrDefault("ManageForeignRoutingPolicyRules")));
    }

    /// <summary>Whether NetworkManager leaves our interfaces alone (NetworkManager.conf(5), <c>unmanaged-devices</c>).
    /// </summary>
    public bool NetworkManagerSparesUs()
    {
        string? last = null;
        IEnumerable<string> main = [Path.Combine(root, "etc/NetworkManager/NetworkManager.conf")];
        foreach ((string section, string key, string value) in main.Where(File.Exists)
            .Concat(DropIns(NetworkManagerFolders)).SelectMany(Lines))
        {
            if (section == "keyfile" && key is "unmanaged-devices" or "unmanaged-devices+")
            {
                last = key.EndsWith('+') ? $"{last};{value}" : value;
            }
        }

        string[] matches = (last ?? "").Split([';', ','], StringSplitOptions.TrimEntries);
        return matches.Contains("*") || (matches.Contains("interface-name:weft*")
            && (matches.Contains("interface-name:*.weft") || matches.Contains("interface-name:vxlan*")));
    }

    private static bool IsNo(string? value) => value is "no" or "false" or "0" or "off" or "n" or "f";

    // A file hides one of the same name in a folder before; then all go by their names.
    private string[] DropIns(IReadOnlyList<string> folders)
    {
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (string folder in folders.Select(folder => Path.Combine(root, folder)).Where(Directory.Exists))
        {
            foreach (string file in Directory.EnumerateFiles(folder, "*.conf"))
            {
                files[Path.GetFileName(file)] = file;
            }
        }

        return [.. files.Values];
    }

    private static IEnumerable<(string Section, string Key, string Value)> Lines(string path)
    {
        string section = "";
        foreach (string line in File.ReadLines(path).Select(line => line.Trim()))
        {
            if (line.StartsWith('[') && line.EndsWith(']'))
            {
                section = line[1..^1];
            }
            else if (!line.StartsWith('#') && !line.StartsWith(';') && line.Split('=', 2) is [string key, string value])
            {
                yield return (section, key.Trim(), value.Trim());
            }
        }
    }
}
