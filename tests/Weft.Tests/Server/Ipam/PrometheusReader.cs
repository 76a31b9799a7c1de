using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace Weft.Tests.Server.Ipam;

/// <summary>A strict reader of Prometheus' text format: of each metric HELP, TYPE, samples, in that order and in one piece, no
/// sample twice, names and label values as the format has them.</summary>
internal static class PrometheusReader
{
    private static readonly Regex Comment = new(@"^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$");
    private static readonly Regex Line = new(@"^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? ([-+.0-9eE]+|NaN|[-+]Inf)$");
    private static readonly Regex Label = new(@"\G([a-zA-Z_][a-zA-Z0-9_]*)=""((?:[^""\\\n]|\\[""\\n])*)""(,|$)");

    /// <summary>The samples, by name and labels: <c>ipam_blocks{ippool="default",node="n1"}</c>.</summary>
    public static Dictionary<string, double> Read(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Dictionary<string, double> samples = [];
        HashSet<string> seen = [];
        string name = "";
        string step = "";
        foreach (string line in text[..^1].Split('\n'))
        {
            if (Comment.Match(line) is { Success: true } comment)
            {
                bool isHelp = comment.Groups[1].Value == "HELP";
                Assert.True(isHelp ? seen.Add(comment.Groups[2].Value) : step == "HELP" && comment.Groups[2].Value == name, line);
                Assert.True(isHelp || comment.Groups[3].Value is "gauge" or "counter", line);
                (name, step) = (comment.Groups[2].Value, comment.Groups[1].Value);
                continue;
            }

            Match sample = Line.Match(line);
            Assert.True(sample.Success && sample.Groups[1].Value == name && step == "TYPE", line);
            string labels = sample.Groups[3].Value;
            List<string> names = [];
            int at = 0;
            while (at < labels.Length)
            {
                Match label = Label.Match(labels, at);
                Assert.True(label.Success, line);
                names.Add(label.Groups[1].Value);
                at += label.Length;
            }

            Assert.Equal(names.Count, names.Distinct().Count());
            Assert.True(samples.TryAdd(
                $"{name}{sample.Groups[2].Value}", double.Parse(sample.Groups[4].Value, CultureInfo.InvariantCulture)), line);
        }

        return samples;
    }
}
