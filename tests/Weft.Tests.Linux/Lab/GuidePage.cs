using System;
using System.Collections.Generic;
using System.IO;

namespace Weft.Tests.Linux.Lab;

/// <summary>The commands of a page of the guide, and what it says that they print: its <c>console</c> boxes.</summary>
internal static class GuidePage
{
    private const string BoxBegin = "```console";
    private const string BoxEnd = "```";
    private const string Prompt = "$ ";

    /// <summary>The steps of a page, in its order.</summary>
    public static List<GuideStep> Read(string path)
    {
        List<GuideStep> steps = [];
        bool isInBox = false;
        foreach (string line in File.ReadLines(path))
        {
            if (!isInBox || line == BoxEnd)
            {
                isInBox = !isInBox && line == BoxBegin;
            }
            else if (line.StartsWith(Prompt, StringComparison.Ordinal))
            {
                steps.Add(new GuideStep(line[Prompt.Length..], []));
            }
            else
            {
                steps[^1].Output.Add(line);
            }
        }

        return steps;
    }
}

/// <summary>A command and the lines that it prints, of both outputs.</summary>
internal sealed record GuideStep(string Command, List<string> Output);
