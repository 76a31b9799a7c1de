namespace Weft.Net.Decoding.Output;

/// <summary>From whom to whom a packet goes: names where they are known, else addresses.</summary>
/// <param name="From">Who sends it.</param>
/// <param name="To">Who is to have it.</param>
public readonly record struct PacketWay(string From, string To);
