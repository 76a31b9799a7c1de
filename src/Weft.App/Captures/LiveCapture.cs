using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.Linux.Captures;
using Weft.Net.Captures;
using Weft.Net.Filters;

namespace Weft.App.Captures;

/// <summary>Captures on the interfaces of a place until it is told to stop, or has enough.</summary>
internal sealed class LiveCapture : IDisposable
{
    private static readonly PacketRingOptions OneOfMany = new() { BlockLength = 1 << 19, BlockCount = 4 };

    private readonly List<Source> _sources = [];
    private readonly Lock _gate = new();
    private readonly RingPacketTaker _take;
    private readonly Action _pause;
    private readonly long _limit;
    private long _taken;

    /// <summary>Prepares it: rings are made, filters compiled; nothing is captured yet.</summary>
    /// <param name="place">Where.</param>
    /// <param name="filter">What, in pcap's language.</param>
    /// <param name="names">What names in the filter mean.</param>
    /// <param name="snapLength">How many bytes of a packet are kept.</param>
    /// <param name="limit">After how many packets it ends.</param>
    /// <param name="take">Takes each packet.</param>
    /// <param name="pause">Called when all packets that were there have been taken.</param>
    public LiveCapture(
        CapturePlace place, string filter, IFilterNames names, uint snapLength, long limit,
        RingPacketTaker take, Action pause)
    {
        _take = take;
        _pause = pause;
        _limit = limit;
        try
        {
            foreach (string name in place.Interfaces)
            {
                PacketRing ring = PacketRing.Open(place.NamespacePath, name, place.Interfaces.Count == 1 ? null : OneOfMany);
                FilterOptions options = new()
                {
                    LinkType = ring.LinkType,
                    IsLive = true,
                    SnapLength = snapLength,
                    Names = names,
                };
                if (!PacketFilter.TryCompile(filter, options, out PacketFilter? compiled, out FilterError? error))
                {
                    ring.Dispose();
                    throw CommandFailure.Usage($"the filter is wrong: {error.Show(filter)}");
                }

                _sources.Add(new Source(_sources.Count, name, ring, compiled));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Takes a packet of an interface.</summary>
    public delegate void RingPacketTaker(Source source, in RingPacket packet);

    /// <summary>The interfaces, in their order.</summary>
    public IReadOnlyList<Source> Sources => _sources;

    /// <summary>How many packets have been taken.</summary>
    public long Taken => _taken;

    /// <summary>Captures. Returns when it is stopped or has taken as many packets as it may; then all that was captured
    /// before has been taken, and each source knows what was counted.</summary>
    /// <param name="started">Called when packets are captured from now on.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Action started, CancellationToken stop)
    {
        using RingStop ended = new();
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using CancellationTokenRegistration ending = enough.Token.UnsafeRegister(
            static state => ((RingStop)state!).End(), ended);
        foreach (Source source in _sources)
        {
            source.Ring.Start(source.Filter.Program);
        }

        started();
        try
        {
            // A thread each: it sleeps until the kernel hands over a block, and nobody else has to wake it.
            await Task.WhenAll(_sources.Select(source => Task.Factory.StartNew(
                () => Read(source, ended, enough), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        }
        finally
        {
            foreach (Source source in _sources)
            {
                source.Counted = source.Ring.ReadStatistics();
            }
        }

        foreach (Source gone in _sources.Where(source => source.Ring.IsGone))
        {
            CommandRun.Say($"interface {gone.Name} is gone");
        }

        foreach (Source source in _sources)
        {
            source.Ring.Stop((in RingPacket packet) => Take(source, packet));
            source.Counted = source.Ring.ReadStatistics();
        }

        _pause();
    }

    private void Read(Source source, RingStop ended, CancellationTokenSource enough)
    {
        try
        {
            while (source.Ring.Wait(ended) && !enough.IsCancellationRequested)
            {
                lock (_gate)
                {
                    while (!enough.IsCancellationRequested && source.Ring.TryRead(out RingPacket packet))
                    {
                        Take(source, packet);
                        if (_taken == _limit)
                        {
                            enough.Cancel();
                        }
                    }

                    _pause();
                }
            }
        }
        catch
        {
            // What could not be written by one will not be written by the others: they end too.
            enough.Cancel();
            throw;
        }
    }

    private void Take(Source source, in RingPacket packet)
    {
        if (_taken < _limit)
        {
            _taken++;
            _take(source, packet);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Source source in _sources)
        {
            source.Ring.Dispose();
        }
    }

    /// <summary>An interface that is captured on.</summary>
    /// <param name="number">Its number, from 0.</param>
    /// <param name="name">Its name.</param>
    /// <param name="ring">Its ring.</param>
    /// <param name="filter">Its filter.</param>
    internal sealed class Source(int number, string name, PacketRing ring, PacketFilter filter)
    {
        public int Number { get; } = number;

        public string Name { get; } = name;

        public PacketRing Ring { get; } = ring;

        public PacketFilter Filter { get; } = filter;

        /// <summary>What the kernel counted; known at the end.</summary>
        public RingStatistics Counted { get; set; }

        public LinkType LinkType => Ring.LinkType;
    }
}
