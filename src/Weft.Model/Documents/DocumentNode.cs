using System.Diagnostics;
using System.Globalization;

namespace Weft.Model.Documents;

/// <summary>A document as a tree: what YAML and JSON have in common, each node with its place in the text.</summary>
/// <remarks>Closed: <see cref="MappingNode"/>, <see cref="SequenceNode"/>, <see cref="ScalarNode"/>. Trees never
/// change and are at most <see cref="DocumentLimits.DepthMax"/> deep, so recursion over them is safe.</remarks>
public abstract record DocumentNode
{
    private protected DocumentNode()
    {
    }

    /// <summary>Where the node begins in its text.</summary>
    public Position Position { get; init; }

    /// <summary>What people call this sort of node: <c>mapping</c>, <c>list</c>, <c>text</c>, <c>number</c>, ...</summary>
    public string Description => this switch
    {
        MappingNode => "a mapping",
        SequenceNode => "a list",
        ScalarNode { Kind: ScalarKind.String } => "a text",
        ScalarNode { Kind: ScalarKind.Integer or ScalarKind.Number } => "a number",
        ScalarNode { Kind: ScalarKind.Boolean } => "a boolean",
        ScalarNode => "null",
        _ => throw new UnreachableException(),
    };

    /// <summary>Whether the content is the same, wherever it stands; the order of a mapping's entries counts.</summary>
    public bool HasContentOf(DocumentNode other)
    {
        switch (this, other)
        {
            case (ScalarNode a, ScalarNode b):
                return a.Kind == b.Kind && a.Text == b.Text;
            case (SequenceNode a, SequenceNode b):
                bool same = a.Items.Count == b.Items.Count;
                for (int i = 0; same && i < a.Items.Count; i++)
                {
                    same = a.Items[i].HasContentOf(b.Items[i]);
                }

                return same;
            case (MappingNode a, MappingNode b):
                same = a.Entries.Count == b.Entries.Count;
                for (int i = 0; same && i < a.Entries.Count; i++)
                {
                    same = a.Entries[i].Key == b.Entries[i].Key
                        && a.Entries[i].Value.HasContentOf(b.Entries[i].Value);
                }

                return same;
            default:
                return false;
        }
    }
}

/// <summary>Entries in the order of the text; no key occurs twice.</summary>
/// <param name="Entries">The entries.</param>
public sealed record MappingNode(ValueList<MappingEntry> Entries) : DocumentNode
{
    /// <summary>The value of a key; none if it is not there.</summary>
    public DocumentNode? Find(string key)
    {
        foreach (MappingEntry entry in Entries)
        {
            if (entry.Key == key)
            {
                return entry.Value;
            }
        }

        return null;
    }

    /// <summary>The value of a key if it is a text; none otherwise.</summary>
    public string? FindText(string key) =>
        Find(key) is ScalarNode { Kind: ScalarKind.String } scalar ? scalar.Text : null;
}

/// <summary>A key with its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="KeyPosition">Where the key stands.</param>
/// <param name="Value">The value.</param>
public sealed record MappingEntry(string Key, Position KeyPosition, DocumentNode Value);

/// <summary>Items in order.</summary>
/// <param name="Items">The items.</param>
public sealed record SequenceNode(ValueList<DocumentNode> Items) : DocumentNode;

/// <summary>One value.</summary>
/// <param name="Kind">What sort of value.</param>
/// <param name="Text">The text itself, or the value as JSON writes it: <c>1500</c>, <c>true</c>, <c>null</c>.</param>
public sealed record ScalarNode(ScalarKind Kind, string Text) : DocumentNode
{
    /// <summary>A text.</summary>
    public static ScalarNode Of(string text) => new(ScalarKind.String, text);

    /// <summary>An integer.</summary>
    public static ScalarNode Of(long number) =>
        new(ScalarKind.Integer, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>A boolean.</summary>
    public static ScalarNode Of(bool value) => new(ScalarKind.Boolean, value ? "true" : "false");
}

/// <summary>The sorts of scalars that JSON and the core schema of YAML 1.2 have.</summary>
public enum ScalarKind
{
    /// <summary>Any text.</summary>
    String,

    /// <summary>A number without fraction and exponent.</summary>
    Integer,

    /// <summary>Any other finite number.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>No value.</summary>
    Null,
}
