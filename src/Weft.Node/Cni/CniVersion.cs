using System.Diagnostics.CodeAnalysis;

namespace Weft.Node.Cni;

/// <summary>The versions of the CNI specification that are spoken, in their order.</summary>
internal enum CniVersion : byte
{
    /// <summary>0.3.1: results of lists, chains of plugins.</summary>
    V031,

    /// <summary>0.4.0: CHECK, and what ADD gave comes back with DEL.</summary>
    V040,

    /// <summary>1.0.0: addresses without their family.</summary>
    V100,

    /// <summary>1.1.0: GC and STATUS, MTU of interfaces.</summary>
    V110,
}

/// <summary>What a plugin can be asked.</summary>
internal enum CniCommand : byte
{
    /// <summary>Connect a container.</summary>
    Add,

    /// <summary>Disconnect it.</summary>
    Del,

    /// <summary>Is it connected as ADD said?</summary>
    Check,

    /// <summary>Disconnect what the runtime does not know any more.</summary>
    Gc,

    /// <summary>Can ADD be served?</summary>
    Status,
}

/// <summary>The words of the specification for its versions and commands.</summary>
internal static class CniWords
{
    /// <summary>All versions, as people and runtimes read them.</summary>
    public const string AllVersions = "0.3.1, 0.4.0, 1.0.0, 1.1.0";

    /// <summary>The version in which errors are told when none was understood.</summary>
    public const string Newest = "1.1.0";

    /// <summary>Reads <c>cniVersion</c>.</summary>
    public static bool TryReadVersion(string text, out CniVersion version)
    {
        (bool known, version) = text switch
        {
            "0.3.1" => (true, CniVersion.V031),
            "0.4.0" => (true, CniVersion.V040),
            "1.0.0" => (true, CniVersion.V100),
            "1.1.0" => (true, CniVersion.V110),
            _ => (false, default),
        };
        return known;
    }

    /// <summary>A version as the specification writes it.</summary>
    public static string Text(CniVersion version) => version switch
    {
        CniVersion.V031 => "0.3.1",
        CniVersion.V040 => "0.4.0",
        CniVersion.V100 => "1.0.0",
        _ => Newest,
    };

    /// <summary>Reads <c>CNI_COMMAND</c>. VERSION the plugin answers itself.</summary>
    public static bool TryReadCommand([NotNullWhen(true)] string? text, out CniCommand command)
    {
        (bool known, command) = text switch
        {
            "ADD" => (true, CniCommand.Add),
            "DEL" => (true, CniCommand.Del),
            "CHECK" => (true, CniCommand.Check),
            "GC" => (true, CniCommand.Gc),
            "STATUS" => (true, CniCommand.Status),
            _ => (false, default),
        };
        return known;
    }

    /// <summary>The first version that has a command.</summary>
    public static CniVersion Since(CniCommand command) => command switch
    {
        CniCommand.Check => CniVersion.V040,
        CniCommand.Gc or CniCommand.Status => CniVersion.V110,
        _ => CniVersion.V031,
    };
}
