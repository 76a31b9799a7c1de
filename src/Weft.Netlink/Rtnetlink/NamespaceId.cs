using System;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Netlink.Rtnetlink;

/// <summary>The number by which one namespace knows another (RTM_NEWNSID).</summary>
/// <param name="Id">The number; null if it has none yet.</param>
public sealed record NamespaceId(int? Id)
{
    /// <summary>One byte of family and three of padding.</summary>
    internal const int FixedLength = 4;

    internal const ushort IdAttribute = 1; // NETNSA_NSID
    internal const ushort DescriptorAttribute = 3; // NETNSA_FD

    /// <summary>NETNSA_NSID_NOT_ASSIGNED: in an answer "it has none", in a request "you choose".</summary>
    internal const int NotAssigned = -1;

    /// <summary>Reads what follows the header of RTM_NEWNSID or RTM_DELNSID.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out NamespaceId? value)
    {
        value = null;
        if (payload.Length < FixedLength
            || !AttributeReader.TryParse(payload[FixedLength..], out AttributeReader attributes))
        {
            return false;
        }

        foreach (NetlinkAttribute attribute in attributes)
        {
            if (attribute.Type == IdAttribute && attribute.TryRead(out int id))
            {
                value = new NamespaceId(id == NotAssigned ? null : id);
            }
        }

        return value is not null;
    }
}
