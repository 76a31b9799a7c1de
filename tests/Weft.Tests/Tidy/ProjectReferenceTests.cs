using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Xml.Linq;
using Xunit;

namespace Weft.Tests.Tidy;

/// <summary>The direction of arrows between projects: the table of ARCHITECTURE, and nothing beside it.</summary>
public sealed class ProjectReferenceTests
{
    internal static readonly IReadOnlySet<string> Pure = new HashSet<string>(StringComparer.Ordinal)
    {
        "Weft.Net", "Weft.Netlink", "Weft.Bgp", "Weft.Dns", "Weft.Model", "Weft.Plan", "Weft.Node",
    };

    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Weft.Net"] = [],
        ["Weft.Netlink"] = ["Weft.Net"],
        ["Weft.Bgp"] = ["Weft.Net"],
        ["Weft.Dns"] = ["Weft.Net"],
        ["Weft.Model"] = ["Weft.Net"],
        ["Weft.Plan"] = ["Weft.Net", "Weft.Model"],
        ["Weft.Node"] = ["Weft.Net", "Weft.Netlink", "Weft.Bgp", "Weft.Dns", "Weft.Model", "Weft.Plan"],
        ["Weft.Linux"] = ["Weft.Net", "Weft.Netlink"],
        ["Weft.Cni"] = [],
        ["Weft.Agent"] =
            ["Weft.Net", "Weft.Netlink", "Weft.Bgp", "Weft.Dns", "Weft.Model", "Weft.Plan", "Weft.Node", "Weft.Linux"],
        ["Weft.Server"] = ["Weft.Net", "Weft.Model", "Weft.Plan", "Weft.Linux"],
        ["Weft.App"] =
        [
            "Weft.Net", "Weft.Netlink", "Weft.Bgp", "Weft.Dns", "Weft.Model", "Weft.Plan", "Weft.Node", "Weft.Linux",
            "Weft.Agent", "Weft.Server",
        ],
        ["Weft.Sim"] = [.. Pure],
    };

    [Fact]
    public void Projects_reference_what_the_table_allows_and_nothing_else()
    {
        List<string> wrong = [];
        foreach (string project in Repository.Projects)
        {
            string name = Path.GetFileName(project);
            Assert.True(Allowed.TryGetValue(name, out string[]? allowed), $"{name} is not in the table");
            wrong.AddRange(References(project, "ProjectReference").Select(Path.GetFileNameWithoutExtension)
                .Where(reference => !allowed.Contains(reference)).Select(reference => $"{name} -> {reference}"));
        }

        Findings.None(wrong);
    }

    [Fact]
    public void Pure_projects_are_marked_so_and_use_no_package()
    {
        foreach (string project in Repository.Projects)
        {
            string name = Path.GetFileName(project);
            string text = Text(project);
            Assert.Equal(Pure.Contains(name), text.Contains("<WeftPure>true</WeftPure>", StringComparison.Ordinal));
            if (Pure.Contains(name))
            {
                Findings.None(References(project, "PackageReference"));
                Findings.None(References(project, "FrameworkReference"));
            }
        }
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "Weft.slnx"));
        IEnumerable<string> missing = Repository.Files.Where(file =>
            file.Name.EndsWith(".csproj", StringComparison.Ordinal)
            && !solution.Contains($"\"{file.Path}\"", StringComparison.Ordinal)).Select(file => file.Path);
        Findings.None(missing);
    }

    [Fact]
    public void Every_banned_symbol_is_the_name_of_something()
    {
        // A name that resolves to nothing bans nothing, silently.
        Assembly[] framework = [.. Directory.EnumerateFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "System*.dll")
            .Select(TryLoad).OfType<Assembly>()];
        List<string> unknown = [];
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "src/BannedSymbols.txt")))
        {
            string symbol = line.Split(';')[0];
            string name = symbol[2..].Split('(')[0];
            string typeName = symbol[0] == 'T' ? name : name[..name.LastIndexOf('.')];
            Type? type = framework.Select(assembly => assembly.GetType(typeName)).FirstOrDefault(found => found is not null);
            if (type is null || (symbol[0] != 'T' && type.GetMember(name[(name.LastIndexOf('.') + 1)..]).Length == 0))
            {
                unknown.Add(symbol);
            }

            Assert.True(line.Contains(';', StringComparison.Ordinal), $"{symbol} does not say what to do instead");
        }

        Findings.None(unknown);
    }

    private static Assembly? TryLoad(string path)
    {
        try
        {
            return Assembly.Load(AssemblyName.GetAssemblyName(path));
        }
        catch (BadImageFormatException)
        {
            return null; // A native library.
        }
    }

    private static string Text(string project) =>
        Repository.Files.Single(file => file.Path == $"{project}/{Path.GetFileName(project)}.csproj").Text;

    private static IEnumerable<string> References(string project, string kind) =>
        XDocument.Parse(Text(project)).Descendants(kind).Select(item => (string)item.Attribute("Include")!);
}
