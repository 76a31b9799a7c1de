using System.Collections;
using System.Collections.Generic;
using Weft.Linux.Interop;
using Weft.Linux.Namespaces;
using Weft.Netlink;

namespace Weft.Linux.Processes;

/// <summary>A program to start that outlives the one who starts it.</summary>
public sealed record DetachedProcess
{
    private const uint LogMode = 0x1A4; // 0644

    /// <summary>The program: a path, or a name to look for in PATH.</summary>
    public required string FileName { get; init; }

    /// <summary>Its arguments, without its own name.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The file that its standard output and error are appended to; null for nowhere.</summary>
    public string? LogPath { get; init; }

    /// <summary>The path of the network namespace that it starts in; null for that of this process.</summary>
    public string? NamespacePath { get; init; }

    /// <summary>Variables that are set for it, beside those of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Starts it in a session of its own, in <c>/</c>, with standard input at the end, no descriptor of this
    /// process, and all signals as they are by default. When it ends before this process does, it is a zombie until
    /// <see cref="ProcessHandle.WaitForExit"/> is called.</summary>
    public KernelError? Start(out int pid)
    {
        try
        {
            (KernelError? error, pid) = NamespaceThread.Shared.Run(NamespacePath, Spawn);
            return error;
        }
        catch (LinuxException e)
        {
            pid = 0;
            return e.Error;
        }
    }

    private unsafe (KernelError? Error, int Pid) Spawn()
    {
        byte* actions = stackalloc byte[Libc.SpawnStructureLength];
        byte* attributes = stackalloc byte[Libc.SpawnStructureLength];
        byte* signals = stackalloc byte[Libc.SpawnStructureLength];
        using NativeStrings arguments = new([FileName, .. Arguments]);
        using NativeStrings environment = new(MergedEnvironment());
        _ = Libc.SpawnActionsInitialize(actions);
        _ = Libc.SpawnAttributesInitialize(attributes);
        try
        {
            string log = LogPath ?? "/dev/null";
            int logFlags = Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenAppend;
            int error = Libc.SpawnActionsAddOpen(actions, 0, "/dev/null", Libc.OpenReadOnly, 0);
            error = error != 0 ? error : Libc.SpawnActionsAddOpen(actions, 1, log, logFlags, LogMode);
            error = error != 0 ? error : Libc.SpawnActionsAddOpen(actions, 2, log, logFlags, LogMode);
            error = error != 0 ? error : Libc.SpawnActionsAddCloseFrom(actions, 3);
            error = error != 0 ? error : Libc.SpawnActionsAddChangeDirectory(actions, "/");
            _ = Libc.SignalSetFill(signals);
            error = error != 0 ? error : Libc.SpawnAttributesSetDefault(attributes, signals);
            _ = Libc.SignalSetEmpty(signals);
            error = error != 0 ? error : Libc.SpawnAttributesSetMask(attributes, signals);
            const short Flags = Libc.SpawnSetSession | Libc.SpawnSetSignalDefault | Libc.SpawnSetSignalMask;
            error = error != 0 ? error : Libc.SpawnAttributesSetFlags(attributes, Flags);
            int pid = 0;
            error = error != 0
                ? error
                : Libc.Spawn(
                    out pid,
                    arguments.Pointers[0],
                    actions,
                    attributes,
                    arguments.Pointers,
                    environment.Pointers);
            return error == 0
                ? (null, pid)
                : (new KernelError(error, $"start {FileName}: {KernelErrno.MeaningOf(error)}"), 0);
        }
        finally
        {
            _ = Libc.SpawnAttributesDestroy(attributes);
            _ = Libc.SpawnActionsDestroy(actions);
        }
    }

    private List<string> MergedEnvironment()
    {
        List<string> variables = [];
        foreach (DictionaryEntry entry in System.Environment.GetEnvironmentVariables())
        {
            string name = (string)entry.Key;
            if (!Environment.ContainsKey(name))
            {
                variables.Add($"{name}={(string?)entry.Value}");
            }
        }

        foreach (KeyValuePair<string, string> variable in Environment)
        {
            variables.Add($"{variable.Key}={variable.Value}");
        }

        return variables;
    }
}
