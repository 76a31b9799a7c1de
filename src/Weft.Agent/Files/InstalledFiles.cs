using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weft.Linux.Files;

namespace Weft.Agent.Files;

/// <summary>Files that were put into the directories of container runtimes: which, and with which content, so that a
/// cleanup removes just those, and none that somebody has changed since.</summary>
public sealed class InstalledFiles
{
    /// <summary>The name of the record within the state directory.</summary>
    internal const string FileName = "installed.json";

    private readonly string _record;

    // The digest of what was put there; while that replaces an older one of ours, behind it the older one's.
    private readonly SortedDictionary<string, string> _digests = new(StringComparer.Ordinal);

    private InstalledFiles(string record) => _record = record;

    /// <summary>What is known in a state directory; nothing if there is none.</summary>
    /// <exception cref="IOException">There is a record that cannot be read.</exception>
    public static InstalledFiles Open(string stateDirectory)
    {
        InstalledFiles files = new(Path.Combine(stateDirectory, FileName));
        try
        {
            if (File.Exists(files._record)
                && JsonSerializer.Deserialize(File.ReadAllBytes(files._record), InstalledJson.Default.DictionaryStringString) is { } known)
            {
                foreach ((string path, string digests) in known)
                {
                    files._digests[path] = digests ?? "";
                }
            }
        }
        catch (JsonException malformed)
        {
            throw new IOException($"{files._record} does not read ({malformed.Message}): remove it, and by hand what was installed");
        }

        return files;
    }

    /// <summary>Puts a file where a program will look for it, replacing what this state put there before. It is known
    /// before it is there.</summary>
    /// <returns>Whether it was written: false if it is there already, as it should be.</returns>
    /// <exception cref="IOException">It cannot be written, or is there and somebody else's.</exception>
    public bool Install(string path, byte[] content, bool executable)
    {
        string full = Path.GetFullPath(path);
        string digest = Convert.ToHexStringLower(SHA256.HashData(content));
        string? there = DigestOf(full);
        if (there == digest)
        {
            return false;
        }

        if (WhyNot(full, digest, there) is { } why)
        {
            throw new IOException(why);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        _digests[full] = there is null ? digest : $"{digest} {there}";
        Write();
        uint mode = executable ? 0x1EDu : 0x1A4u; // 0755, 0644
        if (DurableFile.Replace(full, content, mode) is { } error)
        {
            throw new IOException(error.ToString());
        }

        return true;
    }

    /// <summary>Why a file cannot be installed at a path, as far as can be seen before; none if it can.</summary>
    public string? WhyNot(string path, byte[] content)
    {
        string full = Path.GetFullPath(path);
        return WhyNot(full, Convert.ToHexStringLower(SHA256.HashData(content)), DigestOf(full));
    }

    /// <summary>Removes what was installed and is as it was.</summary>
    /// <param name="removed">Takes the paths that went.</param>
    /// <param name="left">Takes what could not be removed, and why.</param>
    public void Remove(List<string> removed, List<string> left)
    {
        foreach (string path in _digests.Keys.ToList())
        {
            string? there = DigestOf(path);
            if (there is not null && !IsOurs(path, there))
            {
                left.Add($"{path}: changed since it was put there; it is left to you");
            }
            else if (there is not null && DurableFile.Delete(path) is { } error)
            {
                left.Add($"{path}: {error}");
                continue; // It stays known: what is in the way may go.
            }
            else if (there is not null)
            {
                removed.Add(path);
            }

            _digests.Remove(path);
        }

        if (_digests.Count > 0)
        {
            Write();
        }
        else if (File.Exists(_record))
        {
            File.Delete(_record);
        }
    }

    private string? WhyNot(string full, string digest, string? there)
    {
        string? above = Path.GetDirectoryName(full);
        while (above is not null && !Path.Exists(above))
        {
            above = Path.GetDirectoryName(above);
        }

        return there is not null && there != digest && !IsOurs(full, there)
            ? $"{full} is there, and not of this program's making: remove it, or name another path"
            : Directory.Exists(full) ? $"{full} is a directory: name a file in it"
            : File.Exists(above) ? $"{above} is no directory: name another path"
            : null;
    }

    private bool IsOurs(string path, string digest) =>
        _digests.TryGetValue(path, out string? ours) && ours.Split(' ').Contains(digest);

    private static string? DigestOf(string path) =>
        File.Exists(path) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) : null;

    private void Write()
    {
        StateFolder.Make(Path.GetDirectoryName(_record)!);
        Dictionary<string, string> known = new(_digests);
        if (DurableFile.Replace(
            _record, JsonSerializer.SerializeToUtf8Bytes(known, InstalledJson.Default.DictionaryStringString)) is { } error)
        {
            throw new IOException(error.ToString());
        }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class InstalledJson : JsonSerializerContext;
