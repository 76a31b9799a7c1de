using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Weft.Model.Documents;

namespace Weft.Model.Binding;

/// <summary>Reads text that must have a certain form.</summary>
internal delegate bool TextParser<T>(string text, out T value);

/// <summary>Reads the fields of one mapping, each at most once, and reports every one that is wrong or not known.</summary>
/// <remarks>A field with the value null is absent, as in Kubernetes. A wrong field reads as absent.</remarks>
internal sealed partial class FieldReader(MappingNode mapping, string path, BindingReport report)
{
    private readonly List<string> _known = [];

    /// <summary>The mapping's path.</summary>
    public string Path => path;

    /// <summary>Whether a field is there, with a value.</summary>
    public bool Has(string name) => mapping.Find(name) is not (null or ScalarNode { Kind: ScalarKind.Null });

    /// <summary>The field's node; none if it is absent.</summary>
    public DocumentNode? Take(string name)
    {
        _known.Add(name);
        return Has(name) ? mapping.Find(name) : null;
    }

    /// <summary>A text.</summary>
    public string? Text(string name) => Take(name) is DocumentNode node ? TextOf(node, PathOf(name)) : null;

    /// <summary>A text that must be there; empty, and reported, if it is not.</summary>
    public string RequiredText(string name)
    {
        string? text = Text(name);
        if (text is null or "")
        {
            if (!Has(name) || text is "")
            {
                Missing(name);
            }

            return "";
        }

        return text;
    }

    /// <summary>A text of a certain form.</summary>
    public T? Value<T>(string name, TextParser<T> parser, string expected)
        where T : struct
    {
        if (Text(name) is not string text)
        {
            return null;
        }

        if (parser(text, out T value))
        {
            return value;
        }

        Refuse(name, $"'{Shorten(text)}' is not {expected}");
        return null;
    }

    /// <summary>An integer between two bounds.</summary>
    public int? Integer(string name, int min, int max) => (int?)Number(name, min, max);

    /// <summary>A number of the store, between two bounds.</summary>
    public long? Number(string name, long min, long max)
    {
        DocumentNode? node = Take(name);
        if (node is null)
        {
            return null;
        }

        if (node is not ScalarNode { Kind: ScalarKind.Integer } scalar)
        {
            report.Add(PathOf(name), node.Position, $"must be a whole number, not {node.Description}");
            return null;
        }

        if (long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && number >= min && number <= max)
        {
            return number;
        }

        report.Add(PathOf(name), node.Position, $"{Shorten(scalar.Text)} is not between {min} and {max}");
        return null;
    }

    /// <summary>A boolean.</summary>
    public bool? Boolean(string name)
    {
        DocumentNode? node = Take(name);
        if (node is null or ScalarNode { Kind: ScalarKind.Boolean })
        {
            return node is ScalarNode scalar ? scalar.Text == "true" : null;
        }

        report.Add(PathOf(name), node.Position, $"must be true or false, not {node.Description}");
        return null;
    }

    /// <summary>One of a few words.</summary>
    public T? Choice<T>(string name, params IReadOnlyList<(string Word, T Value)> choices)
        where T : struct
    {
        if (Text(name) is not string text)
        {
            return null;
        }

        foreach ((string word, T value) in choices)
        {
            if (word == text)
            {
                return value;
            }
        }

        string known = string.Join(", ", choices.Select(choice => choice.Word));
        Refuse(name, $"'{Shorten(text)}' is not one of {known}");
        return null;
    }

    /// <summary>A field of Calico's or Kubernetes' schema that does nothing here yet: refused by name, unless it says
    /// one of the values that change nothing, given as JSON. Empty texts, lists and mappings never change anything.</summary>
    public void NotYet(string name, params IReadOnlyList<string> inert)
    {
        DocumentNode? node = Take(name);
        if (node is null
            or ScalarNode { Kind: ScalarKind.String, Text: "" }
            or SequenceNode { Items.Count: 0 }
            or MappingNode { Entries.Count: 0 })
        {
            return;
        }

        string said = Encoding.UTF8.GetString(JsonText.Write(node));
        if (!inert.Contains(said))
        {
            string mend = inert.Count == 0 ? "leave it out" : $"leave it out, or say {inert[0]}";
            report.Add(PathOf(name), KeyPositionOf(name), $"not supported yet: {mend}");
        }
    }

    /// <summary>Reports that a field must be there.</summary>
    public void Missing(string name) => report.Add(PathOf(name), mapping.Position, "is required");

    /// <summary>Reports a problem of a field's value.</summary>
    public void Refuse(string name, string message) =>
        report.Add(PathOf(name), (mapping.Find(name) ?? mapping).Position, message);

    /// <summary>Reports every field that nobody read.</summary>
    public void Finish()
    {
        foreach (MappingEntry entry in mapping.Entries)
        {
            if (!_known.Contains(entry.Key))
            {
                string mend = NearestWord.Find(entry.Key, _known) is string near ? $"; did you mean '{near}'?" : "";
                report.Add(PathOf(entry.Key), entry.KeyPosition, $"is not supported{mend}");
            }
        }
    }

    /// <summary>The path of a field.</summary>
    public string PathOf(string name) => DocumentPath.Field(path, name);

    /// <summary>A text for a message: cut where nobody would read on.</summary>
    public static string Shorten(string text) =>
        text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");

    private Position KeyPositionOf(string name)
    {
        foreach (MappingEntry entry in mapping.Entries)
        {
            if (entry.Key == name)
            {
                return entry.KeyPosition;
            }
        }

        return mapping.Position;
    }

    private string? TextOf(DocumentNode node, string fieldPath)
    {
        if (node is ScalarNode { Kind: ScalarKind.String } text)
        {
            return text.Text;
        }

        string mend = node is ScalarNode ? ": put it in quotes" : "";
        report.Add(fieldPath, node.Position, $"must be a text, not {node.Description}{mend}");
        return null;
    }
}
