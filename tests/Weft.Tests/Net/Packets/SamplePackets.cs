using System;
using System.Collections.Generic;
using Weft.Net;
using Weft.Net.Packets;

namespace Weft.Tests.Net.Packets;

/// <summary>A parser under test: whether it accepts bytes; every accessor is touched when it does.</summary>
internal delegate bool Reading(ReadOnlySpan<byte> bytes);

/// <summary>One packet of each format, its reader, and how many of its bytes must be there to be accepted.</summary>
internal static class SamplePackets
{
    /// <summary>An echo request inside VXLAN between two nodes, cut after the first bytes of the echo.</summary>
    public const string OuterFrame =
        "0200ac1002010200ac100102" + "0800"
        + "4500008600004000401196cbac100102ac100203" + "c35012b500720000" + "0800000000100000"
        + "02aabbccdd02" + "02aabbccdd01" + "0800"
        + "450000540001400040012623" + "0a4100010a410042" + "0800";

    public static readonly IReadOnlyList<(string Name, string Hex, int HeaderBytes, Reading Reads)> All =
    [
        ("ethernet", "ffffffffffff" + "02005e000001" + "0806" + "00010800", 14, ReadsEthernet),
        ("ethernet with a tag", "02005e000002" + "02005e000001" + "8100e00a" + "0800" + "45", 18, ReadsEthernet),
        ("ethernet with two tags", "02005e000002" + "02005e000001" + "88a80064" + "8100000a" + "86dd", 22, ReadsEthernet),
        ("arp", "0001080006040001" + "02005e000001" + "0a000001" + "000000000000" + "0a000002", 28, ReadsArp),
        ("ipv4", "4500003044224000800600008c7c19acae241e2b" + "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c", 48, ReadsIpv4),
        ("ipv4 with options", "4700001e00010000401100000a0000010a000002" + "94040000" + "01010100" + "abcd", 30, ReadsIpv4),
        ("ipv6", "6aa123450004" + "3a40" + "fd000001000000000000000000000001" + "fd000002000000000000000000000002" + "01020304", 44, ReadsIpv6),
        ("icmpv4", "0800f7ff" + "00000000", 8, ReadsIcmpv4),
        ("icmpv6", "8000000000010002" + "6869", 8, ReadsIcmpv6),
        ("udp", "003512340009" + "0000" + "41", 9, ReadsUdp),
        ("tcp", "c0010050" + "00000001" + "00000000" + "7002" + "ffff" + "0000" + "0000" + "020405b4" + "01030307", 28, ReadsTcp),
        ("vxlan", "0800000000100000" + "02aabbccdd02" + "02aabbccdd01" + "0800", 8, ReadsVxlan),
    ];

    private static bool ReadsEthernet(ReadOnlySpan<byte> bytes)
    {
        if (!EthernetView.TryParse(bytes, out EthernetView view))
        {
            return false;
        }

        for (int i = 0; i < view.TagCount; i++)
        {
            Touch(view.Tag(i).Id + view.Tag(i).Priority);
        }

        Touch(view.Payload.Length + view.Header.EncodedLength);
        return true;
    }

    private static bool ReadsArp(ReadOnlySpan<byte> bytes)
    {
        if (!ArpView.TryParse(bytes, out ArpView view))
        {
            return false;
        }

        Touch((int)view.Message.Operation);
        return true;
    }

    private static bool ReadsIpv4(ReadOnlySpan<byte> bytes)
    {
        if (Ipv4View.TryParseCut(bytes, out Ipv4View cut))
        {
            Touch(cut.Payload.Length + cut.Options.Length + (cut.IsChecksumRight ? 1 : 0) + (int)(cut.PseudoHeader & 1));
        }

        if (!Ipv4View.TryParse(bytes, out Ipv4View view))
        {
            return false;
        }

        TouchOptions(view.Options);
        Touch(view.Payload.Length + view.Header.FragmentOffset + view.Checksum + view.TotalLength);
        return true;
    }

    private static bool ReadsIpv6(ReadOnlySpan<byte> bytes)
    {
        if (Ipv6View.TryParseCut(bytes, out Ipv6View cut))
        {
            Touch(cut.Payload.Length + (int)(cut.PseudoHeader & 1));
        }

        if (!Ipv6View.TryParse(bytes, out Ipv6View view))
        {
            return false;
        }

        Touch(view.Payload.Length + view.Header.HopLimit);
        return true;
    }

    private static bool ReadsIcmpv4(ReadOnlySpan<byte> bytes)
    {
        if (!Icmpv4View.TryParse(bytes, out Icmpv4View view))
        {
            return false;
        }

        Touch(view.Identifier + view.Sequence + view.NextHopMtu + view.Body.Length + view.Checksum);
        Touch((view.IsChecksumRight ? 1 : 0) + view.Header.Code);
        return true;
    }

    private static bool ReadsIcmpv6(ReadOnlySpan<byte> bytes)
    {
        if (!Icmpv6View.TryParse(bytes, out Icmpv6View view))
        {
            return false;
        }

        Touch(view.Identifier + view.Sequence + view.Body.Length + view.Checksum + (int)(view.Mtu & 1));
        Touch((view.IsChecksumRight(0) ? 1 : 0) + view.Header.Code);
        return true;
    }

    private static bool ReadsUdp(ReadOnlySpan<byte> bytes)
    {
        if (!UdpView.TryParse(bytes, out UdpView view))
        {
            return false;
        }

        Touch(view.Payload.Length + view.Header.SourcePort + (view.IsChecksumRight(0) ? 1 : 0));
        return true;
    }

    private static bool ReadsTcp(ReadOnlySpan<byte> bytes)
    {
        if (!TcpView.TryParse(bytes, out TcpView view))
        {
            return false;
        }

        TouchOptions(view.Options);
        Touch(view.Payload.Length + view.Header.Window + (view.IsChecksumRight(0) ? 1 : 0) + view.Checksum);
        return true;
    }

    private static bool ReadsVxlan(ReadOnlySpan<byte> bytes)
    {
        if (!VxlanView.TryParse(bytes, out VxlanView view))
        {
            return false;
        }

        Touch((int)view.Vni.Value + view.Frame.Length + (int)view.Header.Vni.Value);
        return true;
    }

    private static void TouchOptions(ReadOnlySpan<byte> options)
    {
        if (OptionList.TryParse(options, out OptionList list))
        {
            foreach (OptionList.Option option in list)
            {
                Touch(option.Kind + option.Data.Length);
            }
        }
    }

    private static void Touch(int value) => Invariant.Holds(value >= 0);
}
