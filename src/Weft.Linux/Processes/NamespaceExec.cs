using System.Collections.Generic;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Netlink;

namespace Weft.Linux.Processes;

/// <summary>Becomes another program inside a network namespace, as <c>ip netns exec</c> does.</summary>
public static class NamespaceExec
{
    private const nint DefaultAction = 0; // SIG_DFL

    /// <summary>Replaces this process by <paramref name="command"/> (program and arguments; the program is looked for
    /// in PATH), in the namespace at a path, with a <c>/sys</c> that shows that namespace. Returns only if it fails;
    /// the calling thread may then be in that namespace already, so the caller must end the process.</summary>
    public static KernelError Run(string namespacePath, IReadOnlyList<string> command)
    {
        using (SafeFileHandle target = Libc.OpenFile(namespacePath, Libc.OpenReadOnly))
        {
            if (target.IsInvalid)
            {
                return LastError.Of($"open network namespace {namespacePath}");
            }

            if (Libc.SetNamespace(target, Libc.CloneNewNetwork) != 0)
            {
                return LastError.Of($"enter network namespace {namespacePath}");
            }
        }

        return MountOwnSys(namespacePath) ?? Become(command);
    }

    // A mount namespace of our own, from which nothing spreads back, and in it the /sys of this network namespace.
    private static KernelError? MountOwnSys(string namespacePath)
    {
        if (Libc.Unshare(Libc.CloneNewNamespace) != 0)
        {
            return LastError.Of("a new mount namespace");
        }

        if (Libc.Mount("", "/", "none", Libc.MountSlave | Libc.MountRecursive, null) != 0)
        {
            return LastError.Of("keep mounts from spreading");
        }

        // Where /sys is not a mount, or a read-only one as in containers, a new one over it does as well.
        _ = Libc.Unmount("/sys", Libc.DetachMount);
        return Libc.Mount(namespacePath, "/sys", "sysfs", 0, null) == 0
            || Libc.Mount(namespacePath, "/sys", "sysfs", Libc.MountReadOnly, null) == 0
            ? null
            : LastError.Of("mount /sys");
    }

    private static unsafe KernelError Become(IReadOnlyList<string> command)
    {
        // .NET ignores SIGPIPE, and what is ignored stays so in the next program.
        _ = Libc.SetSignal(Libc.SignalPipe, DefaultAction);
        using NativeStrings arguments = new(command);
        _ = Libc.Execute(arguments.Pointers[0], arguments.Pointers);
        return LastError.Of($"start {command[0]}");
    }
}
