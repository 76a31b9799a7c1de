using System;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Weft.Node.Calls;

namespace Weft.App.Client;

/// <summary>Calls of an agent over its unix socket, the same way in that a CNI plugin uses.</summary>
/// <param name="socketPath">The agent's socket.</param>
internal sealed class AgentClient(string socketPath)
{
    /// <summary>Asks; an agent that does not answer is an exception of <see cref="LineSocket.AskAsync"/>.</summary>
    public Task<AgentAnswer> CallAsync(AgentCall call, TimeSpan limit, CancellationToken cancelled) =>
        LineSocket.AskAsync(
        socketPath, call, CallJson.Default.AgentCall, CallJson.Default.AgentAnswer, limit, cancelled);

    /// <summary>The agent's state; none if it is dead or does not answer in time.</summary>
    public async Task<AgentStatus?> StatusAsync(TimeSpan limit, CancellationToken cancelled)
    {
        try
        {
            AgentAnswer answer = await CallAsync(new AgentCall { Command = AgentCommand.Status }, limit, cancelled);
            return answer.Status;
        }
        catch (Exception dead) when (dead is SocketException or IOException or TimeoutException)
        {
            return null;
        }
    }
}
