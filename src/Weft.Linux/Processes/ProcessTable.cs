using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using Weft.Linux.Interop;

namespace Weft.Linux.Processes;

/// <summary>Which processes there are (<c>/proc</c>). What is found may be gone a moment later: open a
/// <see cref="ProcessHandle"/> with its start time before acting on it.</summary>
public static class ProcessTable
{
    // In /proc/PID/stat, counted from 1 after the name in parentheses, which is field 2: starttime is field 22.
    private const int StartTimeFieldAfterName = 22 - 2;

    /// <summary>The processes in the network namespace at a path.</summary>
    public static IReadOnlyList<int> InNamespace(string namespacePath)
    {
        List<int> found = [];
        if (!Libc.TryGetFileIdentity(namespacePath, out ulong device, out ulong inode))
        {
            return found;
        }

        foreach (int pid in All())
        {
            if (Libc.TryGetFileIdentity(Of(pid, "ns/net"), out ulong itsDevice, out ulong itsInode)
                && itsDevice == device && itsInode == inode)
            {
                found.Add(pid);
            }
        }

        return found;
    }

    /// <summary>The processes that have <paramref name="argument"/>, whole, among their arguments.</summary>
    public static IReadOnlyList<int> WithArgument(string argument)
    {
        List<int> found = [];
        foreach (int pid in All())
        {
            foreach (string its in ArgumentsOf(pid))
            {
                if (its == argument)
                {
                    found.Add(pid);
                    break;
                }
            }
        }

        return found;
    }

    /// <summary>The command line of a process, its own name first; empty for none and for kernel threads.</summary>
    public static IReadOnlyList<string> ArgumentsOf(int pid)
    {
        string text = Read(Of(pid, "cmdline"));
        return text.Length == 0 ? [] : text.TrimEnd('\0').Split('\0');
    }

    /// <summary>When a process started, in clock ticks since boot: together with the number it names one process for
    /// as long as the machine runs. Null if there is none.</summary>
    public static ulong? StartTimeOf(int pid)
    {
        // The name may hold anything, also parentheses and spaces: count from its end.
        string text = Read(Of(pid, "stat"));
        int end = text.LastIndexOf(')');
        if (end < 0)
        {
            return null;
        }

        string[] fields = text[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length >= StartTimeFieldAfterName
            && ulong.TryParse(
                fields[StartTimeFieldAfterName - 1],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out ulong ticks)
            ? ticks
            : null;
    }

    /// <summary>All processes, by number.</summary>
    public static IReadOnlyList<int> All()
    {
        List<int> found = [];
        foreach (string path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(
                Path.GetFileName(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            {
                found.Add(pid);
            }
        }

        found.Sort();
        return found;
    }

    private static string Of(int pid, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{name}");

    private static string Read(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (IOException)
        {
            return "";
        }
        catch (UnauthorizedAccessException)
        {
            return "";
        }
    }
}
