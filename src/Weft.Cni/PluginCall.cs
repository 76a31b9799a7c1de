using System;
using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Weft.Cni;

/// <summary>One call of a runtime, as it came.</summary>
/// <param name="Command"><c>CNI_COMMAND</c>.</param>
/// <param name="ContainerId"><c>CNI_CONTAINERID</c>; empty if it is not set, as the others.</param>
/// <param name="NetworkNamespace"><c>CNI_NETNS</c>.</param>
/// <param name="Interface"><c>CNI_IFNAME</c>.</param>
/// <param name="Arguments"><c>CNI_ARGS</c>.</param>
/// <param name="Configuration">What was on standard input.</param>
internal readonly record struct PluginCall(
    string Command, string ContainerId, string NetworkNamespace, string Interface, string Arguments, ReadOnlyMemory<byte> Configuration)
{
    /// <summary>The call as the agent's socket takes it: one line of JSON (<c>AgentCall</c> in Weft.Node).</summary>
    public ReadOnlyMemory<byte> ToLine()
    {
        ArrayBufferWriter<byte> line = new(2 * Configuration.Length + 1024);
        using (Utf8JsonWriter writer = new(line, new JsonWriterOptions
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // A configuration is full of quotes: two bytes each, not six.
            SkipValidation = true,
        }))
        {
            writer.WriteStartObject();
            writer.WriteString("command"u8, "Cni"u8);
            writer.WriteStartObject("cni"u8);
            writer.WriteString("command"u8, Command);
            writer.WriteString("containerId"u8, ContainerId);
            writer.WriteString("networkNamespace"u8, NetworkNamespace);
            writer.WriteString("interface"u8, Interface);
            writer.WriteString("arguments"u8, Arguments);
            writer.WriteString("configuration"u8, Encoding.UTF8.GetString(Configuration.Span));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        line.Write("\n"u8);
        return line.WrittenMemory;
    }
}
