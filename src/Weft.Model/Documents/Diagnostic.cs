using System.Text;

namespace Weft.Model.Documents;

/// <summary>One thing that is wrong with a document, and where.</summary>
/// <param name="Path">The field, as in <c>spec.segments[1].mtu</c>; empty for the whole document.</param>
/// <param name="Message">What is wrong, and how to mend it.</param>
/// <param name="Position">The place in the text; the default if there is no text.</param>
/// <param name="Source">The file; none if there is no file.</param>
public sealed record Diagnostic(string Path, string Message, Position Position = default, string? Source = null)
{
    /// <summary><c>file.yaml:12:7: spec.vxlanMode: 'always' is not one of Never, CrossSubnet, Always</c>.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        if (!string.IsNullOrEmpty(Source))
        {
            text.Append(Source).Append(':');
        }

        if (Position.IsKnown)
        {
            text.Append(Position).Append(':');
        }

        if (text.Length > 0)
        {
            text.Append(' ');
        }

        if (Path.Length > 0)
        {
            text.Append(Path).Append(": ");
        }

        return text.Append(Message).ToString();
    }
}
