using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Node.Ruleset;

/// <summary>A filter of somebody else that drops what it does not know, and so stands in the way of workloads.</summary>
/// <param name="Family">The table's family, in nft's word.</param>
/// <param name="Table">The table.</param>
/// <param name="Chain">The base chain.</param>
/// <param name="Owner">Whose it seems to be: <c>Docker</c>, <c>ufw</c>, <c>firewalld</c>, or the program that makes tables of
/// that name.</param>
/// <param name="Mend">The command that lets workloads' packets pass.</param>
public sealed record ForeignFilter(string Family, string Table, string Chain, string Owner, string Mend)
{
    /// <summary>What it is and does, in one sentence without the command.</summary>
    public string Description =>
        $"{Owner} drops forwarded packets that it does not know (chain {Chain} of table {Family} {Table} has the policy drop)";
}

/// <summary>Judges chains of others at the hook where workloads' packets are forwarded. In nf_tables a packet passes only if
/// no base chain drops it: ours cannot accept what another one drops.</summary>
public static class ForeignFilters
{
    private const string LinkStart = "weft";
    private const string DockerChain = "DOCKER-USER";
    private const string UfwChainStart = "ufw";
    private const string FirewalldTable = "firewalld";

    /// <summary>Whether a chain could stand in the way, so that its table's rules are worth a look.</summary>
    public static bool IsSuspect(NftChain chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        return chain is { Hook.Number: NftHookNumber.Forward, Policy: NftVerdictCode.Drop }
            && chain.Family is NftFamily.Inet or NftFamily.Ipv4 or NftFamily.Ipv6
            && !(chain.Family == NftFamily.Inet && chain.Table == Kernel.KernelNames.Table);
    }

    /// <summary>The filters that stand in the way, in order.</summary>
    /// <param name="chains">All chains of the namespace.</param>
    /// <param name="rules">The rules of the tables of suspect chains; a table with a rule that accepts what comes from, or
    /// goes to, our links was mended by somebody, and is not told of.</param>
    public static IReadOnlyList<ForeignFilter> Find(IReadOnlyCollection<NftChain> chains, IReadOnlyCollection<NftRule> rules)
    {
        ArgumentNullException.ThrowIfNull(chains);
        ArgumentNullException.ThrowIfNull(rules);
        HashSet<(NftFamily, string)> mended = [.. rules.Where(LetsOursPass).Select(r => (r.Family, r.Table))];
        return
        [
            .. chains.Where(c => IsSuspect(c) && !mended.Contains((c.Family, c.Table)))
                .OrderBy(c => c.Family).ThenBy(c => c.Table, StringComparer.Ordinal).ThenBy(c => c.Name, StringComparer.Ordinal)
                .Select(c => Judge(c, [.. chains.Where(o => o.Family == c.Family && o.Table == c.Table).Select(o => o.Name)])),
        ];
    }

    private static ForeignFilter Judge(NftChain chain, HashSet<string> names)
    {
        string family = chain.Family switch
        {
            NftFamily.Ipv4 => "ip",
            NftFamily.Ipv6 => "ip6",
            _ => "inet",
        };
        string iptables = chain.Family == NftFamily.Ipv6 ? "ip6tables" : "iptables";
        bool isIptables = chain is { Table: "filter", Name: "FORWARD" } && chain.Family != NftFamily.Inet;
        (string owner, string mend) = true switch
        {
            _ when names.Any(n => n.StartsWith(UfwChainStart, StringComparison.Ordinal)) => ("ufw", "ufw default allow routed"),
            _ when names.Contains(DockerChain) => ("Docker",
                $"{iptables} -I {DockerChain} -i {LinkStart}+ -j ACCEPT; {iptables} -I {DockerChain} -o {LinkStart}+ -j ACCEPT"),
            _ when chain.Table == FirewalldTable => ("firewalld",
                $"firewall-cmd --permanent --zone=trusted --add-interface={LinkStart}+ && firewall-cmd --reload"),
            _ when isIptables => (iptables, $"{iptables} -P FORWARD ACCEPT"),
            _ => ("another firewall", $"nft 'chain {family} {chain.Table} {chain.Name} {{ policy accept; }}'"),
        };
        return new ForeignFilter(family, chain.Table, chain.Name, owner, mend);
    }

    // -i weft+ -j ACCEPT: the interface's name is compared with "weft", or with more that begins like it.
    private static bool LetsOursPass(NftRule rule) =>
        rule.Expressions.Any(e => e is NftExpression.MetaLoad { Key: MetaKey.IifName or MetaKey.OifName })
        && rule.Expressions.Any(e => e is NftExpression.Compare { Operation: CompareOperation.Equal } compare
            && Encoding.ASCII.GetString(compare.Value.Span).TrimEnd('\0') == LinkStart)
        && rule.Expressions.Any(e => e is NftExpression.Decide { Verdict.Code: NftVerdictCode.Accept });
}
