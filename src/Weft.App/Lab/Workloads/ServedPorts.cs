using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;

namespace Weft.App.Lab.Workloads;

/// <summary>The sockets that one workload answers on: opened inside its namespace, served by this
/// process.</summary>
internal sealed class ServedPorts : IAsyncDisposable
{
    private const int Backlog = 128;

    private readonly CancellationTokenSource _closing = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _serving = [];

    private ServedPorts()
    {
    }

    /// <summary>Opens all ports of both families inside the namespace; throws <see cref="SocketException"/> if
    /// one cannot be had, and leaves none open then.</summary>
    public static ServedPorts Open(string namespacePath, WorkloadIdentity who, IReadOnlyList<ServeEntry> entries)
    {
        ServedPorts ports = new();
        if (entries.Count == 0)
        {
            return ports;
        }

        List<(Socket Socket, bool Stream)> opened = NamespaceThread.Shared.Run(
            namespacePath, () => OpenAll(entries));
        foreach ((Socket socket, bool stream) in opened)
        {
            ports._sockets.Add(socket);
            ports._serving.Add(stream
                ? StreamService.ServeAsync(socket, who, ports._closing.Token)
                : DatagramService.ServeAsync(socket, who, ports._closing.Token));
        }

        return ports;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        foreach (Socket socket in _sockets)
        {
            socket.Dispose();
        }

        await Task.WhenAll(_serving);
        _closing.Dispose();
    }

    private static List<(Socket Socket, bool Stream)> OpenAll(IReadOnlyList<ServeEntry> entries)
    {
        List<(Socket Socket, bool Stream)> opened = [];
        try
        {
            foreach (ServeEntry entry in entries)
            {
                bool stream = entry.Protocol == ServeEntry.Tcp;
                opened.Add((OpenOne(entry.Port, stream), stream));
            }

            return opened;
        }
        catch
        {
            foreach ((Socket socket, _) in opened)
            {
                socket.Dispose();
            }

            throw;
        }
    }

    // One socket for both families: descriptors are few, workloads many.
    private static Socket OpenOne(int port, bool stream)
    {
        AddressFamily family = Socket.OSSupportsIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        Socket socket = new(
            family, stream ? SocketType.Stream : SocketType.Dgram, stream ? ProtocolType.Tcp : ProtocolType.Udp);
        try
        {
            if (family == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, port));
            if (stream)
            {
                socket.Listen(Backlog);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
