using System;
using System.Collections.Generic;
using System.Text;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Linux.Host;

/// <summary>The filter table of the old iptables, which nf_tables does not show, as far as it decides about forwarded
/// packets: what its FORWARD chain does with a packet that no rule of it knows.</summary>
/// <param name="Family">IPv4 (<c>ip_tables</c>) or IPv6 (<c>ip6_tables</c>).</param>
/// <param name="PolicyDrops">Whether the policy of FORWARD is DROP.</param>
/// <param name="RuleDrops">Whether a rule of FORWARD without any condition drops or rejects what comes to it.</param>
/// <param name="LetsPass">The beginnings of names of interfaces from or to which a rule of the table accepts
/// everything: <c>weft</c> for <c>-i weft+ -j ACCEPT</c>.</param>
/// <param name="Chains">The names of the chains that people and programs made.</param>
public sealed record LegacyFilter(
    IpFamily Family, bool PolicyDrops, bool RuleDrops, IReadOnlyList<string> LetsPass, IReadOnlyList<string> Chains)
{
    private const int Forward = 2; // NF_INET_FORWARD
    private const int NameLength = 32; // XT_TABLE_MAXNAMELEN
    private const int HookCount = 5; // NF_INET_NUMHOOKS
    private const int HookEntryOffset = NameLength + 4; // after valid_hooks
    private const int UnderflowOffset = HookEntryOffset + (4 * HookCount);
    private const int SizeOffset = UnderflowOffset + (4 * HookCount) + 4; // after num_entries
    private const int TargetNameOffset = 2; // struct xt_entry_target: size, name, revision
    private const int TargetNameLength = 29; // XT_EXTENSION_MAXNAMELEN
    private const int TargetDataOffset = 32;
    private const int InterfaceLength = 16; // IFNAMSIZ
    private const int VerdictDrop = -1; // -NF_DROP - 1
    private const int VerdictAccept = -2; // -NF_ACCEPT - 1

    /// <summary>Bytes of <c>struct ipt_getinfo</c>.</summary>
    internal const int InfoLength = SizeOffset + 4;

    /// <summary>Where entries begin in <c>struct ipt_get_entries</c>: after name and size, where 8-byte counters may.
    /// </summary>
    internal const int EntriesOffset = 40;

    /// <summary>Where <c>struct ipt_getinfo</c> says how many bytes its entries have.</summary>
    internal const int EntriesSizeOffset = SizeOffset;

    /// <summary>Reads what IPT_SO_GET_INFO and IPT_SO_GET_ENTRIES gave (<c>linux/netfilter_ipv4/ip_tables.h</c>, and for
    /// IPv6). Null if the bytes make no table.</summary>
    /// <param name="family">Which of the two.</param>
    /// <param name="info">A <c>struct ipt_getinfo</c>.</param>
    /// <param name="entries">The entries alone.</param>
    internal static LegacyFilter? Parse(IpFamily family, ReadOnlySpan<byte> info, ReadOnlySpan<byte> entries)
    {
        if (info.Length < InfoLength)
        {
            return null;
        }

        Layout layout = family == IpFamily.Ipv4 ? Layout.Ipv4 : Layout.Ipv6;
        uint first = HostOrder.ReadUInt32(info, HookEntryOffset + (4 * Forward));
        uint policy = HostOrder.ReadUInt32(info, UnderflowOffset + (4 * Forward));
        bool policyDrops = false;
        bool ruleDrops = false;
        List<string> passes = [];
        List<string> chains = [];
        for (int at = 0; at < entries.Length;)
        {
            ReadOnlySpan<byte> rest = entries[at..];
            if (!layout.TryRead(rest, out int target, out int next))
            {
                return null;
            }

            (string name, int verdict) = TargetOf(rest[target..next]);
            if (name == "ERROR" && next < entries.Length - at)
            {
                chains.Add(Text(rest[(target + TargetDataOffset)..next]));
            }

            bool isAny = target == layout.EntryLength && rest[..layout.ConditionLength].IndexOfAnyExcept((byte)0) < 0;
            bool isDrop = isAny && (name == "REJECT" || (name.Length == 0 && verdict == VerdictDrop));
            policyDrops |= isDrop && at == policy;
            ruleDrops |= isDrop && at >= first && at < policy;
            if (name.Length == 0 && verdict == VerdictAccept && target == layout.EntryLength
                && layout.InterfaceOf(rest) is { Length: > 0 } passing)
            {
                passes.Add(passing);
            }

            at += next;
        }

        return new LegacyFilter(family, policyDrops, ruleDrops, passes, chains);
    }

    private static (string Name, int Verdict) TargetOf(ReadOnlySpan<byte> target)
    {
        string name = Text(target.Slice(TargetNameOffset, TargetNameLength));
        return (name, target.Length >= TargetDataOffset + 4 ? HostOrder.ReadInt32(target, TargetDataOffset) : 0);
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    // struct ipt_entry: struct ipt_ip (src, dst, their masks, iniface, outiface, their masks, proto, flags), nfcache,
    // target_offset, next_offset, comefrom, counters. struct ip6t_entry is alike, with longer addresses.
    private readonly record struct Layout(int AddressesLength, int ConditionLength, int EntryLength)
    {
        private const int CacheLength = 4;

        public static Layout Ipv4 => new(16, 84, 112);

        public static Layout Ipv6 => new(64, 136, 168);

        public bool TryRead(ReadOnlySpan<byte> entry, out int target, out int next)
        {
            target = 0;
            next = 0;
            if (entry.Length < EntryLength)
            {
                return false;
            }

            target = HostOrder.ReadUInt16(entry, ConditionLength + CacheLength);
            next = HostOrder.ReadUInt16(entry, ConditionLength + CacheLength + 2);
            return target >= EntryLength && next >= target + TargetDataOffset && next <= entry.Length;
        }

        /// <summary>How the name of the only interface that is asked for must begin; empty if its whole name is asked
        /// for, or anything else, too.</summary>
        public string InterfaceOf(ReadOnlySpan<byte> entry)
        {
            ReadOnlySpan<byte> names = entry.Slice(AddressesLength, 4 * InterfaceLength);
            ReadOnlySpan<byte> rest = entry[(AddressesLength + (4 * InterfaceLength))..ConditionLength];
            bool asksMore = entry[..AddressesLength].IndexOfAnyExcept((byte)0) >= 0
                || rest.IndexOfAnyExcept((byte)0) >= 0;
            string input = BeginningOf(names[..InterfaceLength], names.Slice(2 * InterfaceLength, InterfaceLength));
            string output = BeginningOf(names.Slice(InterfaceLength, InterfaceLength), names[(3 * InterfaceLength)..]);
            return asksMore || (input.Length > 0 && output.Length > 0) ? "" : input + output;
        }

        // "weft+" is the name "weft+" with a mask of 4 bytes; of a whole name the mask reaches over its zero.
        private static string BeginningOf(ReadOnlySpan<byte> name, ReadOnlySpan<byte> mask)
        {
            int length = mask.IndexOfAnyExcept((byte)0xFF);
            return length <= 0 || name[..length].Contains((byte)0) ? "" : Encoding.UTF8.GetString(name[..length]);
        }
    }
}
