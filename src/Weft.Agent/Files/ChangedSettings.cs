using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weft.Linux.Files;
using Weft.Linux.Namespaces;
using Weft.Node.Kernel;

namespace Weft.Agent.Files;

/// <summary>Which settings (sysctl) of the node an agent has changed, and what they were: on the disk before they are
/// changed, so that a cleanup can give them back. Those of our own devices go with the devices and are not kept.</summary>
/// <remarks>A restart of the host, or another network namespace, begins with settings of its own: what is known of others
/// is forgotten.</remarks>
internal sealed class ChangedSettings
{
    /// <summary>The file's name within the state directory.</summary>
    public const string FileName = "settings.json";

    private readonly string _path;
    private readonly string _of;
    private readonly SortedDictionary<string, SettingChange> _changes = new(StringComparer.Ordinal);

    private ChangedSettings(string path, string of) => (_path, _of) = (path, of);

    /// <summary>What was changed, by the setting's path below <c>/proc/sys/net</c>.</summary>
    public IReadOnlyDictionary<string, SettingChange> Changes => _changes;

    /// <summary>Reads what is known of a node; nothing if there is no file, or none of this node.</summary>
    /// <param name="stateDirectory">The agent's state directory.</param>
    /// <param name="networkNamespace">The path of the node's network namespace; empty for this process's own.</param>
    public static ChangedSettings Open(string stateDirectory, string networkNamespace)
    {
        ChangedSettings settings = new(Path.Combine(stateDirectory, FileName), IdentityOf(networkNamespace));
        if (settings.Read() is { } record && record.Of == settings._of)
        {
            foreach ((string setting, SettingChange change) in record.Changes)
            {
                settings._changes[setting] = change;
            }
        }

        return settings;
    }

    /// <summary>Notes that a setting is about to be changed. The first value that was found counts.</summary>
    /// <returns>Why it could not be written down; none if it was, or need not be.</returns>
    public string? Remember(string setting, string found, string value)
    {
        if (DeviceOf(setting) is { } device && KernelNames.IsOurs(device))
        {
            return null;
        }

        SettingChange change = new(_changes.TryGetValue(setting, out SettingChange? earlier) ? earlier.Was : found, value);
        if (change == earlier)
        {
            return null;
        }

        string? failed = Write(new SortedDictionary<string, SettingChange>(_changes, StringComparer.Ordinal) { [setting] = change });
        if (failed is null)
        {
            _changes[setting] = change; // Else it is tried again with the next one.
        }

        return failed;
    }

    /// <summary>Forgets the settings that were given back, or are somebody else's by now.</summary>
    /// <param name="kept">Those that could not be given back: they stay known.</param>
    public string? Forget(IReadOnlyCollection<string> kept)
    {
        foreach (string setting in _changes.Keys.Where(setting => !kept.Contains(setting)).ToList())
        {
            _changes.Remove(setting);
        }

        return _changes.Count > 0 ? Write(_changes) : File.Exists(_path) ? DurableFile.Delete(_path)?.ToString() : null;
    }

    private string? Write(SortedDictionary<string, SettingChange> changes) => DurableFile.Replace(
        _path, JsonSerializer.SerializeToUtf8Bytes(new SettingsRecord(_of, changes), SettingsJson.Default.SettingsRecord))?.ToString();

    private SettingsRecord? Read()
    {
        try
        {
            return File.Exists(_path)
                ? JsonSerializer.Deserialize(File.ReadAllBytes(_path), SettingsJson.Default.SettingsRecord)
                : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException)
        {
            // What the settings were is not known any more: they stay as they are.
            return null;
        }
    }

    private static string? DeviceOf(string setting) => setting.Split('/') is [_, _, string device, _] ? device : null;

    // A number of a namespace may be another one's after a restart of the host.
    private static string IdentityOf(string networkNamespace)
    {
        const string boot = "/proc/sys/kernel/random/boot_id";
        string path = networkNamespace.Length == 0 ? "/proc/self/ns/net" : networkNamespace;
        string host = File.Exists(boot) ? File.ReadAllText(boot).Trim() : "";
        return string.Create(CultureInfo.InvariantCulture, $"{host}/{NetworkNamespace.Identity(path) ?? 0}");
    }
}

/// <summary>A setting that was changed.</summary>
/// <param name="Was">What it was before the first change.</param>
/// <param name="Set">What it was set to.</param>
internal sealed record SettingChange(string Was, string Set);

/// <summary>The file.</summary>
/// <param name="Of">The host's start and the network namespace that it speaks of.</param>
/// <param name="Changes">What was changed.</param>
internal sealed record SettingsRecord(string Of, IReadOnlyDictionary<string, SettingChange> Changes);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SettingsRecord))]
internal sealed partial class SettingsJson : JsonSerializerContext;
