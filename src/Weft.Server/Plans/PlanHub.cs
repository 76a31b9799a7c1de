using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Weft.Model.Resources;
using Weft.Plan;
using Weft.Plan.Compiling;
using Weft.Plan.Protocol;

namespace Weft.Server.Plans;

/// <summary>Gives every connected agent its plan, and then what changes in it.</summary>
internal sealed class PlanHub
{
    /// <summary>How many of a plan's last changes are remembered, to answer who has applied what.</summary>
    public const int ChangesRemembered = 256;

    private readonly PlanCompiler _compiler = new();
    private readonly Dictionary<string, Feed> _feeds = new(StringComparer.Ordinal);

    /// <summary>Guards the compiler, the feeds and their streams.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Goes on to the state after a commit, and tells the streams concerned.</summary>
    public void Advance(FleetState state, IReadOnlyList<ResourceChange> changes)
    {
        lock (Gate)
        {
            _compiler.Apply(state, changes);
            foreach (string node in _compiler.Dirty.ToList())
            {
                if (_compiler.TryTakeDelta(node, out PlanFrame? delta))
                {
                    Feed feed = _feeds[node];
                    feed.Remember(delta.Revision);
                    foreach (PlanStream stream in feed.Streams)
                    {
                        stream.Push(delta);
                    }
                }
            }
        }
    }

    /// <summary>A stream of a node's plan; disposing it ends it.</summary>
    public PlanStream Open(string node)
    {
        PlanStream stream = new(this, node);
        lock (Gate)
        {
            if (!_feeds.TryGetValue(node, out Feed? feed))
            {
                feed = new Feed();
                _feeds.Add(node, feed);
                _compiler.Subscribe(node);
            }

            // The new stream begins with a whole plan of this revision.
            feed.Remember(_compiler.State.Revision);
            feed.Streams.Add(stream);
        }

        return stream;
    }

    /// <summary>Ends a stream.</summary>
    public void Close(PlanStream stream)
    {
        lock (Gate)
        {
            if (_feeds.TryGetValue(stream.Node, out Feed? feed)
                && feed.Streams.Remove(stream)
                && feed.Streams.Count == 0)
            {
                _feeds.Remove(stream.Node);
                _compiler.Unsubscribe(stream.Node);
            }
        }
    }

    /// <summary>Puts a request on a node's newest stream: the one that its living agent reads.</summary>
    /// <returns>The stream; none if the node has none.</returns>
    /// <param name="node">The node.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="taken">Whether the stream had room for it.</param>
    public PlanStream? Ask(string node, AgentRequestLine request, out bool taken)
    {
        lock (Gate)
        {
            PlanStream? newest = _feeds.TryGetValue(node, out Feed? feed) ? feed.Streams[^1] : null;
            taken = newest?.TryAsk(request) == true;
            return newest;
        }
    }

    /// <summary>Whether a stream has not been ended.</summary>
    public bool IsOpen(PlanStream stream)
    {
        lock (Gate)
        {
            return _feeds.TryGetValue(stream.Node, out Feed? feed) && feed.Streams.Contains(stream);
        }
    }

    /// <summary>Whether a node has a stream.</summary>
    public bool IsConnected(string node)
    {
        lock (Gate)
        {
            return _feeds.ContainsKey(node);
        }
    }

    /// <summary>The nodes with more than one stream, by name, and how many they have.</summary>
    public IReadOnlyList<(string Node, int Streams)> ConnectedTwice
    {
        get
        {
            lock (Gate)
            {
                return [.. _feeds.Where(feed => feed.Value.Streams.Count > 1)
                    .OrderBy(feed => feed.Key, StringComparer.Ordinal).Select(feed => (feed.Key, feed.Value.Streams.Count))];
            }
        }
    }

    /// <summary>The nodes with a stream, by name.</summary>
    public IReadOnlyList<string> Connected
    {
        get
        {
            lock (Gate)
            {
                return [.. _feeds.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>The revision that a node's agent must have applied to have all that its plan had at
    /// <paramref name="revision"/>; -1 if it is not connected.</summary>
    public long RequiredAt(string node, long revision)
    {
        lock (Gate)
        {
            return _feeds.TryGetValue(node, out Feed? feed) ? feed.RequiredAt(revision) : -1;
        }
    }

    /// <summary>The whole plan. Called under <see cref="Gate"/>.</summary>
    public PlanFrame Compile(string node) => _compiler.Compile(node);

    private sealed class Feed
    {
        private readonly List<long> _changes = [];

        public List<PlanStream> Streams { get; } = [];

        public void Remember(long revision)
        {
            if (_changes.Count > 0 && _changes[^1] >= revision)
            {
                return;
            }

            _changes.Add(revision);
            if (_changes.Count > 2 * ChangesRemembered)
            {
                _changes.RemoveRange(0, ChangesRemembered);
            }
        }

        public long RequiredAt(long revision)
        {
            int last = _changes.FindLastIndex(change => change <= revision);

            // What is older than all that is remembered is in the oldest of them: a plan only grows newer.
            return _changes[Math.Max(last, 0)];
        }
    }
}
