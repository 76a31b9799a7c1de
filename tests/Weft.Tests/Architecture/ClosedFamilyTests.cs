using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text.Json.Serialization;
using Weft.Agent;
using Weft.Node.Brain;
using Weft.Plan;
using Weft.Tests.Tidy;
using Xunit;

namespace Weft.Tests.Architecture;

/// <summary>Closed record families: an abstract record that only its own assembly can extend. The language does not
/// check that a switch has every case; here is what can be checked from outside.</summary>
public sealed class ClosedFamilyTests
{
    private static readonly Type[] Types = [.. new[] { typeof(AgentBrain), typeof(NodePlan), typeof(AgentHost) }
        .Append(typeof(Weft.Netlink.NetlinkRequest)).Append(typeof(Weft.Model.Resources.Resource))
        .SelectMany(t => t.Assembly.GetTypes())];

    [Fact]
    public void Every_case_of_a_family_that_is_written_as_JSON_has_a_name_of_its_own()
    {
        Type[] families = [.. Types.Where(t => t.GetCustomAttribute<JsonPolymorphicAttribute>() is not null)];
        Assert.Contains(typeof(BrainEvent), families);
        Assert.Contains(typeof(BrainAction), families);
        List<string> wrong = [];
        foreach (Type family in families)
        {
            JsonDerivedTypeAttribute[] named = [.. family.GetCustomAttributes<JsonDerivedTypeAttribute>()];
            Type[] cases = [.. Types.Where(t => !t.IsAbstract && t.IsAssignableTo(family))];
            wrong.AddRange(cases.Except(named.Select(n => n.DerivedType)).Select(c => $"{c.FullName} has no JsonDerivedType"));
            wrong.AddRange(named.GroupBy(n => n.TypeDiscriminator).Where(g => g.Count() > 1).Select(g => $"{family.Name}: '{g.Key}' twice"));
        }

        Findings.None(wrong);
    }

    [Fact]
    public void Every_case_of_a_closed_family_is_sealed()
    {
        Type[] families = [.. Types.Where(t => t is { IsAbstract: true, IsClass: true, IsSealed: false }
            && t.GetMethod("<Clone>$") is not null
            && t.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic).Any(c => c.IsPrivate))];
        Assert.Contains(typeof(BrainEvent), families);
        Assert.Contains(typeof(Weft.Netlink.Rtnetlink.RtnetlinkMessage), families);
        Findings.None(Types
            .Where(t => !t.IsSealed && !t.IsAbstract && families.Any(f => f != t && t.IsAssignableTo(f)))
            .Select(t => $"{t.FullName} is a case of a closed family and not sealed"));
    }
}
