using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace Weft.Netlink.Nftables;

/// <summary>Places on the way of a packet through IPv4, IPv6, both or a bridge (<c>enum nf_inet_hooks</c>).</summary>
public enum NftHookNumber : uint
{
    /// <summary>NF_INET_PRE_ROUTING; of a netdev table NF_NETDEV_INGRESS.</summary>
    Prerouting = 0,

    /// <summary>NF_INET_LOCAL_IN; of a netdev table NF_NETDEV_EGRESS.</summary>
    Input = 1,

    /// <summary>NF_INET_FORWARD.</summary>
    Forward = 2,

    /// <summary>NF_INET_LOCAL_OUT.</summary>
    Output = 3,

    /// <summary>NF_INET_POST_ROUTING.</summary>
    Postrouting = 4,

    /// <summary>NF_INET_INGRESS, of an inet table.</summary>
    Ingress = 5,
}

/// <summary>Where a base chain sees packets (NFTA_CHAIN_HOOK and NFTA_CHAIN_TYPE).</summary>
/// <param name="Type">What it may do: <c>filter</c>, <c>nat</c> or <c>route</c>.</param>
/// <param name="Number">The place.</param>
/// <param name="Priority">Its turn among the chains at that place: lowest first.</param>
public sealed record NftHook(string Type, NftHookNumber Number, int Priority)
{
    /// <summary>Before conntrack (NF_IP_PRI_RAW).</summary>
    public const int PriorityRaw = -300;

    /// <summary>Before routing decides (NF_IP_PRI_MANGLE).</summary>
    public const int PriorityMangle = -150;

    /// <summary>Where destinations are translated (NF_IP_PRI_NAT_DST).</summary>
    public const int PriorityDestinationNat = -100;

    /// <summary>Where packets are filtered (NF_IP_PRI_FILTER).</summary>
    public const int PriorityFilter = 0;

    /// <summary>Where sources are translated (NF_IP_PRI_NAT_SRC).</summary>
    public const int PrioritySourceNat = 100;

    private const ushort NumberAttribute = 1; // NFTA_HOOK_HOOKNUM
    private const ushort PriorityAttribute = 2; // NFTA_HOOK_PRIORITY
    private const ushort DeviceAttribute = 3; // NFTA_HOOK_DEV
    private const ushort DevicesAttribute = 4; // NFTA_HOOK_DEVS
    private const ushort DeviceNameAttribute = 1; // NFTA_DEVICE_NAME

    /// <summary>Base chains that filter.</summary>
    public const string Filter = "filter";

    /// <summary>Base chains that translate addresses: they see the first packet of a connection only.</summary>
    public const string Nat = "nat";

    /// <summary>Base chains after which this host's own packets are routed again.</summary>
    public const string Route = "route";

    /// <summary>The devices, of a chain that sees what devices receive or send.</summary>
    public NftList<string> Devices { get; init; } = [];

    internal static bool TryDecode(NetlinkAttribute attribute, [NotNullWhen(true)] out NftHook? value)
    {
        value = null;
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        uint number = 0;
        uint priority = 0;
        string? device = null;
        List<string> devices = [];
        bool valid = true;
        foreach (NetlinkAttribute inner in attributes)
        {
            switch (inner.Type)
            {
                case NumberAttribute:
                    valid &= inner.TryReadNetworkOrder(out number);
                    break;
                case PriorityAttribute:
                    valid &= inner.TryReadNetworkOrder(out priority);
                    break;
                case DeviceAttribute:
                    device = inner.ReadText();
                    break;
                case DevicesAttribute:
                    valid &= TryDecode(inner, devices);
                    break;
            }
        }

        if (devices.Count == 0 && device is not null)
        {
            devices.Add(device);
        }

        value = new NftHook("", (NftHookNumber)number, unchecked((int)priority)) { Devices = [.. devices] };
        return valid;
    }

    /// <summary>Adds all but the type, which is an attribute of the chain.</summary>
    internal void Encode(ref NetlinkWriter writer, ushort type, bool isRequest)
    {
        int nest = writer.BeginNest(type);
        writer.AddUInt32NetworkOrder(NumberAttribute, (uint)Number);
        writer.AddUInt32NetworkOrder(PriorityAttribute, unchecked((uint)Priority));
        if (Devices.Count > 0)
        {
            int devices = writer.BeginNest(DevicesAttribute);
            foreach (string device in Devices)
            {
                writer.AddText(DeviceNameAttribute, device);
            }

            writer.EndNest(devices);
        }

        // The kernel says a single device also as older kernels did.
        if (!isRequest && Devices.Count == 1)
        {
            writer.AddText(DeviceAttribute, Devices[0]);
        }

        writer.EndNest(nest);
    }

    private static bool TryDecode(NetlinkAttribute attribute, List<string> devices)
    {
        if (!attribute.TryReadNested(out AttributeReader attributes))
        {
            return false;
        }

        foreach (NetlinkAttribute inner in attributes)
        {
            if (inner.Type == DeviceNameAttribute)
            {
                devices.Add(inner.ReadText());
            }
        }

        return true;
    }
}
