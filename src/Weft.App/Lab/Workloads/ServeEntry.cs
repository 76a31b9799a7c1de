using System.Collections.Generic;
using System.Text.Json;

namespace Weft.App.Lab.Workloads;

/// <summary>A port that a workload of a lab answers on; it travels in an annotation of the workload's
/// endpoint.</summary>
/// <param name="Port">The port.</param>
/// <param name="Protocol"><c>TCP</c> (and HTTP on the same port) or <c>UDP</c>.</param>
/// <param name="Name">A name for people; may be missing.</param>
internal sealed record ServeEntry(int Port, string Protocol = ServeEntry.Tcp, string? Name = null)
{
    /// <summary>The annotation of a WorkloadEndpoint that says what the lab's runtime serves in it.</summary>
    public const string Annotation = "lab.weft.dev/serve";

    /// <summary>The protocol TCP.</summary>
    public const string Tcp = "TCP";

    /// <summary>The protocol UDP.</summary>
    public const string Udp = "UDP";

    /// <summary>The annotation's text.</summary>
    public static string Write(IReadOnlyList<ServeEntry> entries) =>
        JsonSerializer.Serialize(entries, WorkloadJson.Default.IReadOnlyListServeEntry);

    /// <summary>Reads the annotation's text; the error says what is wrong with it.</summary>
    public static bool TryRead(string text, out IReadOnlyList<ServeEntry> entries, out string error)
    {
        (entries, error) = ([], "");
        try
        {
            entries = JsonSerializer.Deserialize(text, WorkloadJson.Default.IReadOnlyListServeEntry) ?? [];
        }
        catch (JsonException malformed)
        {
            error = $"annotation {Annotation}: {malformed.Message}";
            return false;
        }

        foreach (ServeEntry entry in entries)
        {
            if (entry.Port is < 1 or > 65535 || entry.Protocol is not (Tcp or Udp))
            {
                (entries, error) = (
                    [], $"annotation {Annotation}: {entry.Protocol} port {entry.Port} cannot be served");
                return false;
            }
        }

        return true;
    }
}
