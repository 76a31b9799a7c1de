using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weft.Linux.Files;

namespace Weft.Agent.Files;

/// <summary>Files that were put into the directories of container runtimes: which, and with which content, so that a
/// cleanup removes just those, and none that somebody has changed since.</summary>
public sealed class InstalledFiles
{
    private const string FileName = "installed.json";

    private readonly string _record;
    private readonly SortedDictionary<string, string> _digests = new(StringComparer.Ordinal);

    private InstalledFiles(string record) => _record = record;

    /// <summary>What is known in a state directory; nothing if there is none.</summary>
    public static InstalledFiles Open(string stateDirectory)
    {
        InstalledFiles files = new(Path.Combine(stateDirectory, FileName));
        if (File.Exists(files._record)
            && JsonSerializer.Deserialize(File.ReadAllBytes(files._record), InstalledJson.Default.DictionaryStringString) is { } known)
        {
            foreach ((string path, string digest) in known)
            {
                files._digests[path] = digest;
            }
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

        if (there is not null && (!_digests.TryGetValue(full, out string? ours) || ours != there))
        {
            throw new IOException($"{full} is there, and not of this program's making: remove it, or name another path");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        _digests[full] = digest;
        Write();
        uint mode = executable ? 0x1EDu : 0x1A4u; // 0755, 0644
        if (DurableFile.Replace(full, content, mode) is { } error)
        {
            throw new IOException(error.ToString());
        }

        return true;
    }

    /// <summary>Removes what was installed and is as it was.</summary>
    /// <param name="removed">Takes the paths that went.</param>
    /// <param name="left">Takes what could not be removed, and why.</param>
    public void Remove(List<string> removed, List<string> left)
    {
        foreach ((string path, string digest) in _digests)
        {
            string? there = DigestOf(path);
            if (there is null)
            {
                continue;
            }

            if (there != digest)
            {
                left.Add($"{path}: changed since it was put there; it is left to you");
            }
            else if (DurableFile.Delete(path) is { } error)
            {
                left.Add($"{path}: {error}");
            }
            else
            {
                removed.Add(path);
            }
        }

        _digests.Clear();
        if (File.Exists(_record))
        {
            File.Delete(_record);
        }
    }

    private static string? DigestOf(string path) =>
        File.Exists(path) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) : null;

    private void Write()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_record)!);
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
