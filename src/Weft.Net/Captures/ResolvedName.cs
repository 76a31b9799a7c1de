namespace Weft.Net.Captures;

/// <summary>A name for an address, carried by a capture so that its readers show it.</summary>
/// <param name="Address">The address.</param>
/// <param name="Name">Its name.</param>
public readonly record struct ResolvedName(IpAddress Address, string Name);
