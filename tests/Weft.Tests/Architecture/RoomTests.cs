using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Weft.Tests.Tidy;
using Xunit;

namespace Weft.Tests.Architecture;

/// <summary>The direction of arrows inside a project: between its rooms, which are its namespaces.</summary>
/// <remarks>Read from compiled code: what goes through a <c>const</c> is inlined and unseen.</remarks>
public sealed class RoomTests
{
    private static readonly System.Reflection.Assembly[] Assemblies = [.. Directory
        .EnumerateFiles(AppContext.BaseDirectory, "*.dll")
        .Where(path => Path.GetFileName(path).StartsWith("Weft.", StringComparison.Ordinal)
            || Path.GetFileName(path) is "weft.dll" or "weft-cni.dll")
        .Where(path => !Path.GetFileName(path).StartsWith("Weft.Tests", StringComparison.Ordinal))
        .Select(path => System.Reflection.Assembly.Load(AssemblyName.GetAssemblyName(path)))];

    private static readonly ArchUnitNET.Domain.Architecture Loaded = new ArchLoader().LoadAssemblies(Assemblies).Build();

    [Fact]
    public void Rooms_of_a_project_do_not_know_each_other_in_a_circle()
    {
        Dictionary<string, SortedDictionary<string, string>> arrows = new(StringComparer.Ordinal);
        foreach (IType type in Ours())
        {
            foreach (IType target in Targets(type))
            {
                string from = Room(type);
                string to = Room(target);
                if (from != to && Project(type) == Project(target) && IsInner(from) && IsInner(to))
                {
                    if (!arrows.TryGetValue(from, out SortedDictionary<string, string>? targets))
                    {
                        targets = new SortedDictionary<string, string>(StringComparer.Ordinal);
                        arrows.Add(from, targets);
                    }

                    targets.TryAdd(to, $"{type.FullName} -> {target.FullName}");
                }
            }
        }

        Findings.None(arrows.Keys.Order(StringComparer.Ordinal).Select(room => Circle(arrows, room)).OfType<string>());
    }

    [Fact]
    public void Pure_code_knows_no_impure_project_and_no_package()
    {
        string[] framework = ["System", "Microsoft.Win32"];
        IEnumerable<string> wrong = Ours()
            .Where(type => ProjectReferenceTests.Pure.Contains(Project(type)))
            .SelectMany(type => Targets(type).Select(target => (type, target)))
            .Where(pair => pair.target.Namespace.FullName is { Length: > 0 } space
                && !framework.Any(name => Starts(space, name))
                && !ProjectReferenceTests.Pure.Any(name => Starts(space, name))
                && !Starts(space, "Microsoft.CodeAnalysis") && !Starts(space, "Coverlet"))
            .Select(pair => $"{pair.type.FullName} -> {pair.target.FullName}").Distinct();
        Findings.None(wrong);
    }

    [Fact]
    public void The_test_sees_the_projects_that_it_speaks_of()
    {
        HashSet<string> seen = [.. Ours().Select(Project)];
        Findings.None(Repository.Projects
            .Where(project => Repository.Sources.Any(file => Starts(file.Path, project, '/')))
            .Where(project => !seen.Contains(Path.GetFileName(project))));
    }

    private static IEnumerable<IType> Ours() => Loaded.Types.Where(type => type.Namespace is not null
        && Starts(type.Namespace.FullName, "Weft")
        && !type.FullName.Contains('<', StringComparison.Ordinal));

    // Type parameters lie in no namespace.
    private static IEnumerable<IType> Targets(IType type) => type.Dependencies
        .Select(dependency => dependency.Target).Where(target => target.Namespace is not null);

    private static string Project(IType type) => string.Join('.', type.Namespace.FullName.Split('.').Take(2));

    // A project's own folder is its entrance: it knows the rooms, and they may know what lies there.
    private static bool IsInner(string room) => room.Count(c => c == '.') > 1;

    private static string Room(IType type) => type.Namespace.FullName;

    private static bool Starts(string text, string start, char border = '.') =>
        text == start || text.StartsWith(start + border, StringComparison.Ordinal);

    // The shortest way from a room back to itself, if there is one; told once, by its first room.
    private static string? Circle(Dictionary<string, SortedDictionary<string, string>> arrows, string start)
    {
        Queue<(string Room, string Way)> next = new([(start, "")]);
        HashSet<string> seen = new(StringComparer.Ordinal);
        while (next.TryDequeue(out (string Room, string Way) at))
        {
            foreach ((string to, string example) in arrows.GetValueOrDefault(at.Room) ?? [])
            {
                if (to == start)
                {
                    return $"{at.Way}\n  {example}";
                }

                if (string.CompareOrdinal(to, start) > 0 && seen.Add(to))
                {
                    next.Enqueue((to, $"{at.Way}\n  {example}"));
                }
            }
        }

        return null;
    }
}
