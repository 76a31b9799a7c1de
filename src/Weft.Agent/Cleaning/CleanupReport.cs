using System.Collections.Generic;

namespace Weft.Agent.Cleaning;

/// <summary>What a cleanup did. Lists are empty where there was nothing of ours.</summary>
public sealed record CleanupReport
{
    /// <summary>What was removed from the kernel, in its order.</summary>
    public required IReadOnlyList<CleanedObject> Removed { get; init; }

    /// <summary>The settings (sysctl) that have their former value again.</summary>
    public required IReadOnlyList<RestoredSetting> Settings { get; init; }

    /// <summary>The files that were removed.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>What could not be removed, and why: a line each.</summary>
    public required IReadOnlyList<string> Left { get; init; }
}

/// <summary>An object of ours that was in the kernel.</summary>
/// <param name="Kind">What it was, in words: <c>device</c>, <c>route</c>.</param>
/// <param name="Name">Its name within its kind.</param>
public sealed record CleanedObject(string Kind, string Name);

/// <summary>A setting that has its former value again.</summary>
/// <param name="Name">As <c>sysctl(8)</c> writes it: <c>net.ipv4.ip_forward</c>.</param>
/// <param name="From">The value that an agent had set.</param>
/// <param name="To">The value that it had before, and has again.</param>
public sealed record RestoredSetting(string Name, string From, string To);
