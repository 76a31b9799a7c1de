using System;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace Weft.Cni;

/// <summary>The CNI plugin: hands what a runtime says (environment and standard input) to the agent, and the agent's answer
/// to the runtime. What it means, the agent knows.</summary>
internal static class Program
{
    /// <summary>Bytes of configuration that are read; a longer one is refused. A garbage collection names every attachment
    /// of the node, a hundred bytes each.</summary>
    public const int ConfigurationBytesMax = 1024 * 1024;

    private const int Unheard = 1;

    public static int Main()
    {
        string command = Variable("CNI_COMMAND");
        PluginAnswer answer;
        if (command.Length == 0)
        {
            Tell("weft-cni is a CNI plugin: a container runtime starts it, with CNI_COMMAND and a network "
                + "configuration on standard input. It speaks CNI 0.3.1, 0.4.0, 1.0.0 and 1.1.0.");
            answer = PluginAnswer.Error("", PluginAnswer.InvalidEnvironment, "CNI_COMMAND is not set",
                "set it to ADD, DEL, CHECK, GC, STATUS or VERSION");
        }
        else if (!TryReadInput(out ReadOnlyMemory<byte> input, out string failure))
        {
            answer = PluginAnswer.Error("", PluginAnswer.IoFailure, "the network configuration cannot be read", failure);
        }
        else
        {
            ConfigurationHead head = ConfigurationHead.Of(input.Span);
            answer = command == "VERSION" ? PluginAnswer.Versions(head) : AgentPipe.Ask(
                new PluginCall(command, Variable("CNI_CONTAINERID"), Variable("CNI_NETNS"), Variable("CNI_IFNAME"), Variable("CNI_ARGS"), input),
                head);
        }

        return TryPrint(answer.Output.Span) ? answer.ExitCode : Unheard;
    }

    // A runtime listens at a pipe, which is written to as it is: the console's stream comes with what a terminal needs, a thread and
    // handlers of signals. But of a regular file only that stream moves the place at which others go on. An answer that nobody
    // hears, or not all of it, is no success, whatever the agent has done: the runtime asks again, or disconnects.
    private static bool TryPrint(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return true;
        }

        try
        {
            using FileStream pipe = new(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            using Stream output = pipe.CanSeek ? Console.OpenStandardOutput() : pipe;
            output.Write(text);
            return true;
        }
        catch (Exception unheard) when (unheard is IOException or UnauthorizedAccessException)
        {
            Tell("weft-cni cannot write to standard output, on which its answer goes");
            return false;
        }
    }

    private static void Tell(string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            // For people; no runtime depends on it.
        }
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";

    private static bool TryReadInput(out ReadOnlyMemory<byte> input, out string failure)
    {
        byte[] buffer = new byte[16 * 1024];
        int filled = 0;
        input = default;
        failure = "";
        try
        {
            using Stream stream = Console.OpenStandardInput();
            while (stream.Read(buffer.AsSpan(filled)) is > 0 and int read)
            {
                filled += read;
                if (filled > ConfigurationBytesMax)
                {
                    failure = $"it is longer than {ConfigurationBytesMax} bytes";
                    return false;
                }

                if (filled == buffer.Length)
                {
                    Array.Resize(ref buffer, 2 * buffer.Length);
                }
            }
        }
        catch (UnauthorizedAccessException)
        {
            failure = "standard input is closed, or not there to be read";
            return false;
        }
        catch (IOException unreadable)
        {
            failure = $"standard input cannot be read: {unreadable.Message}";
            return false;
        }

        input = buffer.AsMemory(0, filled);
        return true;
    }
}
