using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace Weft.Tests.Tidy;

/// <summary>One text file: where it lies, relative to the root and with forward slashes, and what it says.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public string Folder => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.LastIndexOf('/')] : "";

    public int LineOf(int at) => 1 + Text.AsSpan(0, at).Count('\n');
}

/// <summary>The repository as it lies round the tests: read once, never what is built or foreign.</summary>
internal static partial class Repository
{
    private static readonly string[] Extensions =
        [".cs", ".csproj", ".props", ".targets", ".md", ".sh", ".yaml", ".yml", ".json", ".slnx", ""];

    private static readonly string[] NotOurs =
        [".git", ".vs", ".idea", "artifacts", "bin", "obj", "node_modules", "BenchmarkDotNet.Artifacts"];

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> Files { get; } = [.. Read(Root)];

    public static IEnumerable<SourceFile> Sources => Files.Where(file => file.Name.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>The folders under src that hold a project, such as <c>src/Weft.Net</c>.</summary>
    public static IEnumerable<string> Projects => Files
        .Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal)
            && file.Name.EndsWith(".csproj", StringComparison.Ordinal))
        .Select(file => file.Folder);

    /// <summary>All words of our code, without comments, and the framework's types: what a card may name.</summary>
    public static HashSet<string> Words { get; } = [.. Sources
        .SelectMany(file => Word().Matches(Comment().Replace(file.Text, "")))
        .Select(match => match.Value)
        .Concat(typeof(object).Assembly.GetExportedTypes().Select(type => type.Name))];

    public static bool Has(string path) => File.Exists(Path.Combine(Root, path)) || Directory.Exists(Path.Combine(Root, path));

    private static string FindRoot()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "Weft.slnx")))
        {
            at = Path.GetDirectoryName(at);
        }

        return at ?? throw new DirectoryNotFoundException("the tests do not lie inside the repository");
    }

    private static IEnumerable<SourceFile> Read(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            if (Extensions.Contains(Path.GetExtension(file), StringComparer.Ordinal)
                && new FileInfo(file).LinkTarget is null)
            {
                string path = Path.GetRelativePath(Root, file).Replace('\\', '/');
                yield return new SourceFile(path, File.ReadAllText(file));
            }
        }

        foreach (string inner in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            if (!NotOurs.Contains(Path.GetFileName(inner), StringComparer.Ordinal))
            {
                foreach (SourceFile file in Read(inner))
                {
                    yield return file;
                }
            }
        }
    }

    [GeneratedRegex(@"[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();
}
