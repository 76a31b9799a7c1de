using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Weft.Net;

namespace Weft.Netlink.Nftables;

/// <summary>A message of nf_tables as an object: an entry of a dump (then never deleted) or a notice.</summary>
public abstract record NftablesMessage
{
    private NftablesMessage()
    {
    }

    /// <summary>A table is there or has changed, or is gone.</summary>
    public sealed record TableChanged(NftTable Table, bool Deleted) : NftablesMessage;

    /// <summary>A chain is there or has changed, or is gone.</summary>
    public sealed record ChainChanged(NftChain Chain, bool Deleted) : NftablesMessage;

    /// <summary>A rule is there, or is gone.</summary>
    public sealed record RuleChanged(NftRule Rule, bool Deleted) : NftablesMessage;

    /// <summary>A set is there or has changed, or is gone.</summary>
    public sealed record SetChanged(NftSet Set, bool Deleted) : NftablesMessage;

    /// <summary>Elements are there or have changed, or are gone.</summary>
    public sealed record ElementsChanged(NftSetElements Elements, bool Deleted) : NftablesMessage;

    /// <summary>A named object is there or has changed, or is gone.</summary>
    public sealed record ObjectChanged(NftObject Object, bool Deleted) : NftablesMessage;

    /// <summary>A flow table is there or has changed, or is gone.</summary>
    public sealed record FlowtableChanged(NftFlowtable Flowtable, bool Deleted) : NftablesMessage;

    /// <summary>A transaction is done: it is told after everything that it changed.</summary>
    public sealed record GenerationChanged(NftGeneration Generation) : NftablesMessage;

    /// <summary>Well-formed, and of no kind that is modelled here.</summary>
    public sealed record Other(ushort Type) : NftablesMessage;

    /// <summary>The message as a kernel says it, header included, with sequence and port number 0: for what stands in a
    /// kernel's place. Of <see cref="Other"/> nothing is kept but the type.</summary>
    public byte[] ToBytes()
    {
        (byte number, NftFamily family) = this switch
        {
            TableChanged m => (Number(NftMessageType.NFT_MSG_NEWTABLE, m.Deleted), m.Table.Family),
            ChainChanged m => (Number(NftMessageType.NFT_MSG_NEWCHAIN, m.Deleted), m.Chain.Family),
            RuleChanged m => (Number(NftMessageType.NFT_MSG_NEWRULE, m.Deleted), m.Rule.Family),
            SetChanged m => (Number(NftMessageType.NFT_MSG_NEWSET, m.Deleted), m.Set.Family),
            ElementsChanged m => (Number(NftMessageType.NFT_MSG_NEWSETELEM, m.Deleted), m.Elements.Family),
            ObjectChanged m => (Number(NftMessageType.NFT_MSG_NEWOBJ, m.Deleted), m.Object.Family),
            FlowtableChanged m => (Number(NftMessageType.NFT_MSG_NEWFLOWTABLE, m.Deleted), m.Flowtable.Family),
            GenerationChanged => ((byte)NftMessageType.NFT_MSG_NEWGEN, NftFamily.Any),
            Other m => ((byte)(m.Type & 0xFF), NftFamily.Any),
            _ => throw new UnreachableException(),
        };
        NetfilterSubsystem subsystem =
            this is Other other ? NetfilterHeader.SubsystemOf(other.Type) : NetfilterSubsystem.Nftables;
        NetlinkWriter writer = NetfilterHeader.Begin(subsystem, number, NetlinkFlags.None, (byte)family);
        Encode(ref writer);
        return writer.ToRequest().Bytes.ToArray();
    }

    /// <summary>Reads a whole message, header included.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> message, [NotNullWhen(true)] out NftablesMessage? value)
    {
        value = null;
        return NetlinkHeader.TryRead(message, out NetlinkHeader header)
            && TryDecode(header.Type, message[NetlinkHeader.ByteLength..header.Length], out value);
    }

    /// <summary>Reads what follows the netlink header of a message of <paramref name="type"/>. False only if the bytes
    /// are malformed; another subsystem's message, or a type not modelled here, is <see cref="Other"/>.</summary>
    public static bool TryDecode(
        ushort type, ReadOnlySpan<byte> payload, [NotNullWhen(true)] out NftablesMessage? value)
    {
        value = null;
        if (NetfilterHeader.SubsystemOf(type) != NetfilterSubsystem.Nftables)
        {
            value = new Other(type);
            return true;
        }

        if (!NetfilterHeader.TryParse(payload, out NetfilterHeader header, out AttributeReader attributes))
        {
            return false;
        }

        NftMessageType kind = (NftMessageType)(type & 0xFF);
        value = kind switch
        {
            NftMessageType.NFT_MSG_NEWGEN =>
                NftGeneration.TryDecode(attributes, out NftGeneration? generation)
                    ? new GenerationChanged(generation)
                    : null,
            NftMessageType.NFT_MSG_NEWTABLE or NftMessageType.NFT_MSG_NEWCHAIN or NftMessageType.NFT_MSG_NEWRULE
                or NftMessageType.NFT_MSG_NEWSET or NftMessageType.NFT_MSG_NEWSETELEM or NftMessageType.NFT_MSG_NEWOBJ
                or NftMessageType.NFT_MSG_NEWFLOWTABLE =>
                Decode(kind, (NftFamily)header.Family, attributes, deleted: false),
            NftMessageType.NFT_MSG_DELTABLE or NftMessageType.NFT_MSG_DELCHAIN or NftMessageType.NFT_MSG_DELRULE
                or NftMessageType.NFT_MSG_DELSET or NftMessageType.NFT_MSG_DELSETELEM or NftMessageType.NFT_MSG_DELOBJ
                or NftMessageType.NFT_MSG_DELFLOWTABLE =>
                Decode(kind, (NftFamily)header.Family, attributes, deleted: true),
            _ => new Other(type),
        };
        return value is not null;
    }

    // What makes and what takes away stand two numbers apart.
    private static byte Number(NftMessageType type, bool deleted) => (byte)((byte)type + (deleted ? 2 : 0));

    private void Encode(ref NetlinkWriter writer)
    {
        switch (this)
        {
            case TableChanged m:
                m.Table.EncodeAsDumped(ref writer);
                break;
            case ChainChanged m:
                m.Chain.EncodeAsDumped(ref writer);
                break;
            case RuleChanged m:
                m.Rule.Encode(ref writer);
                break;
            case SetChanged m:
                m.Set.Encode(ref writer, isRequest: false);
                break;
            case ElementsChanged m:
                Invariant.Holds(m.Elements.Encode(ref writer) == m.Elements.Elements.Count);
                break;
            case ObjectChanged m:
                m.Object.Encode(ref writer, isRequest: false);
                break;
            case FlowtableChanged m:
                m.Flowtable.Attributes.Span.CopyTo(writer.AddRaw(m.Flowtable.Attributes.Length));
                break;
            case GenerationChanged m:
                m.Generation.Encode(ref writer);
                break;
        }
    }

    private static NftablesMessage? Decode(
        NftMessageType kind, NftFamily family, AttributeReader attributes, bool deleted)
    {
        switch (kind)
        {
            case NftMessageType.NFT_MSG_NEWTABLE or NftMessageType.NFT_MSG_DELTABLE:
                return NftTable.TryDecode(family, attributes, out NftTable? table)
                    ? new TableChanged(table, deleted)
                    : null;
            case NftMessageType.NFT_MSG_NEWCHAIN or NftMessageType.NFT_MSG_DELCHAIN:
                return NftChain.TryDecode(family, attributes, out NftChain? chain)
                    ? new ChainChanged(chain, deleted)
                    : null;
            case NftMessageType.NFT_MSG_NEWRULE or NftMessageType.NFT_MSG_DELRULE:
                return NftRule.TryDecode(family, attributes, out NftRule? rule)
                    ? new RuleChanged(rule, deleted)
                    : null;
            case NftMessageType.NFT_MSG_NEWSET or NftMessageType.NFT_MSG_DELSET:
                return NftSet.TryDecode(family, attributes, out NftSet? set) ? new SetChanged(set, deleted) : null;
            case NftMessageType.NFT_MSG_NEWSETELEM or NftMessageType.NFT_MSG_DELSETELEM:
                return NftSetElements.TryDecode(family, attributes, out NftSetElements? elements)
                    ? new ElementsChanged(elements, deleted)
                    : null;
            case NftMessageType.NFT_MSG_NEWOBJ or NftMessageType.NFT_MSG_DELOBJ:
                return NftObject.TryDecode(family, attributes, out NftObject? named)
                    ? new ObjectChanged(named, deleted)
                    : null;
            default:
                return NftFlowtable.TryDecode(family, attributes, out NftFlowtable? flowtable)
                    ? new FlowtableChanged(flowtable, deleted)
                    : null;
        }
    }
}
