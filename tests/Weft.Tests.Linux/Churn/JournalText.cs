using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Weft.Net;
using Weft.Node.Allocation;

namespace Weft.Tests.Linux.Churn;

/// <summary>An agent's journal, read as plainly as can be.</summary>
internal sealed class JournalText
{
    private const int ChecksumLength = 17;

    private readonly SortedDictionary<WorkloadId, WorkloadAssigned> _assigned = [];
    private readonly HashSet<WorkloadId> _releasing = [];
    private readonly List<IpAddress> _tunnels = [];
    private readonly Dictionary<string, IpAddress> _lent = new(StringComparer.Ordinal);

    /// <summary>The workloads that have addresses, those that are being disconnected among them.</summary>
    public IReadOnlyCollection<WorkloadAssigned> Assigned => _assigned.Values;

    /// <summary>The workloads that are being disconnected.</summary>
    public IReadOnlyCollection<WorkloadId> Releasing => _releasing;

    /// <summary>The node's tunnel addresses.</summary>
    public IReadOnlyList<IpAddress> Tunnels => _tunnels;

    /// <summary>The addresses that other nodes may use, by the loan's name.</summary>
    public IReadOnlyDictionary<string, IpAddress> Lent => _lent;

    /// <summary>Reads a journal that nobody writes to just now, or the whole lines of one that is written to.</summary>
    public static JournalText Read(string path)
    {
        JournalText journal = new();
        string text = File.ReadAllText(path);
        foreach (string line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            if (!JournalRecord.TryRead(Encoding.UTF8.GetBytes(line[ChecksumLength..]), out JournalRecord? record, out string error))
            {
                throw new InvalidDataException($"{path}: {error}");
            }

            journal.Take(record);
        }

        return journal;
    }

    /// <summary>A record's line, as the agent writes it.</summary>
    public static string Line(string json) =>
        FormattableString.Invariant($"{StableHash.Of(Encoding.UTF8.GetBytes(json)):x16} {json}\n");

    /// <summary>The number of the line in the middle of a journal, and where it begins: never its last one.</summary>
    public static int MiddleOf(ReadOnlySpan<byte> journal, out int at)
    {
        int lines = journal.Count((byte)'\n');
        int number = Math.Max(2, lines / 2);
        at = 0;
        for (int line = 1; line < number; line++)
        {
            at += journal[at..].IndexOf((byte)'\n') + 1;
        }

        return number;
    }

    private void Take(JournalRecord record)
    {
        switch (record)
        {
            case WorkloadAssigned assigned:
                _assigned[assigned.Id] = assigned;
                _releasing.Remove(assigned.Id);
                break;
            case WorkloadReleasing releasing:
                _releasing.Add(releasing.Id);
                break;
            case WorkloadReleased released:
                _assigned.Remove(released.Id);
                _releasing.Remove(released.Id);
                break;
            case TunnelAssigned tunnel:
                _tunnels.Add(tunnel.Address);
                break;
            case TunnelReleased tunnel:
                _tunnels.Remove(tunnel.Address);
                break;
            case AddressLent lent:
                _lent[lent.Loan] = lent.Address;
                break;
            case AddressReturned returned:
                _lent.Remove(returned.Loan);
                break;
            default:
                break;
        }
    }
}
