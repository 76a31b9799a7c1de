using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Weft.Linux;
using Weft.Linux.Sockets;
using Weft.Netlink;
using Weft.Netlink.Nftables;
using Weft.Node.Brain;
using Weft.Node.Kernel;

namespace Weft.Agent.Kernel;

/// <summary>The agent's hands in nf_tables: a socket that stays open while it is in use, and is closed a moment later, so
/// that a quiet node keeps no descriptor for it. One caller at a time.</summary>
/// <remarks>The kernel carries deletions out after the transaction that asked for them, and lets nobody close a socket of
/// netfilter before it has (an RCU grace period: 10 to 25 ms). So it is closed when that is over, and not by the caller.
/// </remarks>
internal sealed class RulesetPort : IDisposable
{
    private static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(1);

    // Notices come within moments, however late they are read; and a port id may be another program's later.
    private static readonly TimeSpan RememberedFor = TimeSpan.FromSeconds(30);

    private readonly string _node;
    private readonly TimeProvider _time;
    private readonly ITimer _idle;
    private readonly Lock _gate = new();

    // Our sockets' port ids, and since when they are closed; none of the one that is open.
    private readonly Dictionary<uint, long?> _ports = [];
    private NetlinkSocket? _rests;
    private long _usedAt;
    private bool _isDisposed;

    public RulesetPort(string nodeNamespace, TimeProvider time)
    {
        _node = nodeNamespace;
        _time = time;
        _idle = time.CreateTimer(_ => CloseIfIdle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a change that carries this port id is our own.</summary>
    public bool IsOwn(uint portId)
    {
        lock (_gate)
        {
            return _ports.TryGetValue(portId, out long? closedAt) && !IsForgotten(closedAt);
        }
    }

    /// <summary>Sends a batch; one outcome per request, whatever happens.</summary>
    public BrainEvent.KernelAnswered Execute(BrainAction.SendNftables batch)
    {
        IReadOnlyList<RequestOutcome> outcomes;
        try
        {
            NetlinkSocket socket = Take();
            bool failed = true;
            try
            {
                IReadOnlyList<NetlinkReply> replies = batch.IsTransaction
                    ? socket.Commit(new NftablesBatch(batch.Requests))
                    : socket.Execute(batch.Requests);
                outcomes = [.. replies.Select(KernelPort.OutcomeOf)];

                // Answers that are missing may come yet: not to the next batch.
                failed = outcomes.Any(o => o.Errno is KernelErrno.ENOBUFS or KernelErrno.ETIMEDOUT);
            }
            finally
            {
                GiveBack(socket, failed);
            }
        }
        catch (LinuxException failed)
        {
            RequestOutcome outcome = new(failed.Error.Errno, failed.Message, []);
            outcomes = [.. batch.Requests.Select(_ => outcome)];
        }

        return new BrainEvent.KernelAnswered(KernelNames.RulesetScope, batch.Batch, outcomes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _idle.Dispose();
        NetlinkSocket? rests;
        lock (_gate)
        {
            _isDisposed = true;
            (rests, _rests) = (_rests, null);
        }

        rests?.Dispose();
    }

    private NetlinkSocket Take()
    {
        lock (_gate)
        {
            if (_rests is { } rests)
            {
                _rests = null;
                return rests;
            }
        }

        NetlinkSocket opened = NetlinkSocket.Open(_node, NetlinkProtocol.Netfilter);
        lock (_gate)
        {
            foreach (uint old in _ports.Where(p => IsForgotten(p.Value)).Select(p => p.Key).ToList())
            {
                _ports.Remove(old);
            }

            _ports[opened.PortId] = null;
        }

        return opened;
    }

    private void GiveBack(NetlinkSocket socket, bool failed)
    {
        lock (_gate)
        {
            _usedAt = _time.GetTimestamp();
            if (!failed && !_isDisposed)
            {
                _rests = socket;
                _idle.Change(IdleMax, Timeout.InfiniteTimeSpan);
                return;
            }

            _ports[socket.PortId] = _usedAt;
        }

        socket.Dispose();
    }

    private void CloseIfIdle()
    {
        NetlinkSocket? idle;
        lock (_gate)
        {
            // It was used again while this call was on its way: there will be another.
            if (_time.GetElapsedTime(_usedAt) < IdleMax / 2)
            {
                return;
            }

            (idle, _rests) = (_rests, null);
            if (idle is not null)
            {
                _ports[idle.PortId] = _time.GetTimestamp();
            }
        }

        idle?.Dispose();
    }

    private bool IsForgotten(long? closedAt) => closedAt is { } at && _time.GetElapsedTime(at) > RememberedFor;
}
