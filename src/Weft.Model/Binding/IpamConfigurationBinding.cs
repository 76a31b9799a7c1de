using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.Model.Binding;

/// <summary>Calico's <c>IPAMConfiguration</c> (projectcalico.org/v3): fields, defaults and rules.</summary>
internal static class IpamConfigurationBinding
{
    /// <summary>Reads the configuration.</summary>
    public static IpamConfiguration Bind(FieldReader document, Metadata metadata)
    {
        FieldReader spec = document.MappingOrEmpty("spec");
        IpamConfiguration configuration = new()
        {
            Metadata = metadata,
            StrictAffinity = spec.Boolean("strictAffinity") ?? false,
            AutoAllocateBlocks = spec.Boolean("autoAllocateBlocks") ?? true,
            MaxBlocksPerHost = spec.Integer("maxBlocksPerHost", 0, IpamConfiguration.MaxBlocksPerHostMax) ?? 0,
            IpCooldownSeconds = spec.Integer("ipCooldownSeconds", 0, IpamConfiguration.IpCooldownSecondsMax) ?? 0,
        };
        if (metadata.Name.Length > 0 && metadata.Name != IpamConfiguration.TheName)
        {
            document.MappingOrEmpty("metadata").Refuse(
                "name", $"'{FieldReader.Shorten(metadata.Name)}' configures nothing: write {IpamConfiguration.TheName}");
        }

        // Both of Calico: a node that neither borrows nor claims has no address for anybody, and one that borrows what it
        // may not claim makes the limit void.
        if (configuration is { StrictAffinity: false, AutoAllocateBlocks: false })
        {
            spec.Refuse("autoAllocateBlocks", "can be false only with strictAffinity: true");
        }

        if (configuration is { StrictAffinity: false, MaxBlocksPerHost: > 0 })
        {
            spec.Refuse("maxBlocksPerHost", "can be more than 0 only with strictAffinity: true");
        }

        spec.NotYet("kubeVirtVMAddressPersistence", "\"Disabled\"");
        spec.Finish();
        return configuration;
    }

    /// <summary>Writes the specification, with its defaults.</summary>
    public static void Write(IpamConfiguration configuration, MappingBuilder document) => document.Add("spec", new MappingBuilder()
        .Add("strictAffinity", configuration.StrictAffinity)
        .Add("autoAllocateBlocks", configuration.AutoAllocateBlocks)
        .Add("maxBlocksPerHost", configuration.MaxBlocksPerHost)
        .Add("ipCooldownSeconds", configuration.IpCooldownSeconds)
        .Build());
}
