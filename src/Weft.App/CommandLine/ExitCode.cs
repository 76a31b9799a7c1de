namespace Weft.App.CommandLine;

/// <summary>The exit codes of every command (docs/guide.md).</summary>
internal static class ExitCode
{
    /// <summary>It is done.</summary>
    public const int Done = 0;

    /// <summary>It failed, and one line on stderr says why.</summary>
    public const int Failed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;
}
