using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Weft.App.Yaml;
using Weft.Model.Documents;
using Weft.Net;

namespace Weft.App.Output;

/// <summary>Writes trees and our own records as JSON or YAML, both from the same tree.</summary>
internal static class DocumentOutput
{
    /// <summary>One object.</summary>
    public static void Write(TextWriter output, OutputFormat format, DocumentNode document) =>
        output.WriteLine((format == OutputFormat.Yaml
            ? YamlWriter.Write(document)
            : Encoding.UTF8.GetString(JsonText.WriteIndented(document))).TrimEnd('\n'));

    /// <summary>A list: one JSON array, also when empty; in YAML one list.</summary>
    public static void Write(TextWriter output, OutputFormat format, IReadOnlyList<DocumentNode> documents) =>
        Write(output, format, new SequenceNode([.. documents]));

    /// <summary>One object of a stream: one line of JSON, or one YAML document that begins with
    /// <c>---</c>.</summary>
    public static void WriteNext(TextWriter output, OutputFormat format, DocumentNode document)
    {
        if (format == OutputFormat.Yaml)
        {
            output.WriteLine("---");
            Write(output, format, document);
        }
        else
        {
            output.WriteLine(Encoding.UTF8.GetString(JsonText.Write(document)));
        }
    }

    /// <summary>A record of ours.</summary>
    public static void Write<T>(TextWriter output, OutputFormat format, T value, JsonTypeInfo<T> type) =>
        Write(output, format, TreeOf(value, type));

    /// <summary>The tree of a record of ours.</summary>
    public static DocumentNode TreeOf<T>(T value, JsonTypeInfo<T> type)
    {
        List<Diagnostic> errors = [];
        DocumentNode? tree = JsonText.ParseOne(JsonSerializer.SerializeToUtf8Bytes(value, type), null, errors);
        Invariant.Holds(tree is not null); // What the serialiser wrote is JSON.
        return tree ?? throw new InvalidOperationException();
    }
}
