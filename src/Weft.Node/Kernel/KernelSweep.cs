using System.Collections.Generic;
using System.Linq;
using Weft.Netlink;

namespace Weft.Node.Kernel;

/// <summary>Takes everything of ours out of a node that no agent looks after: from the answers to <see cref="Requests"/>,
/// the requests that remove it. What is ours is decided as the brain decides it.</summary>
/// <remarks>What stands on a device of ours goes with the device, as the kernel does it, and is told all the same. Our table
/// of nf_tables is not part of it: as long as there is a link, there must be what guards it.</remarks>
public static class KernelSweep
{
    /// <summary>Asks for everything in the node's namespace that may be ours.</summary>
    public static IReadOnlyList<NetlinkRequest> Requests() => KernelReader.Requests();

    /// <summary>What is to be removed, in an order in which nothing loses what it stands on; nothing if nothing of ours is
    /// there.</summary>
    /// <param name="answers">The messages that answered <see cref="Requests"/>, in their order.</param>
    public static IReadOnlyList<SweptObject> Of(IEnumerable<byte[]> answers)
    {
        KernelScope scope = new("");
        SortedDictionary<ObjectKey, KernelObject> reading = [];
        foreach (byte[] messages in answers)
        {
            KernelReader.Read(scope, messages, reading);
        }

        HashSet<string> devices = [.. reading.Values.OfType<LinkObject>().Select(link => link.Name)];
        List<SweptObject> swept = [];
        foreach ((ObjectKey key, KernelObject value) in reading.Reverse())
        {
            bool goesWithDevice = value is not LinkObject && devices.Contains(value.StandsOn);
            NetlinkRequest? removal = null;
            if (goesWithDevice || KernelWriter.TryRemove(scope, value, out removal))
            {
                swept.Add(new SweptObject(KindOf(key), key.Id, removal));
            }
        }

        return swept;
    }

    private static string KindOf(ObjectKey key) => key.ToString()[..^(key.Id.Length + 1)];
}

/// <summary>An object of ours that goes.</summary>
/// <param name="Kind">What it is, in words: <c>device</c>, <c>route</c>.</param>
/// <param name="Name">Its name within its kind.</param>
/// <param name="Removal">What removes it; none if it goes with its device.</param>
public sealed record SweptObject(string Kind, string Name, NetlinkRequest? Removal);
