using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace Weft.App.Output;

/// <summary>A table of plain columns, the same on a terminal and in a pipe: one row a line, never
/// wrapped.</summary>
/// <param name="headings">The columns' headings.</param>
internal sealed class TextTable(params string[] headings)
{
    private const int Gap = 3;

    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row; an empty cell is shown as <c>-</c>, so that columns can be counted.</summary>
    public void Add(params string[] cells) =>
        _rows.Add([.. cells.Select(cell => cell.Length == 0 ? "-" : cell.ReplaceLineEndings(" "))]);

    /// <summary>Writes headings and rows. With <paramref name="paint"/>, cells may carry colours.</summary>
    public void WriteTo(TextWriter output, Func<int, string, string>? paint = null)
    {
        int[] widths = [.. headings.Select((heading, at) =>
            Math.Max(heading.Length, _rows.Select(row => row[at].Length).DefaultIfEmpty(0).Max()))];
        output.WriteLine(Line(headings, widths, null));
        foreach (string[] row in _rows)
        {
            output.WriteLine(Line(row, widths, paint));
        }
    }

    private static string Line(string[] cells, int[] widths, Func<int, string, string>? paint)
    {
        StringBuilder line = new();
        for (int at = 0; at < cells.Length; at++)
        {
            line.Append(paint is null ? cells[at] : paint(at, cells[at]));
            if (at < cells.Length - 1)
            {
                line.Append(' ', widths[at] - cells[at].Length + Gap);
            }
        }

        return line.ToString();
    }
}
