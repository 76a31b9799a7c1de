using System;
using System.IO;

namespace Weft.App.Output;

/// <summary>What is only shown to people: colours and progress. In a pipe, both are silent.</summary>
internal static class Terminal
{
    private static readonly bool PlainWanted =
        Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 }
        || Environment.GetEnvironmentVariable("TERM") is null or "dumb";

    /// <summary>Whether stdout may have colours.</summary>
    public static bool HasColours => !PlainWanted && !Console.IsOutputRedirected;

    /// <summary>Green on a terminal.</summary>
    public static string Good(string text) => Paint("32", text);

    /// <summary>Red on a terminal.</summary>
    public static string Bad(string text) => Paint("31", text);

    /// <summary>Faint on a terminal.</summary>
    public static string Faint(string text) => Paint("2", text);

    /// <summary>Bold on a terminal.</summary>
    public static string Strong(string text) => Paint("1", text);

    private static string Paint(string code, string text) => HasColours ? $"\e[{code}m{text}\e[0m" : text;

    /// <summary>One line on a terminal's stderr that says what goes on, and is gone afterwards.</summary>
    public sealed class Progress : IDisposable
    {
        private static readonly bool Shown = !PlainWanted && !Console.IsErrorRedirected;
        private readonly TextWriter _output = Console.Error;
        private bool _dirty;

        /// <summary>Replaces the line.</summary>
        public void Say(string text)
        {
            if (Shown)
            {
                _output.Write($"\r\e[2K{text} ...");
                _dirty = true;
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (_dirty)
            {
                _output.Write("\r\e[2K");
                _dirty = false;
            }
        }
    }
}
