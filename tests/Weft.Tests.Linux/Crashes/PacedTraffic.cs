using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text;
using System.Threading;

namespace Weft.Tests.Linux.Crashes;

/// <summary>Sends on several flows at a steady pace from one thread of its own, until it is stopped and every packet is
/// accounted for.</summary>
internal sealed class PacedTraffic : IDisposable
{
    // What was missed while the thread did not run is sent at once up to this, and skipped beyond: all flows together
    // must fit into the kernel's backlog of one processor (net.core.netdev_max_backlog, 1000).
    private const int BurstMax = 150;

    private const int RangesShown = 5;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyList<NumberedFlow> _flows;
    private readonly Thread _sender;
    private readonly List<(string What, long[] Sent)> _marks = [];
    private readonly Stopwatch _clock = new();
    private volatile bool _stopping;

    private PacedTraffic(IReadOnlyList<NumberedFlow> flows, int packetsPerSecond)
    {
        _flows = flows;
        double perFlow = (double)packetsPerSecond / flows.Count;
        _sender = new Thread(() => Send(perFlow)) { IsBackground = true, Name = "sender" };
        _sender.Start();
    }

    /// <summary>Begins to send.</summary>
    /// <param name="flows">Where; they are this object's now.</param>
    /// <param name="packetsPerSecond">How much, all flows together.</param>
    public static PacedTraffic Start(IReadOnlyList<NumberedFlow> flows, int packetsPerSecond) =>
        new(flows, packetsPerSecond);

    /// <summary>Packets that arrived so far, by flow.</summary>
    public IReadOnlyList<long> Arrived => [.. _flows.Select(flow => flow.Arrived)];

    /// <summary>The mean pace, all flows together.</summary>
    public double PacketsPerSecond => _flows.Sum(flow => flow.Sent) / _clock.Elapsed.TotalSeconds;

    /// <summary>Says what happens now, so that a loss can be told with what it followed.</summary>
    public void Mark(string what) => _marks.Add((what, [.. _flows.Select(flow => flow.Sent)]));

    /// <summary>Stops sending, waits for what is on its way, and tells what was lost or came twice; nothing if all is
    /// well.</summary>
    public string Finish()
    {
        _stopping = true;
        _sender.Join();
        _clock.Stop();
        long before = -1;
        long now = _flows.Sum(flow => flow.Arrived);
        while (now != before && now < _flows.Sum(flow => flow.Sent))
        {
            Thread.Sleep(Silence);
            (before, now) = (now, _flows.Sum(flow => flow.Arrived));
        }

        StringBuilder report = new();
        for (int i = 0; i < _flows.Count; i++)
        {
            NumberedFlow flow = _flows[i];
            flow.Stop();
            IReadOnlyList<(long First, long Last)> missing = flow.Missing();
            if (missing.Count > 0 || flow.Repeated > 0)
            {
                report.AppendLine(flow.ToString());
                report.AppendLine(flow.Refusal);
                foreach ((long first, long last) in missing.Take(RangesShown))
                {
                    report.AppendLine(FormattableString.Invariant($"  {first} to {last}, after: {MarkBefore(i, first)}"));
                }
            }
        }

        return report.ToString();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _sender.Join();
        foreach (NumberedFlow flow in _flows)
        {
            flow.Dispose();
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{PacketsPerSecond:0} packets per second; ") + string.Join("; ", _flows);

    private string MarkBefore(int flow, long number) =>
        _marks.LastOrDefault(mark => mark.Sent[flow] <= number).What ?? "the start";

    private void Send(double perFlow)
    {
        _clock.Start();
        long sent = 0;
        long skipped = 0;
        while (!_stopping)
        {
            long due = (long)(_clock.Elapsed.TotalSeconds * perFlow) - skipped - sent;
            if (due > BurstMax)
            {
                skipped += due - BurstMax;
                due = BurstMax;
            }

            for (; due > 0; due--, sent++)
            {
                foreach (NumberedFlow flow in _flows)
                {
                    flow.Send();
                }
            }

            Thread.Sleep(1);
        }
    }
}
