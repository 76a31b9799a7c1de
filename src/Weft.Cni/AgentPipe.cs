using System;
using System.Diagnostics;
using System.Net.Sockets;

namespace Weft.Cni;

/// <summary>The way to the agent and back: a connection of its own, one line there, one line back, in bounded time.</summary>
internal static class AgentPipe
{
    // More than the agent takes for any call (AgentBrain.CallLimit): it says better what it waited for.
    private const int WaitMilliseconds = 15_000;
    private const int AnswerBytesMax = 4 * 1024 * 1024;

    /// <summary>Asks the agent; whatever goes wrong on the way is an answer, too.</summary>
    public static PluginAnswer Ask(PluginCall call, ConfigurationHead head)
    {
        UnixDomainSocketEndPoint place;
        try
        {
            place = new UnixDomainSocketEndPoint(head.AgentSocket);
        }
        catch (ArgumentException)
        {
            return PluginAnswer.Error(head.Version, PluginAnswer.InvalidConfiguration, $"agentSocket cannot be '{head.AgentSocket}'",
                "give the path of the agent's unix socket, 107 bytes at most");
        }

        Stopwatch waited = Stopwatch.StartNew();
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            SendTimeout = WaitMilliseconds,
            ReceiveTimeout = WaitMilliseconds,
        };
        try
        {
            socket.Connect(place);
        }
        catch (SocketException refused)
        {
            return Unreachable(call, head, refused.SocketErrorCode);
        }

        try
        {
            socket.Send(call.ToLine().Span);
            return Receive(socket, call, head, waited);
        }
        catch (SocketException failed) when (failed.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return TimedOut(call, head);
        }
        catch (SocketException)
        {
            return Gone(call, head);
        }
    }

    private static PluginAnswer Receive(Socket socket, PluginCall call, ConfigurationHead head, Stopwatch waited)
    {
        byte[] buffer = new byte[16 * 1024];
        int filled = 0;
        while (true)
        {
            int left = WaitMilliseconds - (int)waited.ElapsedMilliseconds;
            if (left <= 0)
            {
                return TimedOut(call, head);
            }

            socket.ReceiveTimeout = left;
            int read = socket.Receive(buffer.AsSpan(filled));
            int end = buffer.AsSpan(filled, read).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return PluginAnswer.Read(buffer.AsSpan(0, filled + end), head.Version) ?? NoAnswer(head, "it does not read");
            }

            filled += read;
            if (read == 0)
            {
                return Gone(call, head);
            }

            if (filled > AnswerBytesMax)
            {
                return NoAnswer(head, $"it is longer than {AnswerBytesMax} bytes");
            }

            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }
    }

    private static PluginAnswer Unreachable(PluginCall call, ConfigurationHead head, SocketError error)
    {
        (int code, string why, string mend) = error switch
        {
            SocketError.AccessDenied => (PluginAnswer.IoFailure, "this user may not connect to it", "run the container runtime as root"),
            SocketError.ConnectionRefused => (PluginAnswer.TryAgainLater, "nobody listens there", "is weft agent running? weft up, or systemctl status weft-agent, tells"),
            SocketError.WouldBlock or SocketError.TimedOut => (PluginAnswer.TryAgainLater,
                $"it took no connection within {WaitMilliseconds / 1000} s", "the agent is overloaded or stopped"),
            SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported => (PluginAnswer.TryAgainLater,
                "there is no such socket", "start weft agent, or name its socket by agentSocket"),
            _ => (PluginAnswer.TryAgainLater, $"no connection can be made ({error})", "is weft agent running, and is agentSocket its socket?"),
        };
        return Failure(call, head, code, $"the agent at {head.AgentSocket} cannot be reached: {why}", mend);
    }

    private static PluginAnswer TimedOut(PluginCall call, ConfigurationHead head) => Failure(call, head, PluginAnswer.TryAgainLater,
        $"the agent at {head.AgentSocket} has not answered {call.Command} within {WaitMilliseconds / 1000} s",
        "nothing is lost: ask again; weft status and the agent's log say what it waits for");

    private static PluginAnswer Gone(PluginCall call, ConfigurationHead head) => Failure(call, head, PluginAnswer.TryAgainLater,
        $"the agent at {head.AgentSocket} ended before it answered {call.Command}", "nothing is lost: ask again when it runs");

    // A runtime that asks for the status wants to know of connections, not of calls (CNI specification, STATUS).
    private static PluginAnswer Failure(PluginCall call, ConfigurationHead head, int code, string message, string details) =>
        PluginAnswer.Error(head.Version, call.Command == "STATUS" ? PluginAnswer.NotAvailable : code, message, details);

    private static PluginAnswer NoAnswer(ConfigurationHead head, string why) => PluginAnswer.Error(head.Version, PluginAnswer.IoFailure,
        $"what the agent at {head.AgentSocket} answered cannot be used: {why}", "are weft and weft-cni of the same version?");
}
