using System.Diagnostics.CodeAnalysis;

namespace Weft.Netlink;

/// <summary>What a verdict says: <c>enum nft_verdicts</c> and the verdicts of <c>linux/netfilter.h</c>.</summary>
public enum NftVerdictCode
{
    /// <summary>NF_DROP.</summary>
    Drop = 0,

    /// <summary>NF_ACCEPT.</summary>
    Accept = 1,

    /// <summary>NF_QUEUE; the queue's number stands in the upper half.</summary>
    Queue = 3,

    /// <summary>NFT_CONTINUE: the next rule.</summary>
    Continue = -1,

    /// <summary>NFT_BREAK: the next rule, as when an expression does not match.</summary>
    Break = -2,

    /// <summary>NFT_JUMP: another chain, and back.</summary>
    Jump = -3,

    /// <summary>NFT_GOTO: another chain, and not back.</summary>
    Goto = -4,

    /// <summary>NFT_RETURN: back to where the chain was called.</summary>
    Return = -5,
}

/// <summary>A verdict (NFTA_DATA_VERDICT).</summary>
/// <param name="Code">What happens.</param>
/// <param name="Chain">The chain, of a jump or goto.</param>
public readonly record struct NftVerdict(NftVerdictCode Code, string? Chain = null)
{
    /// <summary><c>accept</c>, <c>jump from-workload</c>.</summary>
    public override string ToString()
    {
        string word = Code.ToString().ToLowerInvariant();
        return Chain is null ? word : $"{word} {Chain}";
    }
}

/// <summary>A value or a verdict (<c>enum nft_data_attributes</c>).</summary>
public abstract record NftData
{
    private const ushort ValueAttribute = 1; // NFTA_DATA_VALUE
    private const ushort VerdictAttribute = 2; // NFTA_DATA_VERDICT
    private const ushort CodeAttribute = 1; // NFTA_VERDICT_CODE
    private const ushort ChainAttribute = 2; // NFTA_VERDICT_CHAIN

    private NftData()
    {
    }

    /// <summary>Bytes.</summary>
    public sealed record Value(NftBytes Bytes) : NftData
    {
        /// <summary>The bytes as digits.</summary>
        public override string ToString() => Bytes.ToString();
    }

    /// <summary>A verdict.</summary>
    public sealed record Verdict(NftVerdict Says) : NftData
    {
        /// <summary>The verdict's words.</summary>
        public override string ToString() => Says.ToString();
    }

    /// <summary>A value.</summary>
    public static NftData Of(NftBytes bytes) => new Value(bytes);

    /// <summary>A verdict.</summary>
    public static NftData Of(NftVerdict verdict) => new Verdict(verdict);

    /// <summary>Adds an attribute of <paramref name="type"/> that holds only a value.</summary>
    internal static void Encode(ref NetlinkWriter writer, ushort type, NftBytes bytes)
    {
        int nest = writer.BeginNest(type);
        writer.Add(ValueAttribute, bytes.Span);
        writer.EndNest(nest);
    }

    /// <summary>Reads what is inside an attribute that holds a value or a verdict.</summary>
    internal static bool TryDecode(NetlinkAttribute attribute, [NotNullWhen(true)] out NftData? data)
    {
        data = null;
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        foreach (NetlinkAttribute inner in attributes)
        {
            switch (inner.Type)
            {
                case ValueAttribute:
                    data = new Value(new NftBytes(inner.Value));
                    break;
                case VerdictAttribute:
                    if (!TryDecodeVerdict(inner, out NftVerdict verdict))
                    {
                        return false;
                    }

                    data = new Verdict(verdict);
                    break;
            }
        }

        return data is not null;
    }

    /// <summary>Reads what is inside an attribute that may hold only a value.</summary>
    internal static bool TryDecodeValue(NetlinkAttribute attribute, out NftBytes bytes)
    {
        bytes = default;
        if (!TryDecode(attribute, out NftData? data) || data is not Value value)
        {
            return false;
        }

        bytes = value.Bytes;
        return true;
    }

    /// <summary>Adds an attribute of <paramref name="type"/> that holds this.</summary>
    internal void Encode(ref NetlinkWriter writer, ushort type)
    {
        int nest = writer.BeginNest(type);
        switch (this)
        {
            case Value value:
                writer.Add(ValueAttribute, value.Bytes.Span);
                break;
            case Verdict verdict:
                int inner = writer.BeginNest(VerdictAttribute);
                writer.AddUInt32NetworkOrder(CodeAttribute, unchecked((uint)verdict.Says.Code));
                if (verdict.Says.Chain is string chain)
                {
                    writer.AddText(ChainAttribute, chain);
                }

                writer.EndNest(inner);
                break;
        }

        writer.EndNest(nest);
    }

    private static bool TryDecodeVerdict(NetlinkAttribute attribute, out NftVerdict verdict)
    {
        verdict = default;
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        bool hasCode = false;
        string? chain = null;
        NftVerdictCode code = default;
        foreach (NetlinkAttribute inner in attributes)
        {
            switch (inner.Type)
            {
                case CodeAttribute:
                    if (!inner.TryReadNetworkOrder(out uint number))
                    {
                        return false;
                    }

                    code = (NftVerdictCode)unchecked((int)number);
                    hasCode = true;
                    break;
                case ChainAttribute:
                    chain = inner.ReadText();
                    break;
            }
        }

        verdict = new NftVerdict(code, chain);
        return hasCode;
    }
}
