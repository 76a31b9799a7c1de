using Microsoft.Extensions.Time.Testing;
using Weft.Agent;
using Xunit;

namespace Weft.Tests.Agent;

public sealed class QuietCollectorTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly QuietCollector _collector;
    private long _allocated;
    private int _collections;
    private int _own;

    public QuietCollectorTests() => _collector = new QuietCollector(_time, () => (_collections, _allocated), () =>
    {
        _collections++;
        _own++;
    });

    [Fact]
    public void Garbage_is_collected_when_nothing_happened_for_a_while_and_not_before()
    {
        _allocated += QuietCollector.BytesMin;
        _collector.Disturb();
        Assert.Equal(QuietCollector.QuietFor, _collector.Collect());
        _time.Advance(QuietCollector.QuietFor / 2);
        Assert.Equal(QuietCollector.QuietFor / 2, _collector.Collect());
        Assert.Equal(0, _own);

        _collector.Disturb();
        _time.Advance(QuietCollector.QuietFor / 2);
        Assert.Equal(QuietCollector.QuietFor / 2, _collector.Collect());
        _time.Advance(QuietCollector.QuietFor / 2);
        Assert.Null(_collector.Collect());
        Assert.Equal(1, _own);
    }

    [Fact]
    public void Little_garbage_wakes_nobody()
    {
        _allocated += QuietCollector.BytesMin - 1;
        _time.Advance(QuietCollector.QuietFor * 2);
        Assert.Null(_collector.Collect());
        Assert.Equal(0, _own);
    }

    [Fact]
    public void What_was_collected_is_counted_from_anew_whoever_did_it()
    {
        _allocated += QuietCollector.BytesMin;
        _time.Advance(QuietCollector.QuietFor);
        Assert.Null(_collector.Collect());
        Assert.Null(_collector.Collect());
        Assert.Equal(1, _own);

        _allocated += QuietCollector.BytesMin;
        _collections++;
        Assert.Null(_collector.Collect());
        Assert.Equal(1, _own);

        _allocated += QuietCollector.BytesMin;
        Assert.Null(_collector.Collect());
        Assert.Equal(2, _own);
    }
}
