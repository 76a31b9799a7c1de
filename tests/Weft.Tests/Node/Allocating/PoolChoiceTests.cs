using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocating;
using Weft.Node.Calls;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Node.Allocating;

/// <summary>Which pools a workload's addresses come from: addresses before pools, the call's before the namespace's, those
/// before all that are open.</summary>
public sealed class PoolChoiceTests
{
    private static readonly PoolEntry[] Pools =
    [
        Pool("a", "10.1.0.0/24"),
        Pool("b", "10.2.0.0/24"),
        Pool("closed", "10.3.0.0/24") with { ClosedByDefault = true },
        Pool("disabled", "10.4.0.0/24") with { Allocates = false },
        Pool("going", "10.5.0.0/24") with { Allocates = false, Terminating = true },
        Pool("manual", "10.6.0.0/24") with { ByNameOnly = true },
        Pool("six", "fd00:1::/64"),
        Pool("tunnels", "10.7.0.0/24") with { NoWorkloads = true },
    ];

    public static TheoryData<string, string> Choices => new()
    {
        { "", "a b | six" },
        { "families 4", "a b" },
        { "families 6", "six" },
        { "pools b a", "b a | six" },
        { "pools 10.2.0.0/24", "b | six" },
        { "pools manual", "manual | six" },
        { "addresses 10.6.0.9", "manual!10.6.0.9" },
        { "addresses 10.1.0.9 fd00:1::9", "a!10.1.0.9 | six!fd00:1::9" },
        { "addresses 10.1.0.9 families 4 6", "a!10.1.0.9 | six" },
        { "addresses 10.1.0.9 pools a b", "a!10.1.0.9" },
        { "space closed manual", "manual | six" },
        { "space closed manual pools a", "a | six" },
        { "space open", "a b closed | six" },
        { "space shut a", "b closed | six" },
    };

    public static TheoryData<string, string> Refusals => new()
    {
        { "pools nowhere", "there is no IPPool nowhere" },
        { "pools six", "IPPool six (fd00:1::/64) has no IPv4 addresses" },
        { "pools a disabled", "IPPool disabled is disabled, or its nodeSelector does not select Node n1" },
        { "pools going", "IPPool going is being removed" },
        { "pools closed", "IPPool closed is not open to this namespace: its namespaceSelector does not match it" },
        { "pools tunnels", "IPPool tunnels is not for workloads: its allowedUses leave them out" },
        { "space closed nowhere", "there is no IPPool nowhere" },
        { "addresses 192.0.2.1", "192.0.2.1 lies in no IPPool" },
        { "addresses 10.4.0.1", "IPPool disabled is disabled, or its nodeSelector does not select Node n1" },
        { "addresses 10.3.0.1", "IPPool closed is not open to this namespace: its namespaceSelector does not match it" },
        { "addresses 10.1.0.1 pools b", "10.1.0.1 lies in IPPool a, and other pools are named beside it" },
        { "addresses 10.1.0.1 10.1.0.2", "more than one IPv4 address is asked for" },
    };

    [Theory]
    [MemberData(nameof(Choices))]
    public void A_workload_gets_addresses_of_these_pools_in_this_order(string asked, string chosen)
    {
        IReadOnlyList<AddressWish> wishes = Choose(asked, Pools, out string? whyNot);
        Assert.Null(whyNot);
        Assert.Equal(chosen, string.Join(" | ", wishes.Select(w =>
            string.Join(' ', w.Pools.Select(p => p.Name)) + (w.Fixed is { } address ? $"!{address}" : ""))));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_is_named_and_cannot_be_used_is_said_with_its_reason(string asked, string reason)
    {
        Assert.Empty(Choose(asked, Pools, out string? whyNot));
        Assert.Equal(reason, whyNot);
    }

    [Fact]
    public void With_no_pool_to_choose_from_each_pools_reason_is_named()
    {
        Choose("", [Pools[3], Pools[5], Pools[7]], out string? whyNot);
        Assert.Equal("no enabled IPPool selects node n1 and this workload: IPPool disabled is disabled, or its nodeSelector does not "
            + "select Node n1; IPPool manual is only for who names it: its assignmentMode is Manual; IPPool tunnels is not for "
            + "workloads: its allowedUses leave them out", whyNot);
        Choose("families 6", [Pools[0]], out whyNot);
        Assert.Equal("no enabled IPv6 IPPool selects node n1: apply one", whyNot);
    }

    // "pools b a addresses 10.1.0.9 families 4": words and what follows them. "space closed NAMES": a namespace that names
    // pools, and to which none but the usual are open; "space open": to which all are; "space shut a": to which that is not.
    private static IReadOnlyList<AddressWish> Choose(string asked, PoolEntry[] pools, out string? whyNot)
    {
        Dictionary<string, List<string>> words = new() { ["pools"] = [], ["addresses"] = [], ["families"] = [], ["space"] = [] };
        List<string> into = [];
        foreach (string word in asked.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (words.TryGetValue(word, out List<string>? next))
            {
                into = next;
            }
            else
            {
                into.Add(word);
            }
        }

        AgentCall call = new()
        {
            Command = AgentCommand.Add,
            Ipv4Pools = words["pools"],
            Addresses = [.. words["addresses"].Select(IpAddress.Parse)],
            Families = [.. words["families"].Select(f => f == "4" ? IpFamily.Ipv4 : IpFamily.Ipv6)],
        };
        NamespaceEntry? space = words["space"] switch
        {
            [] => null,
            ["open"] => new NamespaceEntry { Name = "shop" },
            ["shut", .. var shut] => new NamespaceEntry { Name = "shop", ClosedPools = shut },
            [_, .. var named] => new NamespaceEntry { Name = "shop", ClosedPools = ["closed"], Ipv4Pools = named },
            _ => null,
        };
        return new PoolChoice(pools, space, "n1").WishesOf(call, out whyNot);
    }

    private static PoolEntry Pool(string name, string cidr) => new()
    {
        Name = name,
        Cidr = IpPrefix.Parse(cidr),
        Allocates = true,
        Tunnels = true,
        BlockSize = cidr.Contains(':', StringComparison.Ordinal) ? 122 : 26,
    };
}
