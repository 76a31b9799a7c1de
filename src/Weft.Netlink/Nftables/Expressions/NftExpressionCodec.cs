using System.Diagnostics.CodeAnalysis;
using static Weft.Netlink.Nftables.Expressions.NftExpression;

namespace Weft.Netlink.Nftables.Expressions;

/// <summary>Finds the kind of an expression by its name.</summary>
internal static class NftExpressionCodec
{
    // Expressions hold expressions (dynset, inner) one deep; the bytes of a stranger could go on for ever.
    private const int DepthMax = 3;

    /// <summary>Reads the data of an expression of this name. False only if the bytes are malformed; a kind that is not
    /// modelled, or that says more than is modelled, is <see cref="Unknown"/> and keeps its bytes.</summary>
    public static bool TryDecode(
        string name,
        bool hasData,
        NetlinkAttribute data,
        int depth,
        [NotNullWhen(true)] out NftExpression? expression)
    {
        expression = null;
        if (depth > DepthMax || !AttributeReader.TryParse(hasData ? data.Value : [], out AttributeReader attributes))
        {
            return false;
        }

        ExpressionReader reader = new(attributes);
        NftExpression? read = Read(name, ref reader, depth + 1);
        if (read is not null && reader.IsMalformed)
        {
            return false;
        }

        expression = read is null || reader.HasMore
            ? new Unknown(name, hasData ? new NftBytes(data.Value) : null)
            : read;
        return true;
    }

    private static NftExpression? Read(string name, ref ExpressionReader reader, int depth) => name switch
    {
        "payload" => ReadPayload(ref reader),
        "exthdr" => ReadExtensionHeader(ref reader),
        "meta" => ReadMeta(ref reader),
        "ct" => ReadCt(ref reader),
        "rt" => RouteLoad.Read(ref reader),
        "fib" => Fib.Read(ref reader),
        "socket" => SocketLoad.Read(ref reader),
        "tunnel" => TunnelLoad.Read(ref reader),
        "xfrm" => XfrmLoad.Read(ref reader),
        "osf" => OsFingerprint.Read(ref reader),
        "immediate" => ReadImmediate(ref reader),
        "cmp" => Compare.Read(ref reader),
        "range" => Range.Read(ref reader),
        "bitwise" => ReadBitwise(ref reader),
        "byteorder" => ByteOrder.Read(ref reader),
        "lookup" => Lookup.Read(ref reader),
        "dynset" => DynamicSet.Read(ref reader, depth),
        "objref" => ReadObject(ref reader),
        "nat" => Nat.Read(ref reader),
        "masq" => Masquerade.Read(ref reader),
        "redir" => Redirect.Read(ref reader),
        "tproxy" => TransparentProxy.Read(ref reader),
        "synproxy" => SynProxy.Read(ref reader),
        "counter" => Counter.Read(ref reader),
        "limit" => Limit.Read(ref reader),
        "connlimit" => ConnectionLimit.Read(ref reader),
        "quota" => Quota.Read(ref reader),
        "last" => LastUsed.Read(ref reader),
        "numgen" => NumberGenerator.Read(ref reader),
        "hash" => ReadHash(ref reader),
        "log" => Log.Read(ref reader),
        "reject" => Reject.Read(ref reader),
        "notrack" => new NoTrack(),
        "queue" => Queue.Read(ref reader),
        "dup" => Duplicate.Read(ref reader),
        "fwd" => Forward.Read(ref reader),
        "flow_offload" => FlowOffload.Read(ref reader),
        "inner" => Inner.Read(ref reader, depth),
        _ => null,
    };
}
