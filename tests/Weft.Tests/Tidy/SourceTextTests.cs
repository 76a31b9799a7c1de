using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace Weft.Tests.Tidy;

/// <summary>What is never right in our sources, wherever it stands.</summary>
public sealed partial class SourceTextTests
{
    // Put together here, so that this file does not contain them.
    private static readonly string[] Unfinished = ["TO" + "DO", "FIX" + "ME", "XX" + "X"];

    private static readonly string[] EmptyNames =
        ["Util", "Utils", "Utility", "Utilities", "Helper", "Helpers", "Common", "Misc"];

    [Fact]
    public void A_namespace_is_its_folder()
    {
        List<string> wrong = [];
        foreach (SourceFile file in Repository.Sources)
        {
            Match declared = NamespaceLine().Match(file.Text);
            string[] parts = file.Folder.Split('/');
            string expected = string.Join('.', parts.Skip(1));
            if (parts[0] is "src" or "tests" && declared.Success && declared.Groups[1].Value != expected)
            {
                wrong.Add($"{file.Path}: namespace {declared.Groups[1].Value}, but the folder says {expected}");
            }
        }

        Findings.None(wrong);
    }

    [Fact]
    public void Nothing_is_left_unfinished_and_nothing_is_folded_away()
    {
        IEnumerable<string> wrong = Repository.Files
            .SelectMany(file => Unfinished.Append("#reg" + "ion").Select(word => (file, word)))
            .SelectMany(pair => Regex.Matches(pair.file.Text, $@"(?<!\w){pair.word}(?!\w)")
                .Select(match => $"{pair.file.Path}:{pair.file.LineOf(match.Index)}: {pair.word}"));
        Findings.None(wrong);
    }

    [Fact]
    public void No_file_folder_or_type_has_a_name_that_says_nothing()
    {
        IEnumerable<string> paths = Repository.Sources.SelectMany(file => file.Path.Split('/', '.')
            .Where(EndsEmpty).Select(name => $"{file.Path}: {name}"));
        IEnumerable<string> types = Repository.Sources.SelectMany(file => DeclaredType().Matches(file.Text)
            .Select(match => match.Groups[1].Value).Where(EndsEmpty).Select(name => $"{file.Path}: {name}"));
        Findings.None(paths.Concat(types));
    }

    [Fact]
    public void Only_one_project_calls_the_c_library_and_only_by_generated_code()
    {
        IEnumerable<string> wrong = Repository.Sources.Where(file =>
            file.Text.Contains("[Dll" + "Import", StringComparison.Ordinal)
            || (file.Text.Contains("[Library" + "Import", StringComparison.Ordinal)
                && !file.Path.StartsWith("src/Weft.Linux/", StringComparison.Ordinal))).Select(file => file.Path);
        IEnumerable<string> unsafeProjects = Repository.Files.Where(file =>
            file.Path.StartsWith("src/", StringComparison.Ordinal)
            && file.Text.Contains("<AllowUnsafe" + "Blocks>true", StringComparison.Ordinal)
            && file.Path != "src/Weft.Linux/Weft.Linux.csproj").Select(file => file.Path);
        Findings.None(wrong.Concat(unsafeProjects));
    }

    [Fact]
    public void Pure_code_has_no_locks_and_waits_for_nothing()
    {
        // The words of the language: the banned symbols see only the types behind them.
        IEnumerable<string> wrong = Repository.Sources
            .Where(file => ProjectReferenceTests.Pure.Any(project =>
                file.Path.StartsWith($"src/{project}/", StringComparison.Ordinal)))
            .SelectMany(file => Waiting().Matches(file.Text)
                .Select(match => $"{file.Path}:{file.LineOf(match.Index)}: {match.Value.Trim()}"));
        Findings.None(wrong);
    }

    [Fact]
    public void The_only_friend_in_the_repository_is_the_test_project()
    {
        IEnumerable<string> wrong = Repository.Files
            .Where(file => !file.Name.EndsWith(".md", StringComparison.Ordinal))
            .SelectMany(file => Friend().Matches(file.Text)
                .Where(match => match.Groups[1].Value != "Weft.Tests")
                .Select(match => $"{file.Path}: {match.Value}"));
        Findings.None(wrong);
    }

    [Fact]
    public void Nothing_names_a_package_registry_or_a_path_of_the_machine_it_was_written_on()
    {
        string[] foreign = ["/wo" + "rk/", "nuget" + ".org", "/ro" + "ot/"];
        IEnumerable<string> wrong = Repository.Files.SelectMany(file => foreign
            .Where(word => file.Text.Contains(word, StringComparison.Ordinal))
            .Select(word => $"{file.Path}: {word}"));
        Findings.None(wrong);
    }

    private static bool EndsEmpty(string name) =>
        EmptyNames.Any(word => name == word || (name.EndsWith(word, StringComparison.Ordinal)
            && name.Length > word.Length && char.IsLower(name[^(word.Length + 1)])));

    [GeneratedRegex(@"^namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record)\s+(?:class\s+|struct\s+)?([A-Z]\w*)")]
    private static partial Regex DeclaredType();

    [GeneratedRegex(@"^[^/\n]*\b(?:lock\s*\(|await\s|async\s|volatile\s|\[ThreadStatic)", RegexOptions.Multiline)]
    private static partial Regex Waiting();

    [GeneratedRegex(@"InternalsVisibleTo(?:\s+Include=|\()""([^""]+)""")]
    private static partial Regex Friend();
}
