namespace Weft.Net.Captures;

/// <summary>What was counted on an interface while it was captured.</summary>
/// <param name="Interface">The interface.</param>
/// <param name="Received">Packets that came to the capture, before or after its filter as the system counts; null if
/// the capture does not say.</param>
/// <param name="Dropped">Packets that were lost for want of room; null if the capture does not say.</param>
public sealed record InterfaceStatistics(CaptureInterface Interface, ulong? Received, ulong? Dropped);
