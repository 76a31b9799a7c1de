using System.IO;

namespace Weft.Tests.Linux.Nftables;

/// <summary>The program nft in a test's namespace, as an oracle.</summary>
internal static class Nft
{
    /// <summary>Loads a ruleset, as <c>nft -f</c> does.</summary>
    public static void Load(TestNamespace space, string ruleset)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, ruleset);
            Run(space, $"-f {path}");
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>What it prints for these arguments.</summary>
    public static string Run(TestNamespace space, string arguments) =>
        Tool.Run("ip", $"netns exec {space.Name} nft {arguments}");
}
