using Weft.Net;
using Weft.Netlink.Nftables.Expressions;

namespace Weft.Netlink.Nftables;

/// <content>The outer header that a rule gives to packets on their way into a tunnel device.</content>
public abstract partial record NftObjectContent
{
    /// <summary>Metadata of a tunnel (NFT_OBJECT_TUNNEL).</summary>
    /// <param name="Id">The tunnel's key: of VXLAN the VNI.</param>
    public sealed record Tunnel(uint Id) : NftObjectContent
    {
        private const ushort IdAttribute = 1; // NFTA_TUNNEL_KEY_ID
        private const ushort Ipv4Attribute = 2; // NFTA_TUNNEL_KEY_IP
        private const ushort Ipv6Attribute = 3; // NFTA_TUNNEL_KEY_IP6
        private const ushort FlagsAttribute = 4; // NFTA_TUNNEL_KEY_FLAGS
        private const ushort TosAttribute = 5; // NFTA_TUNNEL_KEY_TOS
        private const ushort TtlAttribute = 6; // NFTA_TUNNEL_KEY_TTL
        private const ushort SourcePortAttribute = 7; // NFTA_TUNNEL_KEY_SPORT
        private const ushort DestinationPortAttribute = 8; // NFTA_TUNNEL_KEY_DPORT
        private const ushort OptionsAttribute = 9; // NFTA_TUNNEL_KEY_OPTS
        private const ushort SourceAttribute = 1; // NFTA_TUNNEL_KEY_IP_SRC, NFTA_TUNNEL_KEY_IP6_SRC
        private const ushort DestinationAttribute = 2; // NFTA_TUNNEL_KEY_IP_DST, NFTA_TUNNEL_KEY_IP6_DST
        private const ushort FlowLabelAttribute = 3; // NFTA_TUNNEL_KEY_IP6_FLOWLABEL

        /// <inheritdoc/>
        public override NftObjectType Type => NftObjectType.Tunnel;

        /// <summary>The outer source.</summary>
        public IpAddress? Source { get; init; }

        /// <summary>The outer destination. The kernel refuses a tunnel without.</summary>
        public IpAddress? Destination { get; init; }

        /// <summary>The flow label of an outer IPv6 header.</summary>
        public uint FlowLabel { get; init; }

        /// <summary>The flags (<c>enum nft_tunnel_flags</c>).</summary>
        public uint Flags { get; init; }

        /// <summary>The outer type of service.</summary>
        public byte Tos { get; init; }

        /// <summary>The outer time to live.</summary>
        public byte Ttl { get; init; }

        /// <summary>The outer source port; 0 for the device's choice.</summary>
        public ushort SourcePort { get; init; }

        /// <summary>The outer destination port; 0 for the device's choice.</summary>
        public ushort DestinationPort { get; init; }

        /// <summary>Options of VXLAN, ERSPAN or Geneve, as bytes (NFTA_TUNNEL_KEY_OPTS); null if there are none.</summary>
        public NftBytes? Options { get; init; }

        internal static Tunnel? Decode(AttributeReader attributes)
        {
            uint id = 0;
            uint flags = 0;
            uint flowLabel = 0;
            byte tos = 0;
            byte ttl = 0;
            ushort sourcePort = 0;
            ushort destinationPort = 0;
            IpAddress? source = null;
            IpAddress? destination = null;
            NftBytes? options = null;
            bool valid = true;
            foreach (NetlinkAttribute attribute in attributes)
            {
                switch (attribute.Type)
                {
                    case IdAttribute:
                        valid &= attribute.TryReadNetworkOrder(out id);
                        break;
                    case Ipv4Attribute:
                        valid &= TryDecode(attribute, IpFamily.Ipv4, ref source, ref destination, ref flowLabel);
                        break;
                    case Ipv6Attribute:
                        valid &= TryDecode(attribute, IpFamily.Ipv6, ref source, ref destination, ref flowLabel);
                        break;
                    case FlagsAttribute:
                        valid &= attribute.TryReadNetworkOrder(out flags);
                        break;
                    case TosAttribute:
                        valid &= attribute.TryRead(out tos);
                        break;
                    case TtlAttribute:
                        valid &= attribute.TryRead(out ttl);
                        break;
                    case SourcePortAttribute:
                        valid &= attribute.TryReadNetworkOrder(out sourcePort);
                        break;
                    case DestinationPortAttribute:
                        valid &= attribute.TryReadNetworkOrder(out destinationPort);
                        break;
                    case OptionsAttribute:
                        options = new NftBytes(attribute.Value);
                        break;
                }
            }

            return !valid ? null : new Tunnel(id)
            {
                Source = source,
                Destination = destination,
                FlowLabel = flowLabel,
                Flags = flags,
                Tos = tos,
                Ttl = ttl,
                SourcePort = sourcePort,
                DestinationPort = destinationPort,
                Options = options,
            };
        }

        internal override void Encode(ref NetlinkWriter writer)
        {
            writer.AddUInt32NetworkOrder(IdAttribute, Id);
            EncodeAddresses(ref writer);
            writer.AddUInt32NetworkOrder(FlagsAttribute, Flags);
            writer.AddByte(TosAttribute, Tos);
            writer.AddByte(TtlAttribute, Ttl);
            writer.AddUInt16NetworkOrder(SourcePortAttribute, SourcePort);
            writer.AddUInt16NetworkOrder(DestinationPortAttribute, DestinationPort);
            if (Options is NftBytes options)
            {
                writer.AddNested(OptionsAttribute, options.Span);
            }
        }

        private void EncodeAddresses(ref NetlinkWriter writer)
        {
            if ((Destination ?? Source)?.Family is not IpFamily family)
            {
                return;
            }

            int nest = writer.BeginNest(family == IpFamily.Ipv4 ? Ipv4Attribute : Ipv6Attribute);
            if (Source is IpAddress source)
            {
                writer.AddAddress(SourceAttribute, source);
            }

            if (Destination is IpAddress destination)
            {
                writer.AddAddress(DestinationAttribute, destination);
            }

            if (family == IpFamily.Ipv6)
            {
                writer.AddUInt32NetworkOrder(FlowLabelAttribute, FlowLabel);
            }

            writer.EndNest(nest);
        }

        private static bool TryDecode(
            NetlinkAttribute attribute,
            IpFamily family,
            ref IpAddress? source,
            ref IpAddress? destination,
            ref uint flowLabel)
        {
            if (!attribute.TryReadNested(out AttributeReader attributes))
            {
                return false;
            }

            bool valid = true;
            foreach (NetlinkAttribute inner in attributes)
            {
                switch (inner.Type)
                {
                    case SourceAttribute:
                        valid &= inner.TryRead(out IpAddress from) && from.Family == family;
                        source = from;
                        break;
                    case DestinationAttribute:
                        valid &= inner.TryRead(out IpAddress to) && to.Family == family;
                        destination = to;
                        break;
                    case FlowLabelAttribute when family == IpFamily.Ipv6:
                        valid &= inner.TryReadNetworkOrder(out flowLabel);
                        break;
                }
            }

            return valid;
        }
    }
}
