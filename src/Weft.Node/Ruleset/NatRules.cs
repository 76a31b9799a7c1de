using System.Collections.Generic;
using Weft.Net;
using Weft.Net.Packets;
using Weft.Netlink.Nftables.Expressions;
using Weft.Netlink.Nftables.Rules;

namespace Weft.Node.Ruleset;

/// <summary>The way out: what leaves all pools leaves with the node's address. Conntrack remembers it, so that replies, and
/// ICMP errors about it, come back translated.</summary>
internal static class NatRules
{
    /// <summary>The rules of the chain, in order.</summary>
    public static IEnumerable<RuleBody> Of(RulesetShape shape)
    {
        // Of what is translated the kernel takes care only while some rule asks for connections: without this one those
        // that are there would end with the last pool that has natOutgoing.
        yield return new RuleBody("translated connections stay so", new NftRuleBuilder()
            .WhereAny(NftField.ConnectionState, (ulong)CtState.Invalid).Return());

        // What goes to a workload or into a tunnel does not leave.
        yield return new RuleBody("to workloads: as it is", new NftRuleBuilder()
            .WhereName(NftField.OutputInterface, RulesetNames.WorkloadLinks).Return());
        foreach (string device in shape.TunnelDevices)
        {
            yield return new RuleBody("into a tunnel: as it is", new NftRuleBuilder()
                .WhereName(NftField.OutputInterface, device).Return());
        }

        foreach (OutgoingNat nat in shape.Nat)
        {
            if (nat.PortMin is { } first)
            {
                foreach (IpProtocol protocol in (IpProtocol[])[IpProtocol.Tcp, IpProtocol.Udp])
                {
                    yield return new RuleBody(nat.Cause, Leaving(nat).WhereTransport((byte)protocol)
                        .SourceNat(nat.Address, (ushort)first, (ushort)(nat.PortMax ?? first)));
                }
            }

            yield return new RuleBody(nat.Cause, Leaving(nat).SourceNat(nat.Address));
        }
    }

    private static NftRuleBuilder Leaving(OutgoingNat nat)
    {
        IpFamily family = nat.Address.Family;
        NftRuleBuilder rule = new NftRuleBuilder()
            .WhereIn(RulesetNames.Nat(family), NftField.SourceOf(family))
            .WhereNotIn(RulesetNames.Pools(family), NftField.DestinationOf(family));
        if (nat.ExcludeHosts)
        {
            rule.WhereNotIn(RulesetNames.Hosts(family), NftField.DestinationOf(family));
        }

        return nat.Interface is { } name
            ? rule.WhereName(NftField.OutputInterface, name.EndsWith('+') ? $"{name[..^1]}*" : name)
            : rule;
    }
}
