using System.Collections.Generic;
using Weft.Model.Documents;

namespace Weft.Model.Binding;

/// <summary>Collects what is wrong with one document, up to a bound.</summary>
internal sealed class BindingReport(string? source, List<Diagnostic> errors)
{
    private readonly int _before = errors.Count;

    /// <summary>Whether anything was reported here.</summary>
    public bool HasErrors => errors.Count > _before;

    /// <summary>Reports a problem of a field.</summary>
    public void Add(string path, Position position, string message)
    {
        if (errors.Count - _before < DocumentLimits.DiagnosticsMax)
        {
            errors.Add(new Diagnostic(path, message, position, source));
        }
    }
}
