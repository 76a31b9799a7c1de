using System;
using System.IO;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Weft.Node.Calls;

namespace Weft.Tests.Linux.Churn;

/// <summary>Calls on the agent's own socket.</summary>
/// <param name="fleet">The nodes.</param>
internal sealed class SocketCalls(ChurnFleet fleet) : IContainerCalls
{
    /// <inheritdoc/>
    public async Task<AgentAnswer?> AskAsync(string node, AgentCall call, CancellationToken killed)
    {
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(fleet.SocketOf(node)), killed);
            await using NetworkStream stream = new(socket);
            byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(call, CallJson.Default.AgentCall), (byte)'\n'];
            await stream.WriteAsync(line, killed);
            using StreamReader reader = new(stream);
            return await reader.ReadLineAsync(killed) is { } answer
                ? JsonSerializer.Deserialize(answer, CallJson.Default.AgentAnswer)
                : null;
        }
        catch (Exception gone) when (gone is SocketException or IOException or OperationCanceledException)
        {
            return null;
        }
    }
}
