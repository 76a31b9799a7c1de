namespace Weft.Model.Documents;

/// <summary>The bounds of a document. Beyond one, the text is refused with a diagnostic that names the bound.</summary>
public static class DocumentLimits
{
    /// <summary>Bytes of UTF-8 in one text.</summary>
    public const int BytesMax = 16 * 1024 * 1024;

    /// <summary>Mappings and lists inside each other.</summary>
    public const int DepthMax = 64;

    /// <summary>Nodes of one text, each counted as often as an alias repeats it.</summary>
    public const int NodesMax = 2_000_000;

    /// <summary>Diagnostics collected from one text; more would help nobody.</summary>
    public const int DiagnosticsMax = 1000;
}
