using System.CommandLine;
using System.Collections.Generic;
using System.Linq;
using Weft.App.CommandLine;
using Weft.App.Lab.State;

namespace Weft.App.Lab;

/// <summary><c>--name</c>: which lab a command is about.</summary>
internal static class LabName
{
    private const int LabelMax = 63;

    /// <summary>The option.</summary>
    public static Option<string?> Option(string otherwise) => new("--name")
    {
        Description = $"The lab (default: {otherwise})",
        HelpName = "NAME",
    };

    /// <summary>The lab that is meant: the one named, or else the only one there is.</summary>
    public static LabPaths Meant(string? name) => MeantOrNone(name)
        ?? throw new CommandFailure("no lab runs; 'weft lab up -f FILE' starts one");

    /// <summary>The lab that is meant; none if none is named and there is none.</summary>
    public static LabPaths? MeantOrNone(string? name)
    {
        if (name is not null)
        {
            return LabPaths.Of(Demand(name));
        }

        IReadOnlyList<LabPaths> all = LabPaths.All();
        return all.Count switch
        {
            0 => null,
            1 => all[0],
            _ => throw CommandFailure.Usage(
                $"which lab? say --name with one of {string.Join(", ", all.Select(lab => lab.Lab))}"),
        };
    }

    /// <summary>The name, if it is a DNS label; anything else is wrong usage.</summary>
    public static string Demand(string name)
    {
        bool label = name.Length is > 0 and <= LabelMax
            && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            && name[0] != '-' && name[^1] != '-';
        return label
            ? name
            : throw CommandFailure.Usage(
                $"'{name}' cannot name a lab: lower-case letters, digits and '-', at most {LabelMax}");
    }
}
