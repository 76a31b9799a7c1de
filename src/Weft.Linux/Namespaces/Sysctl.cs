using System;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Netlink;

namespace Weft.Linux.Namespaces;

/// <summary>Settings of a network namespace under <c>/proc/sys/net</c>, which shows the namespace of the thread that
/// opens the file.</summary>
public static class Sysctl
{
    private const string Root = "/proc/sys/net/";
    private const int ValueLengthMax = 4096;

    /// <summary>Writes <c>ipv4/conf/eth0/forwarding</c> and the like in the namespace at a path (null: own).</summary>
    public static KernelError? Write(string? namespacePath, string name, string value) =>
        NamespaceThread.Shared.Run(namespacePath, () => Write(name, value));

    /// <summary>Writes several, in their order; the first error ends it.</summary>
    public static KernelError? Write(
        string? namespacePath, params ReadOnlySpan<(string Name, string Value)> settings)
    {
        (string Name, string Value)[] copy = settings.ToArray();
        return NamespaceThread.Shared.Run(namespacePath, () =>
        {
            foreach ((string name, string value) in copy)
            {
                if (Write(name, value) is KernelError error)
                {
                    return error;
                }
            }

            return null;
        });
    }

    /// <summary>Reads a value, without the line's end.</summary>
    public static KernelError? Read(string? namespacePath, string name, out string value)
    {
        (KernelError? error, value) = NamespaceThread.Shared.Run(namespacePath, () => Read(name));
        return error;
    }

    private static KernelError? Write(string name, string value)
    {
        string path = Root + name;
        using SafeFileHandle file = Libc.OpenFile(path, Libc.OpenWriteOnly);
        if (file.IsInvalid)
        {
            return LastError.Of($"open {path}");
        }

        byte[] bytes = Encoding.UTF8.GetBytes(value);
        return Libc.Write(file, bytes, (nuint)bytes.Length) == bytes.Length
            ? null
            : LastError.Of($"write '{value}' to {path}");
    }

    private static (KernelError? Error, string Value) Read(string name)
    {
        string path = Root + name;
        using SafeFileHandle file = Libc.OpenFile(path, Libc.OpenReadOnly);
        if (file.IsInvalid)
        {
            return (LastError.Of($"open {path}"), "");
        }

        Span<byte> buffer = stackalloc byte[ValueLengthMax];
        nint length = Libc.Read(file, buffer, (nuint)buffer.Length);
        return length < 0
            ? (LastError.Of($"read {path}"), "")
            : (null, Encoding.UTF8.GetString(buffer[..(int)length]).TrimEnd('\n'));
    }
}
