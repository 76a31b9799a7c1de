using System;
using System.Collections.Generic;
using System.IO;
using Weft.Net.Bytes;

namespace Weft.Tests.Netlink.Nftables;

/// <summary>The messages of <c>fixtures/netlink/nftables.txt</c>, by what stands above each.</summary>
internal static class NftablesFixture
{
    public static IReadOnlyDictionary<string, byte[]> Messages { get; } = Read();

    private static Dictionary<string, byte[]> Read()
    {
        Dictionary<string, byte[]> messages = [];
        string title = "";
        foreach (string line in File.ReadLines(
            Path.Combine(AppContext.BaseDirectory, "fixtures", "netlink", "nftables.txt")))
        {
            if (line.StartsWith('#'))
            {
                title = line[1..].Trim();
            }
            else
            {
                messages.Add(title, Hex.ToBytes(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
            }
        }

        return messages;
    }
}
