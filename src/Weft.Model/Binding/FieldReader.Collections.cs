using System;
using System.Collections.Generic;
using Weft.Model.Documents;

namespace Weft.Model.Binding;

/// <summary>Fields that hold mappings, lists and labels.</summary>
internal sealed partial class FieldReader
{
    /// <summary>A mapping; none if it is absent.</summary>
    public FieldReader? Mapping(string name) =>
        Take(name) is DocumentNode node ? MappingOf(node, PathOf(name)) : null;

    /// <summary>A mapping; an empty one if it is absent, so that its required fields are reported under their paths.</summary>
    public FieldReader MappingOrEmpty(string name) => Take(name) is not DocumentNode node
        ? new FieldReader(new MappingNode([]) { Position = mapping.Position }, PathOf(name), report)
        : MappingOf(node, PathOf(name)) ?? new FieldReader(new MappingNode([]), PathOf(name), new BindingReport(null, []));

    /// <summary>A list of mappings.</summary>
    public List<FieldReader> Mappings(string name)
    {
        List<FieldReader> readers = [];
        foreach ((DocumentNode item, string itemPath) in Items(name))
        {
            if (MappingOf(item, itemPath) is FieldReader reader)
            {
                readers.Add(reader);
            }
        }

        return readers;
    }

    /// <summary>A list of texts of a certain form, each item that is wrong reported; or, where a field may also be one
    /// text, that one.</summary>
    public List<T> Values<T>(string name, TextParser<T> parser, string expected, bool orOne = false)
    {
        List<T> values = [];
        foreach ((DocumentNode item, string itemPath) in Items(name, orOne))
        {
            if (TextOf(item, itemPath) is string text)
            {
                if (parser(text, out T value))
                {
                    values.Add(value);
                }
                else
                {
                    report.Add(itemPath, item.Position, $"'{Shorten(text)}' is not {expected}");
                }
            }
        }

        return values;
    }

    /// <summary>A list of texts.</summary>
    public ValueList<string> Texts(string name) => [.. Values<string>(name, AnyText, "a text")];

    /// <summary>A mapping of texts to texts, with a check of each.</summary>
    public LabelMap Labels(string name, Func<string, string, string?> problem)
    {
        if (Mapping(name) is not FieldReader reader)
        {
            return LabelMap.Empty;
        }

        List<KeyValuePair<string, string>> pairs = [];
        foreach (MappingEntry entry in reader.Entries)
        {
            string entryPath = reader.PathOf(entry.Key);
            if (TextOf(entry.Value, entryPath) is string value)
            {
                if (problem(entry.Key, value) is string message)
                {
                    report.Add(entryPath, entry.KeyPosition, message);
                }

                pairs.Add(KeyValuePair.Create(entry.Key, value));
            }
        }

        return new LabelMap(pairs);
    }

    private ValueList<MappingEntry> Entries => mapping.Entries;

    private static bool AnyText(string text, out string value)
    {
        value = text;
        return true;
    }

    private List<(DocumentNode Item, string Path)> Items(string name, bool orOne = false)
    {
        List<(DocumentNode, string)> items = [];
        DocumentNode? node = Take(name);
        if (node is SequenceNode list)
        {
            for (int i = 0; i < list.Items.Count; i++)
            {
                items.Add((list.Items[i], DocumentPath.Item(PathOf(name), i)));
            }
        }
        else if (node is ScalarNode && orOne)
        {
            items.Add((node, PathOf(name)));
        }
        else if (node is not null)
        {
            report.Add(PathOf(name), node.Position, $"must be a list, not {node.Description}");
        }

        return items;
    }

    private FieldReader? MappingOf(DocumentNode node, string nodePath)
    {
        if (node is MappingNode inner)
        {
            return new FieldReader(inner, nodePath, report);
        }

        report.Add(nodePath, node.Position, $"must be a mapping, not {node.Description}");
        return null;
    }
}
