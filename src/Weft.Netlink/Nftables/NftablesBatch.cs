using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Weft.Net;

namespace Weft.Netlink.Nftables;

/// <summary>A transaction: requests that the kernel carries out all or none of, so that no packet sees a part. Order
/// matters: what a request names must be there or have been made before it.</summary>
/// <remarks>On the wire NFNL_MSG_BATCH_BEGIN, the requests, NFNL_MSG_BATCH_END (<c>linux/netfilter/nfnetlink.h</c>), in
/// one datagram.</remarks>
public sealed class NftablesBatch
{
    private const ushort BeginType = 16; // NFNL_MSG_BATCH_BEGIN
    private const ushort EndType = 17; // NFNL_MSG_BATCH_END
    private const ushort GenerationAttribute = 1; // NFNL_BATCH_GENID

    /// <summary>The transaction of these requests. With a <paramref name="generation"/>, only if the ruleset still has
    /// that number: otherwise nothing is done, and the error is ERESTART.</summary>
    public NftablesBatch(IEnumerable<NetlinkRequest> requests, uint? generation = null)
    {
        Requests = [.. requests];
        Generation = generation;
        foreach (NetlinkRequest request in Requests)
        {
            Invariant.Holds(!request.IsDump && request.References.Count == 0
                && NetfilterHeader.SubsystemOf(request.Header.Type) == NetfilterSubsystem.Nftables);
        }
    }

    /// <summary>The requests, in their order.</summary>
    public IReadOnlyList<NetlinkRequest> Requests { get; }

    /// <summary>The generation that the ruleset must have; null for any.</summary>
    public uint? Generation { get; }

    /// <summary>Everything that goes over the wire: the beginning, the requests, the end.</summary>
    public IReadOnlyList<NetlinkRequest> Messages => [Border(BeginType), .. Requests, Border(EndType)];

    /// <summary>Bytes on the wire.</summary>
    public int ByteLength => Messages.Sum(message => NetlinkPadding.Padded(message.Bytes.Length));

    /// <summary>How much it is, for people.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"a transaction of {Requests.Count} requests ({ByteLength} bytes)");

    private NetlinkRequest Border(ushort type)
    {
        NetlinkWriter writer = NetfilterHeader.Begin(
            NetfilterSubsystem.None,
            (byte)type,
            NetlinkFlags.NLM_F_REQUEST,
            (byte)NftFamily.Any,
            (ushort)NetfilterSubsystem.Nftables);
        if (type == BeginType && Generation is uint generation)
        {
            writer.AddUInt32NetworkOrder(GenerationAttribute, generation);
        }

        return writer.ToRequest();
    }
}
