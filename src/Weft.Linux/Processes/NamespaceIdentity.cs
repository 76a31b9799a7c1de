using System;
using System.Globalization;
using System.IO;
using Weft.Linux.Interop;
using Weft.Netlink;

namespace Weft.Linux.Processes;

/// <summary>Which network namespace lies at a path, without opening it.</summary>
/// <remarks>The kernel gives a namespace's inode number out again as soon as the namespace is gone, and a process's number some
/// time later. So the words also say which boot it was, and of a path below <c>/proc/PID</c> when that process began.</remarks>
public static class NamespaceIdentity
{
    /// <summary>There is something, or there may be: which namespace it is cannot be told.</summary>
    public const string Unknown = "?";

    private const string Processes = "/proc/";
    private const string Own = "/proc/thread-self/ns/net";
    private const int BootLength = 8;

    private static readonly string Boot = ReadBoot();

    /// <summary>The namespace at a path; none if there is surely none.</summary>
    public static string? Of(string path)
    {
        if (!Libc.TryGetFileIdentity(path, out ulong device, out ulong inode))
        {
            return LastError.Number is KernelErrno.ENOENT or KernelErrno.ENOTDIR ? null : Unknown;
        }

        if (!Libc.TryGetFileIdentity(Own, out ulong namespaces, out ulong _))
        {
            return Unknown;
        }

        // The file that a namespace was mounted on, and is not any more.
        return device != namespaces
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{Boot}-{inode}{BeginningOf(path)}");
    }

    private static string BeginningOf(string path)
    {
        if (!path.StartsWith(Processes, StringComparison.Ordinal))
        {
            return "";
        }

        int end = path.IndexOf('/', Processes.Length);
        return end > 0 && int.TryParse(path.AsSpan(Processes.Length, end - Processes.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
            && ProcessTable.StartTimeOf(pid) is { } began
            ? string.Create(CultureInfo.InvariantCulture, $"-{began}")
            : "";
    }

    private static string ReadBoot()
    {
        try
        {
            string id = File.ReadAllText("/proc/sys/kernel/random/boot_id");
            return id.Length >= BootLength ? id[..BootLength] : Unknown;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return Unknown;
        }
    }
}
