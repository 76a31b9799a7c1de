using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary>Calico's <c>IPAMBlock</c> (projectcalico.org/v3), of which the store keeps only whose it is.</summary>
internal static class IpamBlockBinding
{
    /// <summary>Reads the block.</summary>
    public static IpamBlock Bind(FieldReader document, Metadata metadata)
    {
        FieldReader spec = document.MappingOrEmpty("spec");
        if (!spec.Has("cidr"))
        {
            spec.Missing("cidr");
        }

        IpamBlock block = new()
        {
            Metadata = metadata,
            Cidr = spec.Value<IpPrefix>("cidr", IpPrefix.TryParse, "a CIDR such as 10.65.0.0/26") ?? default,
            Affinity = spec.RequiredText("affinity"),
            Pool = spec.RequiredText("pool"),
            Announcing = spec.Boolean("announcing") ?? false,
        };
        spec.NotYet("affinityClaimTime");
        spec.NotYet("allocations");
        spec.NotYet("attributes");
        spec.NotYet("deleted", "false");
        spec.NotYet("sequenceNumber", "0");
        spec.NotYet("sequenceNumberForAllocation");
        spec.NotYet("strictAffinity", "false");
        spec.NotYet("unallocated");
        spec.Finish();
        return block;
    }

    /// <summary>Writes the specification.</summary>
    public static void Write(IpamBlock block, MappingBuilder document)
    {
        MappingBuilder spec = new MappingBuilder()
            .Add("cidr", block.Cidr.ToString())
            .Add("affinity", block.Affinity)
            .Add("pool", block.Pool);
        document.Add("spec", (block.Announcing ? spec.Add("announcing", true) : spec).Build());
    }
}
