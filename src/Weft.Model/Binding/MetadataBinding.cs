using System;
using System.Globalization;
using System.Text;
using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.Model.Binding;

/// <summary><c>metadata</c>: Kubernetes' fields and rules.</summary>
internal static class MetadataBinding
{
    /// <summary>Bytes of all annotations of a resource, keys and values (Kubernetes: 256 kB).</summary>
    public const int AnnotationBytesMax = 256 * 1024;

    /// <summary>Namespaced resources without a namespace are in this one.</summary>
    public const string NamespaceDefault = "default";

    /// <summary>Reads the metadata. A name may be absent only where a kind computes one: it is empty then.</summary>
    public static Metadata Bind(FieldReader document, ResourceKind kind, bool nameRequired)
    {
        FieldReader fields = document.MappingOrEmpty("metadata");
        Metadata metadata = new()
        {
            Name = Name(fields, nameRequired),
            Namespace = Namespace(fields, kind),
            Labels = fields.Labels("labels", LabelProblem),
            Annotations = Annotations(fields),
            Uid = fields.Text("uid") ?? "",
            ResourceVersion = ResourceVersion(fields),
            Generation = fields.Integer("generation", 0, int.MaxValue) ?? 0,
            CreationTimestamp = Timestamp(fields, "creationTimestamp"),
            DeletionTimestamp = Timestamp(fields, "deletionTimestamp"),
            Finalizers = fields.Texts("finalizers"),
        };
        fields.NotYet("generateName");
        fields.NotYet("ownerReferences");
        fields.NotYet("managedFields");
        fields.NotYet("selfLink");
        fields.NotYet("deletionGracePeriodSeconds");
        fields.Finish();
        return metadata;
    }

    /// <summary>Writes the metadata, what is unset left out.</summary>
    public static MappingNode Write(Metadata metadata) => new MappingBuilder()
        .Add("name", metadata.Name)
        .Add("namespace", metadata.Namespace)
        .Add("labels", metadata.Labels)
        .Add("annotations", metadata.Annotations)
        .Add("uid", metadata.Uid)
        .AddText<long>("resourceVersion", metadata.ResourceVersion == 0 ? null : metadata.ResourceVersion)
        .Add("generation", metadata.Generation == 0 ? null : metadata.Generation)
        .Add("creationTimestamp", metadata.CreationTimestamp)
        .Add("deletionTimestamp", metadata.DeletionTimestamp)
        .Add("finalizers", metadata.Finalizers)
        .Build();

    /// <summary>What is wrong with a label; none if nothing is.</summary>
    public static string? LabelProblem(string key, string value)
    {
        if (!ResourceNames.IsLabelKey(key))
        {
            return KeyRule;
        }

        return ResourceNames.IsLabelValue(value)
            ? null
            : $"'{FieldReader.Shorten(value)}' is not a label's value: at most {ResourceNames.LabelMax} letters, digits, "
                + "'-', '_' and '.', with a letter or digit at both ends";
    }

    private const string KeyRule =
        "is not a key: letters, digits, '-', '_' and '.', at most 63, and before it, if any, a DNS name and '/'";

    private static string Name(FieldReader fields, bool required)
    {
        string name = required ? fields.RequiredText("name") : fields.Text("name") ?? "";
        if (name.Length > 0 && !ResourceNames.IsDnsSubdomain(name))
        {
            fields.Refuse("name", $"'{FieldReader.Shorten(name)}' is not a name: lower-case letters, digits, '-' and '.', "
                + $"with a letter or digit at both ends of each part, at most {ResourceNames.DnsSubdomainMax}");
        }

        return name;
    }

    private static string Namespace(FieldReader fields, ResourceKind kind)
    {
        string? name = fields.Text("namespace");
        if (!kind.Namespaced)
        {
            if (!string.IsNullOrEmpty(name))
            {
                fields.Refuse("namespace", $"{kind.Kind} has no namespace: leave it out");
            }

            return "";
        }

        if (string.IsNullOrEmpty(name))
        {
            return NamespaceDefault;
        }

        if (!ResourceNames.IsDnsLabel(name))
        {
            fields.Refuse("namespace", $"'{FieldReader.Shorten(name)}' is not a namespace: lower-case letters, digits and '-', "
                + $"with a letter or digit at both ends, at most {ResourceNames.DnsLabelMax}");
        }

        return name;
    }

    private static LabelMap Annotations(FieldReader fields)
    {
        LabelMap annotations = fields.Labels(
            "annotations", static (key, _) => ResourceNames.IsLabelKey(key) ? null : KeyRule);
        long bytes = 0;
        foreach ((string key, string value) in annotations)
        {
            bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        }

        if (bytes > AnnotationBytesMax)
        {
            fields.Refuse(
                "annotations", $"{bytes} bytes of annotations; at most {AnnotationBytesMax} are kept");
        }

        return annotations;
    }

    private static long ResourceVersion(FieldReader fields)
    {
        string? text = fields.Text("resourceVersion");
        if (string.IsNullOrEmpty(text))
        {
            return 0;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long revision))
        {
            return revision;
        }

        fields.Refuse("resourceVersion", $"'{FieldReader.Shorten(text)}' is not a revision: leave it out");
        return 0;
    }

    private static string? Timestamp(FieldReader fields, string name)
    {
        string? text = fields.Text(name);
        if (text is null || IsTimestamp(text))
        {
            return text;
        }

        fields.Refuse(name, $"'{FieldReader.Shorten(text)}' is not a time such as 2026-01-31T12:00:00Z");
        return null;
    }

    // RFC 3339, 5.6: date, 'T', time, perhaps a fraction, 'Z' or an offset. The form is checked, not the calendar.
    private static bool IsTimestamp(ReadOnlySpan<char> text)
    {
        const string form = "dddd-dd-ddTdd:dd:dd";
        if (!HasForm(text, form))
        {
            return false;
        }

        text = text[form.Length..];
        if (text.StartsWith('.'))
        {
            int digits = text[1..].IndexOfAnyExceptInRange('0', '9');
            if (digits <= 0)
            {
                return false;
            }

            text = text[(1 + digits)..];
        }

        return text is "Z" || (text.Length == 6 && text[0] is '+' or '-' && HasForm(text[1..], "dd:dd"));
    }

    private static bool HasForm(ReadOnlySpan<char> text, string form)
    {
        for (int i = 0; i < form.Length; i++)
        {
            if (i >= text.Length || (form[i] == 'd' ? !char.IsAsciiDigit(text[i]) : text[i] != form[i]))
            {
                return false;
            }
        }

        return true;
    }
}
