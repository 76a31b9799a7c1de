using System;
using System.IO;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Tasks;
using Weft.Node.Calls;

namespace Weft.Tests.Linux.Crashes;

/// <summary>Calls of an agent's socket, as a container runtime makes them: an agent that dies meanwhile gives no
/// answer.</summary>
internal static class AgentSocket
{
    /// <summary>The agent's answer; none if it died, or was dead.</summary>
    public static async Task<AgentAnswer?> TryAskAsync(string path, AgentCall call)
    {
        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
            await using NetworkStream stream = new(socket);
            byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(call, CallJson.Default.AgentCall), (byte)'\n'];
            await stream.WriteAsync(line);
            using StreamReader reader = new(stream);
            return await reader.ReadLineAsync() is { } answer
                ? JsonSerializer.Deserialize(answer, CallJson.Default.AgentAnswer)
                : null;
        }
        catch (Exception dead) when (dead is SocketException or IOException)
        {
            return null;
        }
    }
}
