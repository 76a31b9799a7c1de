using System;
using System.IO;

namespace Weft.Cni;

/// <summary>The CNI plugin: hands what a runtime says (environment and standard input) to the agent, and the agent's answer
/// to the runtime. What it means, the agent knows.</summary>
internal static class Program
{
    /// <summary>Bytes of configuration that are read; a longer one is refused. A garbage collection names every attachment
    /// of the node, a hundred bytes each.</summary>
    public const int ConfigurationBytesMax = 1024 * 1024;

    public static int Main()
    {
        string command = Variable("CNI_COMMAND");
        PluginAnswer answer;
        if (command.Length == 0)
        {
            Console.Error.WriteLine("weft-cni is a CNI plugin: a container runtime starts it, with CNI_COMMAND and a network "
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

        using Stream output = Console.OpenStandardOutput();
        output.Write(answer.Output.Span);
        return answer.ExitCode;
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
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            failure = $"standard input cannot be read: {unreadable.Message}";
            return false;
        }

        input = buffer.AsMemory(0, filled);
        return true;
    }
}
