using System;
using System.Buffers;

namespace Weft.Model.Resources;

/// <summary>What may be a name, a label or an interface: Kubernetes' and Calico's rules, without regular expressions.</summary>
public static class ResourceNames
{
    /// <summary>Characters of a DNS label (RFC 1123, 2.1; RFC 1035, 2.3.4).</summary>
    public const int DnsLabelMax = 63;

    /// <summary>Characters of a DNS name as text.</summary>
    public const int DnsSubdomainMax = 253;

    /// <summary>Characters of a label's value, and of a label key's last part.</summary>
    public const int LabelMax = 63;

    /// <summary>Characters of an interface's name: the kernel's IFNAMSIZ without the final zero.</summary>
    public const int InterfaceNameMax = 15;

    private const string LowerAndDigits = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + LowerAndDigits;

    private static readonly SearchValues<char> LabelChars = SearchValues.Create(LowerAndDigits + "-");
    private static readonly SearchValues<char> NameChars = SearchValues.Create(LettersAndDigits + "-_.");

    /// <summary>Lower-case letters, digits and '-', not '-' at an end, at most 63: a name that DNS and hosts can have.</summary>
    public static bool IsDnsLabel(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= DnsLabelMax
        && text.IndexOfAnyExcept(LabelChars) < 0
        && text[0] != '-'
        && text[^1] != '-';

    /// <summary>DNS labels' characters joined by dots, at most 253 in all: what Kubernetes lets resources be called.</summary>
    public static bool IsDnsSubdomain(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > DnsSubdomainMax)
        {
            return false;
        }

        // Kubernetes bounds the whole, not each part.
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> part = text[range];
            if (part.IsEmpty || part.IndexOfAnyExcept(LabelChars) >= 0 || part[0] == '-' || part[^1] == '-')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary><c>rack</c> or <c>example.org/rack</c>: the key of a label or an annotation.</summary>
    public static bool IsLabelKey(ReadOnlySpan<char> text)
    {
        int slash = text.IndexOf('/');
        ReadOnlySpan<char> name = text[(slash + 1)..];
        return (slash < 0 || IsDnsSubdomain(text[..slash])) && !name.IsEmpty && IsLabelValue(name);
    }

    /// <summary>Empty, or at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends.</summary>
    public static bool IsLabelValue(ReadOnlySpan<char> text) =>
        text.IsEmpty
        || (text.Length <= LabelMax
            && text.IndexOfAnyExcept(NameChars) < 0
            && char.IsAsciiLetterOrDigit(text[0])
            && char.IsAsciiLetterOrDigit(text[^1]));

    /// <summary>1 to 15 letters, digits, '_', '.' and '-', and no name that means something else: in a path, or among the kernel's
    /// settings, which are those of all interfaces there (Linux makes no interface of that name).</summary>
    public static bool IsInterfaceName(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= InterfaceNameMax
        && text.IndexOfAnyExcept(NameChars) < 0
        && text is not ("." or ".." or "all" or "default");

    /// <summary>1 to 128 letters, digits, '_', '.' and '-': the name of a port.</summary>
    public static bool IsPortName(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 128 && text.IndexOfAnyExcept(NameChars) < 0;

    /// <summary>Letters, digits, '_', '.' and '-': the name of an orchestrator.</summary>
    public static bool IsPlainWord(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= DnsSubdomainMax && text.IndexOfAnyExcept(NameChars) < 0;
}
