using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.App.CommandLine;
using Weft.App.Yaml;
using Weft.Model.Documents;

namespace Weft.App.Manifests;

/// <summary>Reads what <c>-f FILE|DIR|-</c> names: YAML 1.2 or JSON, any number of documents.</summary>
internal static class ManifestFiles
{
    /// <summary>The most bytes that one file may have.</summary>
    public const long SizeLimit = 16 * 1024 * 1024;

    private const string Stdin = "-";
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>Reads all files. If any cannot be read as documents, fails with every error of every
    /// file.</summary>
    public static IReadOnlyList<Manifest> Read(IReadOnlyList<string> names)
    {
        List<Diagnostic> errors = [];
        List<Manifest> manifests = [.. names.SelectMany(Expand).Select(file => ReadOne(file, errors))];
        Refuse(errors);
        return manifests;
    }

    /// <summary>Fails with all errors, a line each, if there are any.</summary>
    public static void Refuse(IReadOnlyCollection<Diagnostic> errors)
    {
        if (errors.Count > 0)
        {
            throw CommandFailure.Of(errors);
        }
    }

    private static IEnumerable<string> Expand(string name)
    {
        if (name == Stdin || !Directory.Exists(name))
        {
            return [name];
        }

        string[] files = [.. Directory.EnumerateFiles(name)
            .Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.Ordinal))
            .Order(StringComparer.Ordinal)];
        return files.Length > 0
            ? files
            : throw new CommandFailure($"{name}: no *.yaml, *.yml or *.json file in it");
    }

    private static Manifest ReadOne(string file, List<Diagnostic> errors)
    {
        byte[] text = file == Stdin ? ReadStdin() : ReadFile(file);
        bool whole = YamlDocuments.TryParse(text, file, errors, out IReadOnlyList<DocumentNode> documents);
        return new Manifest(file, whole ? DocumentSet.Flatten(documents) : []);
    }

    private static byte[] ReadStdin()
    {
        using Stream input = Console.OpenStandardInput();
        return ReadBounded(Stdin, input);
    }

    // A pipe or a device says no length, and may have no end.
    private static byte[] ReadBounded(string file, Stream input)
    {
        using MemoryStream copy = new();
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = input.Read(buffer)) > 0)
        {
            copy.Write(buffer, 0, read);
            if (copy.Length > SizeLimit)
            {
                throw TooLarge(file);
            }
        }

        return copy.ToArray();
    }

    private static byte[] ReadFile(string file)
    {
        if (!File.Exists(file))
        {
            throw new CommandFailure($"{file}: no such file or directory");
        }

        using FileStream input = File.OpenRead(file);
        return ReadBounded(file, input);
    }

    private static CommandFailure TooLarge(string file) =>
        new($"{file}: larger than {SizeLimit / (1024 * 1024)} MB; split it");
}
