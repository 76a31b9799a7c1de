namespace Weft.Net.Captures;

/// <summary>Which way a packet went, seen from who captured it.</summary>
public enum PacketDirection : byte
{
    /// <summary>The capture does not say.</summary>
    Unknown = 0,

    /// <summary>It came in.</summary>
    Inbound = 1,

    /// <summary>It went out.</summary>
    Outbound = 2,
}
