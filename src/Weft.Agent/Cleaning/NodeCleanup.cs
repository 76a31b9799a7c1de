using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Weft.Agent.Files;
using Weft.Linux.Files;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Node.Kernel;

namespace Weft.Agent.Cleaning;

/// <summary>Takes everything of ours from a node, and nothing else: kernel objects, settings that an agent changed, files
/// that were put into other programs' directories. Again and again with the same end.</summary>
public static class NodeCleanup
{
    // An agent that is at work makes anew what is removed: then it never ends, and that is told.
    private const int RoundsMax = 3;

    /// <summary>Cleans a node.</summary>
    /// <param name="networkNamespace">The path of the node's network namespace; empty for this process's own.</param>
    /// <param name="stateDirectory">The agent's state directory; it need not exist.</param>
    /// <param name="purge">Whether the state directory goes too: plan and address journal.</param>
    /// <exception cref="AgentRefusedException">An agent is at work on this state. Nothing was changed.</exception>
    public static CleanupReport Run(string networkNamespace, string stateDirectory, bool purge)
    {
        using FileLock? alone = Lock(stateDirectory);
        List<string> left = [];
        List<CleanedObject> removed = [];
        using (NetlinkSocket route = NetlinkSocket.Open(networkNamespace))
        {
            Sweep(route, removed, left);
        }

        using (NetlinkSocket filter = NetlinkSocket.Open(networkNamespace, NetlinkProtocol.Netfilter))
        {
            RemoveTable(filter, removed, left);
        }

        List<RestoredSetting> settings = [];
        GiveBack(networkNamespace, stateDirectory, settings, left);
        List<string> files = [];
        Uninstall(stateDirectory, files, left);
        if (purge && left.Count == 0)
        {
            Purge(stateDirectory, files, left);
        }

        return new CleanupReport { Removed = removed, Settings = settings, Files = files, Left = left };
    }

    private static FileLock? Lock(string stateDirectory)
    {
        if (!Directory.Exists(stateDirectory))
        {
            return null;
        }

        KernelError? taken = FileLock.TryAcquire(Path.Combine(stateDirectory, AgentHost.LockName), out FileLock? held);
        return taken is null
            ? held
            : throw new AgentRefusedException($"an agent uses {stateDirectory}: stop it first ({taken})");
    }

    private static void Sweep(NetlinkSocket socket, List<CleanedObject> removed, List<string> left)
    {
        Dictionary<SweptObject, string> refusals = [];
        for (int round = 0; ; round++)
        {
            IReadOnlyList<SweptObject> swept = KernelSweep.Of(
                socket.Execute(KernelSweep.Requests()).SelectMany(reply => reply.Messages));
            if (swept.Count == 0)
            {
                return;
            }

            if (round == RoundsMax)
            {
                left.AddRange(swept.Select(o => refusals.TryGetValue(o, out string? why)
                    ? $"{o.Kind} {o.Name}: {why}"
                    : $"{o.Kind} {o.Name}: it comes back; does an agent run?"));
                return;
            }

            if (round == 0)
            {
                removed.AddRange(swept.Select(o => new CleanedObject(o.Kind, o.Name)));
            }

            SweptObject[] own = [.. swept.Where(o => o.Removal is not null)];
            IReadOnlyList<NetlinkReply> replies = socket.Execute([.. own.Select(o => o.Removal!)]);
            for (int i = 0; i < own.Length; i++)
            {
                if (replies[i].Error is { } error)
                {
                    refusals[own[i]] = error.ToString();
                }
            }
        }
    }

    private static void RemoveTable(NetlinkSocket socket, List<CleanedObject> removed, List<string> left)
    {
        if (socket.Execute(NftablesRequests.GetTable(NftFamily.Inet, KernelNames.Table)).Error is { } missing)
        {
            if (missing.Errno != KernelErrno.ENOENT)
            {
                left.Add($"table inet {KernelNames.Table}: {missing}");
            }

            return;
        }

        IReadOnlyList<NetlinkReply> replies = socket.Commit(
            new NftablesBatch([NftablesRequests.DeleteTable(NftFamily.Inet, KernelNames.Table)]));
        if (replies.Select(reply => reply.Error).OfType<KernelError>().FirstOrDefault() is { } error)
        {
            left.Add($"table inet {KernelNames.Table}: {error}");
        }
        else
        {
            removed.Add(new CleanedObject("table", $"inet {KernelNames.Table}"));
        }
    }

    // Only what still has the value that an agent gave it: somebody who has set another one since knows why.
    private static void GiveBack(
        string networkNamespace, string stateDirectory, List<RestoredSetting> restored, List<string> left)
    {
        ChangedSettings settings = ChangedSettings.Open(stateDirectory, networkNamespace);
        string? scope = networkNamespace.Length == 0 ? null : networkNamespace;
        List<string> refused = [];
        foreach ((string setting, SettingChange change) in settings.Changes)
        {
            if (Sysctl.Read(scope, setting, out string value) is not null || value.Trim() != change.Set)
            {
                continue; // Its interface is gone, or it is somebody else's by now.
            }

            string name = $"net.{setting.Replace('.', '\0').Replace('/', '.').Replace('\0', '/')}";
            if (Sysctl.Write(scope, setting, change.Was) is { } error)
            {
                left.Add($"{name}: {error}");
                refused.Add(setting);
            }
            else
            {
                restored.Add(new RestoredSetting(name, change.Set, change.Was));
            }
        }

        if (settings.Forget(refused) is { } kept)
        {
            left.Add(string.Create(CultureInfo.InvariantCulture, $"{Path.Combine(stateDirectory, ChangedSettings.FileName)}: {kept}"));
        }
    }

    private static void Uninstall(string stateDirectory, List<string> files, List<string> left)
    {
        try
        {
            InstalledFiles.Open(stateDirectory).Remove(files, left);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            left.Add(failed.Message);
        }
    }

    private static void Purge(string stateDirectory, List<string> files, List<string> left)
    {
        if (!Directory.Exists(stateDirectory))
        {
            return;
        }

        foreach (string path in Directory.EnumerateFiles(stateDirectory).Where(path => IsOurs(Path.GetFileName(path))).Order(StringComparer.Ordinal))
        {
            if (DurableFile.Delete(path) is { } error)
            {
                left.Add($"{path}: {error}");
            }
            else
            {
                files.Add(path);
            }
        }

        // What others have put there is theirs.
        if (!Directory.EnumerateFileSystemEntries(stateDirectory).Any())
        {
            Directory.Delete(stateDirectory);
        }
    }

    // With what an interruption has left, and what did not read and was put aside.
    private static bool IsOurs(string file) => file is AgentHost.LockName or PlanFile.Unreadable
        || (file.EndsWith(DurableFile.PendingSuffix, StringComparison.Ordinal) ? file[..^DurableFile.PendingSuffix.Length] : file)
            is JournalFile.Name or PlanFile.Name or ChangedSettings.FileName or InstalledFiles.FileName;
}
