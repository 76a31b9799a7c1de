using System.Diagnostics.CodeAnalysis;

namespace Weft.Netlink.Nftables;

/// <summary>The number of a ruleset's last change (NFT_MSG_NEWGEN): each transaction that changed something has the
/// next.</summary>
/// <param name="Id">The number.</param>
/// <param name="ProcessId">The process that made the change, as its maker's namespace numbers it; 0 if not told.</param>
/// <param name="ProcessName">Its name.</param>
public sealed record NftGeneration(uint Id, uint ProcessId = 0, string ProcessName = "")
{
    private const ushort IdAttribute = 1; // NFTA_GEN_ID
    private const ushort ProcessIdAttribute = 2; // NFTA_GEN_PROC_PID
    private const ushort ProcessNameAttribute = 3; // NFTA_GEN_PROC_NAME

    internal static bool TryDecode(AttributeReader attributes, [NotNullWhen(true)] out NftGeneration? value)
    {
        uint id = 0;
        uint process = 0;
        string name = "";
        bool valid = true;
        foreach (NetlinkAttribute attribute in attributes)
        {
            switch (attribute.Type)
            {
                case IdAttribute:
                    valid &= attribute.TryReadNetworkOrder(out id);
                    break;
                case ProcessIdAttribute:
                    valid &= attribute.TryReadNetworkOrder(out process);
                    break;
                case ProcessNameAttribute:
                    name = attribute.ReadText();
                    break;
            }
        }

        value = valid ? new NftGeneration(id, process, name) : null;
        return valid;
    }

    /// <summary>Adds everything, in the kernel's order.</summary>
    internal void Encode(ref NetlinkWriter writer)
    {
        writer.AddUInt32NetworkOrder(IdAttribute, Id);
        writer.AddUInt32NetworkOrder(ProcessIdAttribute, ProcessId);
        writer.AddText(ProcessNameAttribute, ProcessName);
    }
}
