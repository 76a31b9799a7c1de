using System.Collections.Generic;

namespace Weft.Model.Documents;

/// <summary>Builds a mapping entry by entry, for writers: what is absent is left out.</summary>
public sealed class MappingBuilder
{
    private readonly List<MappingEntry> _entries = [];

    /// <summary>Whether nothing was added.</summary>
    public bool IsEmpty => _entries.Count == 0;

    /// <summary>Adds an entry; a null node is left out.</summary>
    public MappingBuilder Add(string key, DocumentNode? value)
    {
        if (value is not null)
        {
            _entries.Add(new MappingEntry(key, default, value));
        }

        return this;
    }

    /// <summary>Adds a text; null and the empty text are left out.</summary>
    public MappingBuilder Add(string key, string? text) =>
        Add(key, string.IsNullOrEmpty(text) ? null : ScalarNode.Of(text));

    /// <summary>Adds an integer; null is left out.</summary>
    public MappingBuilder Add(string key, long? number) =>
        Add(key, number is long n ? ScalarNode.Of(n) : null);

    /// <summary>Adds a boolean.</summary>
    public MappingBuilder Add(string key, bool value) => Add(key, ScalarNode.Of(value));

    /// <summary>Adds the text of a value; null is left out.</summary>
    public MappingBuilder AddText<T>(string key, T? value)
        where T : struct => Add(key, value?.ToString());

    /// <summary>Adds texts as a list; an empty one is left out.</summary>
    public MappingBuilder Add(string key, IReadOnlyCollection<string> texts)
    {
        List<DocumentNode> items = [];
        foreach (string text in texts)
        {
            items.Add(ScalarNode.Of(text));
        }

        return Add(key, items.Count == 0 ? null : new SequenceNode([.. items]));
    }

    /// <summary>Adds labels; an empty map is left out.</summary>
    public MappingBuilder Add(string key, LabelMap labels)
    {
        MappingBuilder inner = new();
        foreach ((string label, string value) in labels)
        {
            inner.Add(label, ScalarNode.Of(value));
        }

        return Add(key, inner.BuildUnlessEmpty());
    }

    /// <summary>The mapping.</summary>
    public MappingNode Build() => new([.. _entries]);

    /// <summary>The mapping; none if nothing was added.</summary>
    public MappingNode? BuildUnlessEmpty() => IsEmpty ? null : Build();
}
