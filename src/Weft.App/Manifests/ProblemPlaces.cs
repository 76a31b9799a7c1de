using System.Collections.Generic;
using System.Linq;
using Weft.App.Client;
using Weft.App.CommandLine;
using Weft.Model.Documents;
using Weft.Plan.Protocol;

namespace Weft.App.Manifests;

/// <summary>Finds the lines of what the server refused: it knows documents and field paths, the client knows
/// files.</summary>
internal static class ProblemPlaces
{
    /// <summary>The failure to show for a refusal of these documents: every problem with its file, line and
    /// column.</summary>
    /// <param name="refusal">What the server said.</param>
    /// <param name="sent">The documents in the order sent, each with the file it came from.</param>
    public static CommandFailure Locate(
        ServerRefusal refusal, IReadOnlyList<(string Source, DocumentNode Document)> sent)
    {
        IReadOnlyList<FieldProblem> problems = refusal.Error.Problems;
        return problems.Count == 0
            ? new CommandFailure(refusal.Error.Message)
            : CommandFailure.Of([.. problems.Select(problem => Place(problem, sent))]);
    }

    private static Diagnostic Place(
        FieldProblem problem, IReadOnlyList<(string Source, DocumentNode Document)> sent)
    {
        if (problem.Document < 0 || problem.Document >= sent.Count)
        {
            return new Diagnostic(problem.Path, problem.Message);
        }

        (string source, DocumentNode document) = sent[problem.Document];
        return new Diagnostic(
            problem.Path, problem.Message, DocumentPath.PositionOf(document, problem.Path), source);
    }
}
