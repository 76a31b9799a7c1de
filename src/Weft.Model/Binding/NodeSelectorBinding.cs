using Weft.Model.Selectors;

namespace Weft.Model.Binding;

/// <summary>A field that selects nodes by their labels.</summary>
internal static class NodeSelectorBinding
{
    /// <summary>Reads the selector; all nodes if it is absent.</summary>
    public static Selector Bind(FieldReader spec, string name)
    {
        if (spec.Text(name) is not string text)
        {
            return Selector.All;
        }

        if (!Selector.TryParse(text, out Selector? selector, out SelectorError error))
        {
            spec.Refuse(name, $"is not a selector: at character {error.Offset + 1}: {error.Message}");
            return Selector.All;
        }

        if (selector.UsesGlobal)
        {
            spec.Refuse(name, "global() selects nothing here: nodes are in no namespace; write all()");
        }

        return selector;
    }
}
