using System.Net.Sockets;
using Weft.Linux.Namespaces;

namespace Weft.Linux.Sockets;

/// <summary>Opens sockets of .NET inside a network namespace. A socket stays in the namespace in which it was opened,
/// whatever thread uses it.</summary>
public static class NamespaceSocket
{
    /// <summary>Opens a socket in the namespace at a path (null: the process's own). Throws
    /// <see cref="SocketException"/> as <see cref="Socket"/> does.</summary>
    public static Socket Open(
        string? namespacePath, AddressFamily family, SocketType type, ProtocolType protocol) =>
        NamespaceThread.Shared.Run(namespacePath, () => new Socket(family, type, protocol));
}
