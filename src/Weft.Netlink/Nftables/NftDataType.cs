using System.Collections.Generic;
using Weft.Net;

namespace Weft.Netlink.Nftables;

/// <summary>The order of bytes in a value (<c>enum byteorder</c> of nft).</summary>
public enum NftByteOrder
{
    /// <summary>As this machine has it.</summary>
    Host = 1,

    /// <summary>Most significant byte first.</summary>
    Network = 2,
}

/// <summary>What nft calls the type of a key or a value: it decides how <c>nft list ruleset</c> prints it. To the kernel
/// only the length matters.</summary>
/// <param name="Number">nft's number (<c>enum datatypes</c> in its <c>datatype.h</c>); of a concatenation 6 bits for
/// each field, the last one lowest.</param>
/// <param name="Length">How many bytes a value has; of a concatenation each field is padded to 4.</param>
/// <param name="Order">The order of its bytes.</param>
public readonly record struct NftDataType(uint Number, int Length, NftByteOrder Order = NftByteOrder.Network)
{
    /// <summary>How many fields a concatenation has at most: as many as fit into 32 bits, 6 for each.</summary>
    public const int FieldsMax = 5;

    private const uint VerdictNumber = 0xFFFF_FF00; // NFT_DATA_VERDICT

    // The kernel does not care, and tells this on machines of 64 bits (sizeof(struct nft_verdict)).
    private const int VerdictLength = 16;
    private const int BitsPerField = 6; // TYPE_BITS

    /// <summary>A verdict, as the data of a verdict map.</summary>
    public static NftDataType Verdict => new(VerdictNumber, VerdictLength, NftByteOrder.Host);

    /// <summary><c>ipv4_addr</c>.</summary>
    public static NftDataType Ipv4Address => new(7, 4);

    /// <summary><c>ipv6_addr</c>.</summary>
    public static NftDataType Ipv6Address => new(8, 16);

    /// <summary><c>ether_addr</c>.</summary>
    public static NftDataType EtherAddress => new(9, 6);

    /// <summary><c>ether_type</c>.</summary>
    public static NftDataType EtherType => new(10, 2);

    /// <summary><c>inet_proto</c>.</summary>
    public static NftDataType Protocol => new(12, 1);

    /// <summary><c>inet_service</c>: a port.</summary>
    public static NftDataType Port => new(13, 2);

    /// <summary><c>icmp_type</c>.</summary>
    public static NftDataType IcmpType => new(14, 1);

    /// <summary><c>mark</c>.</summary>
    public static NftDataType Mark => new(19, 4, NftByteOrder.Host);

    /// <summary><c>iface_index</c>.</summary>
    public static NftDataType InterfaceIndex => new(20, 4, NftByteOrder.Host);

    /// <summary><c>ct_state</c>.</summary>
    public static NftDataType ConntrackState => new(26, 4, NftByteOrder.Host);

    /// <summary><c>icmpv6_type</c>.</summary>
    public static NftDataType Icmpv6Type => new(29, 1);

    /// <summary><c>ifname</c>.</summary>
    public static NftDataType InterfaceName => new(41, 16, NftByteOrder.Host);

    /// <summary>The type of an address of a family.</summary>
    public static NftDataType AddressOf(IpFamily family) => family == IpFamily.Ipv4 ? Ipv4Address : Ipv6Address;

    /// <summary>The concatenation of these, 5 at most.</summary>
    public static NftDataType Concat(params IReadOnlyList<NftDataType> fields)
    {
        if (fields.Count == 1)
        {
            return fields[0];
        }

        Invariant.Holds(fields.Count is > 1 and <= FieldsMax);
        uint number = 0;
        int length = 0;
        foreach (NftDataType field in fields)
        {
            number = (number << BitsPerField) | field.Number;
            length += NetlinkPadding.Padded(field.Length);
        }

        return new NftDataType(number, length);
    }
}
