using System.Diagnostics.CodeAnalysis;

namespace Weft.Netlink.Nftables.Expressions;

/// <summary>Finds the kind of an expression by its name.</summary>
internal static class NftExpressionCodec
{
    /// <summary>Reads the data of an expression of this name. False only if the bytes are malformed; a kind that is not
    /// modelled is <see cref="NftExpression.Unknown"/>.</summary>
    public static bool TryDecode(
        string name, bool hasData, NetlinkAttribute data, [NotNullWhen(true)] out NftExpression? expression)
    {
        expression = name switch
        {
            _ => new NftExpression.Unknown(name, hasData ? new NftBytes(data.Value) : null),
        };
        return true;
    }
}
