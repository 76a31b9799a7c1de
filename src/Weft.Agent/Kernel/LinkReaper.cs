using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Channels;
using Weft.Linux;
using Weft.Linux.Sockets;
using Weft.Netlink.Rtnetlink;
using Weft.Node.Brain;
using Weft.Node.Kernel;

namespace Weft.Agent.Kernel;

/// <summary>Takes links of the node's namespace away on threads of its own. Linux takes a link away within a millisecond, tells
/// of it, and answers 20 milliseconds later (netdev_run_todo waits in rcu_barrier, when it has let go of its lock): whoever asks
/// the next question by the same socket waits so long.</summary>
/// <remarks>What is asked for while all threads wait goes in one request when the first is free: the links are set down, given
/// the group that the brain knows to be nobody's, and the group is taken away, with one such wait for all. Threads and sockets that nobody needs are gone a second
/// later. A link whose turn had not come when the agent ends is found by the next one.</remarks>
internal sealed class LinkReaper : IDisposable
{
    /// <summary>How many may wait for the kernel at once.</summary>
    public const int ThreadsMax = KernelNames.LeavingGroups;

    /// <summary>How many links one request takes away.</summary>
    public const int LinksMax = 64;

    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(1);

    private readonly string _node;
    private readonly ChannelWriter<BrainEvent?> _mailbox;
    private readonly object _gate = new();
    private readonly Queue<int> _due = []; // A link is asked for once: there are no more than the node has links.
    private uint _group;
    private readonly Thread?[] _threads = new Thread?[ThreadsMax];
    private int _idle;
    private bool _isDisposed;

    public LinkReaper(string nodeNamespace, ChannelWriter<BrainEvent?> mailbox) => (_node, _mailbox) = (nodeNamespace, mailbox);

    /// <summary>Begins to take links away, and does not wait for it.</summary>
    public void Begin(BrainAction.RemoveLinks action)
    {
        lock (_gate)
        {
            _group = action.Group;
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
            while (Next(number, out uint group) is { } indexes)
            {
                Tell(new BrainEvent.LinksRemoved(indexes, Remove(ref socket, indexes, group)));
            }
        }
        finally
        {
            socket?.Dispose();
        }
    }

    // None ends the thread. Each has a group of its own.
    private List<int>? Next(int number, out uint group)
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

            group = _group + (uint)number;
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

    // They are down before they change their group.
    private static List<RequestOutcome> RemoveTogether(NetlinkSocket socket, List<int> indexes, uint group)
    {
        IReadOnlyList<NetlinkReply> replies = socket.Execute(
            [.. indexes.Select(i => LinkRequests.Set(i, up: false)), .. indexes.Select(i => LinkRequests.Set(i, group: group)), LinkRequests.DeleteGroup(group)]);

        // Of those that somebody else took away meanwhile the kernel says so, of each.
        return [.. indexes.Select((_, i) => KernelPort.OutcomeOf(replies[indexes.Count + i] is { Error: not null } gone ? gone : replies[^1]))];
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
