using System;
using System.Collections.Generic;
using System.IO;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Netlink;

namespace Weft.Linux.Namespaces;

/// <summary>Named network namespaces, kept in the same place and the same way as iproute2 keeps them, so that
/// <c>ip netns</c> sees ours and we see its.</summary>
public static class NetworkNamespace
{
    /// <summary>Where named namespaces are mounted.</summary>
    public const string Root = "/run/netns";

    private const string CurrentPath = "/proc/thread-self/ns/net";

    // The file system that all namespaces are on (nsfs); 0 if that cannot be told.
    private static readonly Lazy<ulong> Namespaces =
        new(() => Libc.TryGetFileIdentity(CurrentPath, out ulong device, out ulong _) ? device : 0);

    /// <summary>The path of a named namespace.</summary>
    public static string PathOf(string name) => $"{Root}/{name}";

    /// <summary>Whether a named namespace is there. A file that is left over from an interrupted creation is not
    /// one.</summary>
    public static bool Exists(string name) => IsNamespace(PathOf(name));

    /// <summary>Makes a named namespace, with <c>lo</c> up if asked; refused (EEXIST) if the name is taken. If it
    /// fails half-way, nothing is left.</summary>
    public static KernelError? Create(string name, bool loopbackUp = false)
    {
        if (NameError(name) is KernelError bad)
        {
            return bad;
        }

        string path = PathOf(name);
        KernelError? prepared = Prepare();
        if (prepared is not null)
        {
            return prepared;
        }

        using (SafeFileHandle file = Libc.OpenFile(
            path, Libc.OpenReadOnly | Libc.OpenCreate | Libc.OpenExclusive))
        {
            if (file.IsInvalid)
            {
                return LastError.Of($"create {path}");
            }
        }

        KernelError? error;
        try
        {
            error = NamespaceThread.Shared.RunInNew(() =>
                (loopbackUp ? SetLoopbackUp() : null)
                ?? (Libc.Mount(CurrentPath, path, "none", Libc.MountBind, null) == 0
                    ? null
                    : LastError.Of($"mount the namespace on {path}")));
        }
        catch (LinuxException e)
        {
            error = e.Error;
        }

        if (error is not null)
        {
            _ = Libc.Unlink(path);
        }

        return error;
    }

    /// <summary>Removes a named namespace; one that is not there is removed already. The kernel lets go of it when the
    /// last process and socket in it are gone.</summary>
    public static KernelError? Delete(string name)
    {
        if (NameError(name) is KernelError bad)
        {
            return bad;
        }

        string path = PathOf(name);

        // More than one mount can lie on top of each other after interrupted runs.
        while (Libc.Unmount(path, Libc.DetachMount) == 0)
        {
        }

        if (LastError.Number is not (KernelErrno.EINVAL or KernelErrno.ENOENT))
        {
            return LastError.Of($"unmount {path}");
        }

        return Libc.Unlink(path) == 0 || LastError.Number == KernelErrno.ENOENT
            ? null
            : LastError.Of($"remove {path}");
    }

    /// <summary>Opens a namespace by its path; closing it is the caller's. What is no namespace is not opened: a pipe would
    /// wait for its writer, and a device might do something.</summary>
    public static SafeFileHandle Open(string path)
    {
        if (Libc.TryGetFileIdentity(path, out ulong device, out ulong _) && Namespaces.Value is not 0 and ulong known && device != known)
        {
            throw new LinuxException($"open network namespace {path}", new KernelError(KernelErrno.EINVAL, "it is none"));
        }

        SafeFileHandle handle = Libc.OpenFile(path, Libc.OpenReadOnly);
        if (handle.IsInvalid)
        {
            LastError.Throw($"open network namespace {path}");
        }

        return handle;
    }

    /// <summary>The names of all namespaces, sorted.</summary>
    public static IReadOnlyList<string> List()
    {
        List<string> names = [];
        if (Directory.Exists(Root))
        {
            foreach (string path in Directory.EnumerateFileSystemEntries(Root))
            {
                if (IsNamespace(path))
                {
                    names.Add(Path.GetFileName(path));
                }
            }
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Which namespace a path is: equal numbers, same namespace. Null if there is none.</summary>
    public static ulong? Identity(string path) =>
        Libc.TryGetFileIdentity(path, out ulong _, out ulong inode) ? inode : null;

    private static bool IsNamespace(string path) =>
        Libc.TryGetFileIdentity(path, out ulong device, out ulong _) && device == Namespaces.Value;

    private static KernelError? NameError(string name) =>
        name.Length is > 0 and <= 255 && name is not ("." or "..") && !name.Contains('/', StringComparison.Ordinal)
            && !name.Contains('\0', StringComparison.Ordinal)
            ? null
            : new KernelError(KernelErrno.EINVAL, $"'{name}' cannot name a network namespace");

    private static KernelError? SetLoopbackUp()
    {
        using SafeFileHandle socket = Libc.Socket(
            Libc.FamilyInet, Libc.SocketDatagram | Libc.SocketCloseOnExec, 0);
        return !socket.IsInvalid && Libc.TrySetInterfaceUp(socket, "lo")
            ? null
            : LastError.Of("set lo up in a new network namespace");
    }

    // As iproute2 does: the directory is a shared mount, so that a mount made in it is seen in every mount namespace
    // that it spreads to, and an unmount too.
    private static KernelError? Prepare()
    {
        if (Libc.MakeDirectory(Root, 0x1ED) != 0 && LastError.Number != KernelErrno.EEXIST)
        {
            return LastError.Of($"create {Root}");
        }

        if (Libc.Mount("", Root, "none", Libc.MountShared | Libc.MountRecursive, null) == 0)
        {
            return null;
        }

        if (LastError.Number != KernelErrno.EINVAL)
        {
            return LastError.Of($"share {Root}");
        }

        // EINVAL: it is no mount yet.
        if (Libc.Mount(Root, Root, "none", Libc.MountBind | Libc.MountRecursive, null) != 0)
        {
            return LastError.Of($"mount {Root} on itself");
        }

        return Libc.Mount("", Root, "none", Libc.MountShared | Libc.MountRecursive, null) == 0
            ? null
            : LastError.Of($"share {Root}");
    }
}
