using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Model.Selectors;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary>Calico's <c>IPPool</c> (projectcalico.org/v3): fields, defaults and rules of its CRD.</summary>
internal static class IpPoolBinding
{
    private static readonly IpPrefix[] Unusable =
    [
        IpPrefix.Parse("169.254.0.0/16"),
        IpPrefix.Parse("fe80::/10"),
        IpPrefix.Parse("224.0.0.0/4"),
        IpPrefix.Parse("ff00::/8"),
    ];

    private static readonly (string, EncapsulationMode)[] Modes =
    [
        (nameof(EncapsulationMode.Never), EncapsulationMode.Never),
        (nameof(EncapsulationMode.CrossSubnet), EncapsulationMode.CrossSubnet),
        (nameof(EncapsulationMode.Always), EncapsulationMode.Always),
    ];

    private static readonly (string, AssignmentMode)[] Assignments =
    [
        (nameof(AssignmentMode.Automatic), AssignmentMode.Automatic),
        (nameof(AssignmentMode.Manual), AssignmentMode.Manual),
    ];

    private static readonly PoolUses[] KnownUses = [PoolUses.Workload, PoolUses.Tunnel];

    /// <summary>Reads the pool.</summary>
    public static IpPool Bind(FieldReader document, Metadata metadata)
    {
        FieldReader spec = document.MappingOrEmpty("spec");
        IpPrefix cidr = Cidr(spec);
        (int blockMin, int blockMax, int blockDefault) = IpPool.BlockSizesOf(cidr.Family);
        IpPool pool = new()
        {
            Metadata = metadata,
            Cidr = cidr,
            BlockSize = spec.Integer("blockSize", blockMin, blockMax) ?? blockDefault,
            VxlanMode = spec.Choice("vxlanMode", Modes) ?? EncapsulationMode.Never,
            IpipMode = spec.Choice("ipipMode", Modes) ?? EncapsulationMode.Never,
            NatOutgoing = spec.Boolean("natOutgoing") ?? false,
            NodeSelector = NodeSelectorBinding.Bind(spec, "nodeSelector"),
            Disabled = spec.Boolean("disabled") ?? false,
            AssignmentMode = spec.Choice("assignmentMode", Assignments) ?? AssignmentMode.Automatic,
            NamespaceSelector = NamespaceSelector(spec),
        };
        pool = pool with { AllowedUses = Uses(spec, pool) };
        if (cidr.Family != 0 && cidr.Length > pool.BlockSize)
        {
            spec.Refuse(
                "cidr",
                $"{cidr} is smaller than one block of /{pool.BlockSize}: make it larger, or set blockSize to {cidr.Length} or more");
        }

        CheckModes(spec, pool);
        spec.NotYet("disableBGPExport", "false");
        spec.Finish();
        return document.Mapping("status") is FieldReader status ? BindStatus(status, pool) : pool;
    }

    /// <summary>Writes the specification, with its defaults, and what can have no other value yet.</summary>
    public static void Write(IpPool pool, MappingBuilder document) => WriteStatus(pool, document.Add("spec", new MappingBuilder()
        .Add("cidr", pool.Cidr.ToString())
        .Add("blockSize", pool.BlockSize)
        .Add("ipipMode", pool.IpipMode.ToString())
        .Add("vxlanMode", pool.VxlanMode.ToString())
        .Add("natOutgoing", pool.NatOutgoing)
        .Add("nodeSelector", pool.NodeSelector.Text)
        .Add("disabled", pool.Disabled)
        .Add("disableBGPExport", false)
        .Add("assignmentMode", pool.AssignmentMode.ToString())
        .Add("allowedUses", [.. KnownUses.Where(use => pool.AllowedUses.HasFlag(use)).Select(use => use.ToString())])
        .Add("namespaceSelector", pool.NamespaceSelector?.Text)
        .Build()));

    private static void WriteStatus(IpPool pool, MappingBuilder document)
    {
        List<DocumentNode> receiving = [.. pool.Receiving.Select(Write)];
        document.Add("status", new MappingBuilder()
            .Add("sending", pool.Sending is { } sending ? Write(sending) : null)
            .Add("receiving", receiving.Count == 0 ? null : new SequenceNode([.. receiving]))
            .Add("since", pool.Since)
            .BuildUnlessEmpty());
    }

    private static MappingNode Write(PoolEncapsulation encapsulation) => new MappingBuilder()
        .Add("ipipMode", encapsulation.Ipip.ToString())
        .Add("vxlanMode", encapsulation.Vxlan.ToString())
        .Build();

    private static IpPool BindStatus(FieldReader status, IpPool pool)
    {
        pool = pool with
        {
            Sending = status.Mapping("sending") is FieldReader sending ? BindEncapsulation(sending) : null,
            Receiving = [.. status.Mappings("receiving").Select(BindEncapsulation)],
            Since = status.Number("since", 1, long.MaxValue),
        };
        status.NotYet("conditions");
        status.Finish();
        return pool;
    }

    private static PoolEncapsulation BindEncapsulation(FieldReader fields)
    {
        PoolEncapsulation encapsulation = new(
            fields.Choice("vxlanMode", Modes) ?? EncapsulationMode.Never,
            fields.Choice("ipipMode", Modes) ?? EncapsulationMode.Never);
        fields.Finish();
        return encapsulation;
    }

    private static IpPrefix Cidr(FieldReader spec)
    {
        string text = spec.RequiredText("cidr");
        if (text.Length == 0)
        {
            return default;
        }

        if (!IpInterfaceAddress.TryParse(text, out IpInterfaceAddress given))
        {
            spec.Refuse("cidr", $"'{FieldReader.Shorten(text)}' is not a CIDR such as 10.65.0.0/16");
            return default;
        }

        if (given.Prefix.Address != given.Address)
        {
            spec.Refuse("cidr", $"{given} has bits beyond its length: write {given.Prefix}");
        }
        else if (Array.Find(Unusable, given.Prefix.Overlaps) is { Family: not 0 } unusable)
        {
            string what = unusable.Length is 16 or 10 ? "link-local" : "multicast";
            spec.Refuse("cidr", $"{given} overlaps with the {what} range {unusable}");
        }

        return given.Prefix;
    }

    // One that matches every namespace is none: then all addresses may be for all uses.
    private static Selector? NamespaceSelector(FieldReader spec)
    {
        const string name = "namespaceSelector";
        if (spec.Text(name) is not { Length: > 0 } text)
        {
            return null;
        }

        if (!Selector.TryParse(text, out Selector? selector, out SelectorError error))
        {
            spec.Refuse(name, $"is not a selector: at character {error.Offset + 1}: {error.Message}");
            return null;
        }

        if (selector.UsesGlobal)
        {
            spec.Refuse(name, "global() selector is not valid for IPPool namespaceSelector: write all()");
        }

        return selector.IsAll ? null : selector;
    }

    // Tunnel addresses are the node's, which is in no namespace (Calico's CRD refuses both together).
    private static PoolUses Uses(FieldReader spec, IpPool pool)
    {
        const string name = "allowedUses";
        PoolUses uses = PoolUses.None;
        foreach (string word in spec.Texts(name))
        {
            PoolUses use = KnownUses.FirstOrDefault(known => known.ToString() == word);
            if (use == PoolUses.None)
            {
                spec.Refuse(name, word == "LoadBalancer"
                    ? "LoadBalancer is not supported yet: leave it out"
                    : $"'{FieldReader.Shorten(word)}' is not one of Workload, Tunnel");
            }
            else if (uses.HasFlag(use))
            {
                spec.Refuse(name, $"{word} is there twice");
            }

            uses |= use;
        }

        if (uses.HasFlag(PoolUses.Tunnel) && pool.NamespaceSelector is not null)
        {
            spec.Refuse(name, "IP Pool with AllowedUse Tunnel cannot have namespaceSelector: write allowedUses: [Workload]");
        }

        return uses != PoolUses.None ? uses : pool.NamespaceSelector is null ? PoolUses.All : PoolUses.Workload;
    }

    // The rules of Calico's CRD, in its words.
    private static void CheckModes(FieldReader spec, IpPool pool)
    {
        if (pool.IpipMode == EncapsulationMode.Never)
        {
            return;
        }

        if (pool.VxlanMode != EncapsulationMode.Never)
        {
            spec.Refuse("ipipMode", "ipipMode and vxlanMode cannot both be enabled: set one of them to Never");
        }
        else if (pool.Cidr.Family == IpFamily.Ipv6)
        {
            spec.Refuse("ipipMode", "IPIP is not supported on IPv6 pools: set vxlanMode instead");
        }
    }
}
