using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Channels;
using Weft.Linux;
using Weft.Linux.Sockets;
using Weft.Netlink;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Brain;
using Weft.Node.Kernel;

namespace Weft.Agent.Kernel;

/// <summary>Takes links of the node's namespace away on threads of its own. Linux takes a link away within a millisecond, tells
/// of it, and answers 20 milliseconds later (netdev_run_todo waits in rcu_barrier, when it has let go of its lock): whoever asks
/// the next question by the same socket waits so long.</summary>
/// <remarks>What is asked for while all threads wait goes in one request when the first is free: the links are set down, given
/// a group that no other has, and the group is taken away, with one such wait for all. Threads and sockets that nobody needs are gone a second
/// later. A link whose turn had not come when the agent ends is found by the next one.</remarks>
internal sealed class LinkReaper : IDisposable
{
    /// <summary>How many may wait for the kernel at once.</summary>
    public const int ThreadsMax = 8;

    /// <summary>How many links one request takes away.</summary>
    public const int LinksMax = 64;

    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(1);

    private readonly string _node;
    private readonly ChannelWriter<BrainEvent?> _mailbox;
    private readonly object _gate = new();
    private readonly Queue<int> _due = []; // A link is asked for once: there are no more than the node has links.
    private readonly Thread?[] _threads = new Thread?[ThreadsMax];
    private int _idle;
    private bool _isDisposed;

    public LinkReaper(string nodeNamespace, ChannelWriter<BrainEvent?> mailbox) => (_node, _mailbox) = (nodeNamespace, mailbox);

    /// <summary>Begins to take links away, and does not wait for it.</summary>
    public void Begin(BrainAction.RemoveLinks action)
    {
        lock (_gate)
        {
            foreach (int index in action.Indexes)
            {
                _due.Enqueue(index);
            }

            if (_idle > 0)
            {
                Monitor.Pulse(_gate);
            }
            else if (Array.IndexOf(_threads, null) is var free and >= 0 && !_isDisposed)
            {
                _threads[free] = new Thread(() => Run(free)) { IsBackground = true, Name = "links" };
                _threads[free]!.Start();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Thread?[] running;
        lock (_gate)
        {
            _isDisposed = true;
            running = [.. _threads];
            Monitor.PulseAll(_gate);
        }

        foreach (Thread? thread in running)
        {
            thread?.Join();
        }
    }

    private void Run(int number)
    {
        NetlinkSocket? socket = null;
        try
        {
            while (Next(number) is { } indexes)
            {
                Tell(new BrainEvent.LinksRemoved(indexes, Remove(ref socket, indexes, KernelNames.LeavingGroup + (uint)number)));
            }
        }
        finally
        {
            socket?.Dispose();
        }
    }

    // None ends the thread.
    private List<int>? Next(int number)
    {
        lock (_gate)
        {
            _idle++;
            while (_due.Count == 0 && !_isDisposed && Monitor.Wait(_gate, IdleMax))
            {
            }

            _idle--;
            List<int> indexes = [];
            while (!_isDisposed && indexes.Count < LinksMax && _due.TryDequeue(out int index))
            {
                indexes.Add(index);
            }

            if (indexes.Count == 0)
            {
                _threads[number] = null;
                return null;
            }

            return indexes;
        }
    }

    private List<RequestOutcome> Remove(ref NetlinkSocket? socket, List<int> indexes, uint group)
    {
        try
        {
            socket ??= NetlinkSocket.Open(_node);
            return indexes.Count == 1
                ? [KernelPort.OutcomeOf(socket.Execute(LinkRequests.Delete(indexes[0])))]
                : RemoveTogether(socket, indexes, group);
        }
        catch (LinuxException failed)
        {
            RequestOutcome outcome = new(failed.Error.Errno, failed.Message, []);
            return [.. indexes.Select(_ => outcome)];
        }
    }

    // A group is whoever's link is in it: one is taken that no link has, and only links that have our names go into it. They are down
    // before they change it: the rules know by the group what a workload may send.
    private static List<RequestOutcome> RemoveTogether(NetlinkSocket socket, List<int> indexes, uint first)
    {
        NetlinkReply listed = socket.Execute(LinkRequests.Dump());
        if (listed.Error is not null)
        {
            return [.. indexes.Select(i => KernelPort.OutcomeOf(socket.Execute(LinkRequests.Delete(i))))];
        }

        Dictionary<int, Link> links = [];
        foreach (byte[] message in listed.Messages)
        {
            if (RtnetlinkMessage.TryDecode(message, out RtnetlinkMessage? decoded) && decoded is RtnetlinkMessage.LinkChanged there)
            {
                links[there.Link.Index] = there.Link;
            }
        }

        HashSet<uint> taken = [.. links.Values.Select(link => link.Group)];
        uint group = first;
        while (taken.Contains(group))
        {
            group += ThreadsMax; // The other threads have theirs.
        }

        int[] ours = [.. indexes.Where(i => links.TryGetValue(i, out Link? link) && KernelNames.IsOurs(link.Name))];
        IReadOnlyList<NetlinkReply> replies = socket.Execute(
            [.. ours.Select(i => LinkRequests.Set(i, up: false)), .. ours.Select(i => LinkRequests.Set(i, group: group)), LinkRequests.DeleteGroup(group)]);

        // Of those that somebody else took away meanwhile the kernel says so, of each.
        Dictionary<int, NetlinkReply> moved = ours.Index().ToDictionary(one => one.Item, one => replies[ours.Length + one.Index]);
        return
        [
            .. indexes.Select(i => !moved.TryGetValue(i, out NetlinkReply? reply)
                ? new RequestOutcome(KernelErrno.ENODEV, "somebody else has taken it away", [])
                : KernelPort.OutcomeOf(reply.Error is null ? replies[^1] : reply)),
        ];
    }

    private void Tell(BrainEvent happened)
    {
        while (!_mailbox.TryWrite(happened))
        {
            if (!_mailbox.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
            {
                return; // The agent is going.
            }
        }
    }
}
