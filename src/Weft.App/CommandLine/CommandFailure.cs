using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;

namespace Weft.App.CommandLine;

/// <summary>A command cannot go on: the message is what the user reads, <see cref="Code"/> is the exit
/// code.</summary>
/// <remarks>Thrown anywhere below a command and caught in one place, <see cref="CommandRun"/>.</remarks>
/// <param name="message">What failed and how to mend it; one line, or one line for each problem.</param>
/// <param name="code">The exit code.</param>
internal class CommandFailure(string message, int code = ExitCode.Failed) : Exception(message)
{
    /// <summary>The exit code.</summary>
    public int Code { get; } = code;

    /// <summary>Whether each line begins with a place in a file, which editors and other tools look for
    /// there.</summary>
    public bool HasPlaces { get; private init; }

    /// <summary>The command line is wrong.</summary>
    public static CommandFailure Usage(string message) => new(message, ExitCode.Usage);

    /// <summary>Documents are wrong: all errors, a line each, in the order of the text.</summary>
    public static CommandFailure Of(IReadOnlyCollection<Diagnostic> diagnostics)
    {
        List<string?> files = [.. diagnostics.Select(diagnostic => diagnostic.Source).Distinct()];
        IEnumerable<Diagnostic> ordered = diagnostics
            .OrderBy(diagnostic => files.IndexOf(diagnostic.Source))
            .ThenBy(diagnostic => diagnostic.Position.Line)
            .ThenBy(diagnostic => diagnostic.Position.Column);
        return new(string.Join('\n', ordered.Select(diagnostic => diagnostic.ToString()))) { HasPlaces = true };
    }
}
