using System;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;
using Weft.Net.Bytes;

namespace Weft.Netlink.Rtnetlink;

/// <summary>How far an address is valid (<c>enum rt_scope_t</c>).</summary>
public enum AddressScope : byte
{
    /// <summary>RT_SCOPE_UNIVERSE: everywhere.</summary>
    Universe = 0,

    /// <summary>RT_SCOPE_SITE.</summary>
    Site = 200,

    /// <summary>RT_SCOPE_LINK: on the link; never chosen as source for what goes further.</summary>
    Link = 253,

    /// <summary>RT_SCOPE_HOST: on this host.</summary>
    Host = 254,
}

/// <summary>Flags of an address (IFA_F_... in <c>linux/if_addr.h</c>).</summary>
[Flags]
public enum AddressFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>IFA_F_SECONDARY (IPv4) or IFA_F_TEMPORARY (IPv6).</summary>
    Secondary = 0x01,

    /// <summary>IFA_F_NODAD: no duplicate address detection.</summary>
    NoDad = 0x02,

    /// <summary>IFA_F_OPTIMISTIC.</summary>
    Optimistic = 0x04,

    /// <summary>IFA_F_DADFAILED: another host has it.</summary>
    DadFailed = 0x08,

    /// <summary>IFA_F_DEPRECATED.</summary>
    Deprecated = 0x20,

    /// <summary>IFA_F_TENTATIVE: duplicate address detection is not over.</summary>
    Tentative = 0x40,

    /// <summary>IFA_F_PERMANENT: without end of life. The kernel sets it.</summary>
    Permanent = 0x80,

    /// <summary>IFA_F_MANAGETEMPADDR.</summary>
    ManageTemporary = 0x100,

    /// <summary>IFA_F_NOPREFIXROUTE: the kernel adds no route to the subnet.</summary>
    NoPrefixRoute = 0x200,

    /// <summary>IFA_F_MCAUTOJOIN.</summary>
    MulticastAutoJoin = 0x400,

    /// <summary>IFA_F_STABLE_PRIVACY.</summary>
    StablePrivacy = 0x800,
}

/// <summary>An address of an interface (RTM_NEWADDR).</summary>
/// <remarks><code>
///  0       1       2       3       4
/// | family| length| flags | scope |
/// | interface index               | attributes (IFA_...) ...
/// </code></remarks>
public sealed record InterfaceAddress
{
    internal const int FixedLength = IndexOffset + 4;
    internal const int PrefixLengthOffset = 1;
    internal const int FlagsOffset = 2;
    internal const int ScopeOffset = 3;
    internal const int IndexOffset = 4;

    internal const ushort AddressAttribute = 1; // IFA_ADDRESS
    internal const ushort LocalAttribute = 2; // IFA_LOCAL
    internal const ushort FlagsAttribute = 8; // IFA_FLAGS
    internal const ushort ProtocolAttribute = 11; // IFA_PROTO

    /// <summary>The interface.</summary>
    public required int Index { get; init; }

    /// <summary>The address and the length of its subnet.</summary>
    public required IpInterfaceAddress Address { get; init; }

    /// <summary>The scope.</summary>
    public AddressScope Scope { get; init; }

    /// <summary>The flags.</summary>
    public AddressFlags Flags { get; init; }

    /// <summary>Who put it there (IFA_PROTO); 0 if nobody said so.</summary>
    public byte Protocol { get; init; }

    /// <summary>Reads what follows the header of RTM_NEWADDR or RTM_DELADDR.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out InterfaceAddress? value)
    {
        value = null;
        if (payload.Length < FixedLength
            || !AddressFamily.TryRead(payload[0], out IpFamily family)
            || !AttributeReader.TryParse(payload[FixedLength..], out AttributeReader attributes))
        {
            return false;
        }

        IpAddress? address = null;
        IpAddress? local = null;
        AddressFlags flags = (AddressFlags)payload[FlagsOffset];
        byte protocol = 0;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case AddressAttribute when attribute.TryRead(out IpAddress read):
                    address = read;
                    break;
                case LocalAttribute when attribute.TryRead(out IpAddress read):
                    local = read;
                    break;
                case FlagsAttribute when attribute.TryRead(out uint read):
                    flags = (AddressFlags)read;
                    break;
                case ProtocolAttribute when attribute.TryRead(out byte read):
                    protocol = read;
                    break;
                case AddressAttribute or LocalAttribute or FlagsAttribute or ProtocolAttribute:
                    return false;
            }
        }

        // IFA_ADDRESS is the peer's on a point-to-point interface; IFA_LOCAL is always ours.
        if ((local ?? address) is not IpAddress own
            || own.Family != family || payload[PrefixLengthOffset] > own.BitLength)
        {
            return false;
        }

        value = new InterfaceAddress
        {
            Index = HostOrder.ReadInt32(payload, IndexOffset),
            Address = new IpInterfaceAddress(own, payload[PrefixLengthOffset]),
            Scope = (AddressScope)payload[ScopeOffset],
            Flags = flags,
            Protocol = protocol,
        };
        return true;
    }
}
