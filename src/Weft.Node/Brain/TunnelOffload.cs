using Weft.Net;

namespace Weft.Node.Brain;

/// <summary>What is known of the checksums that a tunnel device leaves to the hardware below it.</summary>
public enum OffloadVerdict
{
    /// <summary>Nothing yet: nobody answered, whoever finished the checksum.</summary>
    Unknown,

    /// <summary>They arrive as they should.</summary>
    Works,

    /// <summary>They do not, and the same packet arrives when the kernel finishes its checksum.</summary>
    Broken,

    /// <summary>It was turned off before: there is nothing to find out.</summary>
    Off,
}

/// <summary>One tunnel device, of this very making and over this very interface, and what is known of its offload.
/// </summary>
/// <param name="index">The device's index.</param>
/// <param name="underlay">The index of the interface that it sends through.</param>
internal sealed class TunnelOffload(int index, int underlay)
{
    /// <summary>The device's index.</summary>
    public int Index { get; set; } = index;

    /// <summary>The index of the interface that it sends through.</summary>
    public int Underlay { get; } = underlay;

    public OffloadVerdict Verdict { get; set; }

    /// <summary>The number of the probe that is under way.</summary>
    public long? Probe { get; set; }

    /// <summary>The node that was asked last.</summary>
    public string Peer { get; set; } = "";

    /// <summary>How often nobody answered.</summary>
    public int Attempts { get; set; }

    /// <summary>When to ask again.</summary>
    public Instant? RetryAt { get; set; }

    /// <summary>Whether somebody may have turned it since it was looked at.</summary>
    public bool MayBeTurned { get; set; }

    /// <summary>Whether it is as it should be, said by the kernel: what differs later was turned by somebody.</summary>
    public bool IsEnsured { get; set; }
}
