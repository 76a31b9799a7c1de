using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Weft.Netlink.Nftables.Expressions;

/// <summary>One step of a rule: loads, compares, looks up, decides. The family is closed; what is not modelled is
/// <see cref="Unknown"/> and keeps its bytes.</summary>
public abstract partial record NftExpression
{
    private const ushort NameAttribute = 1; // NFTA_EXPR_NAME
    private const ushort DataAttribute = 2; // NFTA_EXPR_DATA

    private NftExpression()
    {
    }

    /// <summary>The kernel's name of its kind: <c>payload</c>, <c>cmp</c>.</summary>
    public abstract string Name { get; }

    /// <summary>An expression that is not modelled here.</summary>
    /// <param name="Kind">The kernel's name of its kind.</param>
    /// <param name="Data">What is inside its NFTA_EXPR_DATA; null if it has none.</param>
    public sealed record Unknown(string Kind, NftBytes? Data) : NftExpression
    {
        /// <inheritdoc/>
        public override string Name => Kind;

        internal override void EncodeDataAttribute(ref NetlinkWriter writer)
        {
            if (Data is NftBytes data)
            {
                writer.Add(DataAttribute, data.Span);
            }
        }

        internal override void EncodeData(ref NetlinkWriter writer)
        {
        }
    }

    /// <summary>The same without what the kernel counts in it: what was asked for, to compare with what is there.</summary>
    public virtual NftExpression WithoutState() => this;

    /// <summary>Adds the attributes inside NFTA_EXPR_DATA.</summary>
    internal abstract void EncodeData(ref NetlinkWriter writer);

    /// <summary>Adds NFTA_EXPR_DATA, if it has one at all.</summary>
    internal virtual void EncodeDataAttribute(ref NetlinkWriter writer)
    {
        int data = writer.BeginNest(DataAttribute);
        EncodeData(ref writer);
        writer.EndNest(data);
    }

    /// <summary>Adds an attribute of <paramref name="type"/> (NFTA_LIST_ELEM, NFTA_SET_ELEM_EXPR, ...) that holds
    /// name and data.</summary>
    internal void Encode(ref NetlinkWriter writer, ushort type)
    {
        int nest = writer.BeginNest(type);
        writer.AddText(NameAttribute, Name);
        EncodeDataAttribute(ref writer);
        writer.EndNest(nest);
    }

    /// <summary>A case prints its own members; the others are the same for all, or would print it again.</summary>
    protected virtual bool PrintMembers(StringBuilder builder) => false;

    /// <summary>Reads what is inside an attribute that holds name and data.</summary>
    internal static bool TryDecode(NetlinkAttribute attribute, [NotNullWhen(true)] out NftExpression? expression) =>
        TryDecode(attribute, 0, out expression);

    /// <summary>The same, inside <paramref name="depth"/> other expressions.</summary>
    internal static bool TryDecode(
        NetlinkAttribute attribute, int depth, [NotNullWhen(true)] out NftExpression? expression)
    {
        expression = null;
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        string? name = null;
        bool hasData = false;
        NetlinkAttribute data = default;
        foreach (NetlinkAttribute inner in attributes)
        {
            switch (inner.Type)
            {
                case NameAttribute:
                    name = inner.ReadText();
                    break;
                case DataAttribute:
                    data = inner;
                    hasData = true;
                    break;
            }
        }

        return name is not null && NftExpressionCodec.TryDecode(name, hasData, data, depth, out expression);
    }
}
