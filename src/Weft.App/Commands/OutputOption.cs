using System;
using System.CommandLine;
using System.Linq;
using Weft.App.Output;

namespace Weft.App.Commands;

/// <summary><c>-o</c>: how a command writes what it found.</summary>
internal static class OutputOption
{
    /// <summary>An option that offers these formats; the first is the default.</summary>
    public static Option<string> Of(params OutputFormat[] formats)
    {
        string[] words = [.. formats.Select(WordOf)];
        Option<string> option = new("--output", "-o")
        {
            Description = $"{string.Join(", ", words)} (default {words[0]})",
            HelpName = "FORMAT",
        };
        option.AcceptOnlyFromAmong(words);
        return option;
    }

    /// <summary>The format that was asked for; the table otherwise.</summary>
    public static OutputFormat FormatIn(this ParseResult parse, Option<string> option) =>
        parse.GetValue(option) is { } word ? Enum.Parse<OutputFormat>(word, ignoreCase: true) : OutputFormat.Table;

    private static string WordOf(OutputFormat format) => format switch
    {
        OutputFormat.Json => "json",
        OutputFormat.Yaml => "yaml",
        OutputFormat.Name => "name",
        OutputFormat.Wide => "wide",
        _ => "table",
    };
}
