using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace Weft.Tests.Tidy;

/// <summary>Room cards: the README of a project or of a larger room.</summary>
public sealed partial class RoomCardTests
{
    private const int LinesMax = 25;
    private const int FilesWithoutCardMax = 5;

    [Fact]
    public void Every_project_with_sources_and_every_larger_room_has_a_card()
    {
        IEnumerable<string> rooms = Repository.Sources
            .Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal))
            .GroupBy(file => file.Folder)
            .Where(room => room.Count() > FilesWithoutCardMax)
            .Select(room => room.Key);
        IEnumerable<string> projects = Repository.Projects.Where(project => Repository.Sources
            .Any(file => file.Path.StartsWith($"{project}/", StringComparison.Ordinal)));
        Findings.None(rooms.Union(projects).Where(room => !Repository.Has($"{room}/README.md")));
    }

    [Fact]
    public void A_card_is_read_at_a_glance()
    {
        Findings.None(Cards().Where(card => card.Text.TrimEnd().Split('\n').Length > LinesMax).Select(card => card.Path));
    }

    [Fact]
    public void What_a_card_names_exists()
    {
        List<string> unknown = [];
        foreach (SourceFile card in Cards())
        {
            foreach (Match quoted in Quoted().Matches(card.Text))
            {
                string name = quoted.Groups[1].Value;
                if (!Exists(card, name))
                {
                    unknown.Add($"{card.Path}:{card.LineOf(quoted.Index)}: `{name}`");
                }
            }
        }

        Findings.None(unknown);
    }

    // Types and members by their words; paths by lying there. Commands and the like are not looked at.
    private static bool Exists(SourceFile card, string name)
    {
        if (TypeName().IsMatch(name))
        {
            string words = TypeArguments().Replace(name, "");
            return words.Split('.').All(Repository.Words.Contains)
                || Repository.Projects.Any(project => Path.GetFileName(project) == name)
                || Repository.Has(name) || Repository.Has($"{card.Folder}/{name}");
        }

        if (PathName().IsMatch(name))
        {
            return Repository.Has(name.TrimEnd('/')) || Repository.Has($"{card.Folder}/{name.TrimEnd('/')}");
        }

        return true;
    }

    private static IEnumerable<SourceFile> Cards() => Repository.Files.Where(file =>
        file.Path.StartsWith("src/", StringComparison.Ordinal) && file.Name == "README.md");

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*(\.[A-Z][A-Za-z0-9]*)*(<[^>]*>)?$")]
    private static partial Regex TypeName();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex TypeArguments();

    [GeneratedRegex(@"^(src|tests|docs|eng|examples)/[\w./-]+$|^[\w./-]+\.(cs|md|sh|txt)$|^[A-Z]\w+/$")]
    private static partial Regex PathName();
}
