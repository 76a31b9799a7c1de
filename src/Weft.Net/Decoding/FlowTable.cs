using System;
using System.Collections.Generic;

namespace Weft.Net.Decoding;

/// <summary>Two ends that talk, whichever of them is named first.</summary>
internal readonly record struct FlowKey(UInt128 Low, UInt128 High, ushort LowPort, ushort HighPort, byte Protocol)
{
    /// <summary>The key of a packet, and whether its source is the end that the key names first.</summary>
    public static FlowKey Of(
        UInt128 source, UInt128 destination, ushort sourcePort, ushort destinationPort, byte protocol, out bool isForward)
    {
        isForward = source < destination || (source == destination && sourcePort <= destinationPort);
        return isForward
            ? new FlowKey(source, destination, sourcePort, destinationPort, protocol)
            : new FlowKey(destination, source, destinationPort, sourcePort, protocol);
    }
}

/// <summary>What one end of a TCP connection has said.</summary>
internal sealed class FlowEnd
{
    /// <summary>The window's scale is not known: the SYN was not seen.</summary>
    public const int UnknownScale = -1;

    /// <summary>The window is not scaled.</summary>
    public const int NoScale = -2;

    /// <summary>The sequence number from which the relative ones count; null if none was seen.</summary>
    public uint? First { get; set; }

    /// <summary>By how many bits its window is shifted, or one of the constants.</summary>
    public int Scale { get; set; } = UnknownScale;
}

/// <summary>A conversation: its number in the capture, and for TCP what both ends have said.</summary>
internal sealed class Flow(int number)
{
    public int Number { get; } = number;

    public FlowEnd Low { get; } = new();

    public FlowEnd High { get; } = new();
}

/// <summary>The conversations of a capture, numbered as they begin; the number of those that are remembered is bounded.</summary>
internal sealed class FlowTable
{
    private const int FlowsMax = 1 << 16;

    private readonly Dictionary<FlowKey, Flow> _flows = [];
    private readonly int[] _count = new int[256];

    /// <summary>The conversation of a key; a new one if there is none, or if it begins anew.</summary>
    public Flow Find(in FlowKey key, Func<Flow, bool>? beginsAnew = null)
    {
        if (_flows.TryGetValue(key, out Flow? flow) && beginsAnew?.Invoke(flow) != true)
        {
            return flow;
        }

        if (_flows.Count >= FlowsMax)
        {
            _flows.Clear(); // What goes on is numbered anew: rather than without bound.
        }

        flow = new Flow(_count[key.Protocol]++);
        _flows[key] = flow;
        return flow;
    }
}
