using System.Text;

namespace Weft.App.Up;

/// <summary>Makes the name of a host one that a resource can have.</summary>
internal static class NodeNames
{
    private const int LengthMax = 63; // RFC 1123, 2.1; each label.
    private const string Fallback = "node";

    /// <summary>In small letters, digits, dots and hyphens, each label beginning and ending with a letter or digit
    /// (RFC 1123, 2.1): <c>Host_1.Example.COM</c> becomes <c>host-1.example.com</c>.</summary>
    public static string Of(string hostName)
    {
        StringBuilder name = new(hostName.Length);
        foreach (string label in hostName.Split('.'))
        {
            StringBuilder part = new(label.Length);
            foreach (char c in label)
            {
                part.Append(char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-');
            }

            string trimmed = part.ToString().Trim('-');
            trimmed = trimmed.Length > LengthMax ? trimmed[..LengthMax].TrimEnd('-') : trimmed;
            if (trimmed.Length > 0)
            {
                name.Append(name.Length == 0 ? "" : ".").Append(trimmed);
            }
        }

        return name.Length == 0 ? Fallback : name.ToString();
    }
}
