using System;
using BenchmarkDotNet.Attributes;
using Weft.Net;

namespace Weft.Benchmarks.Net;

/// <summary>Longest-prefix match of random addresses in a table of random /8 to /32. Budget: 0 B.</summary>
[MemoryDiagnoser]
public class LongestPrefixBenchmarks
{
    private const int Lookups = 1_000;

    private readonly PrefixTable<Ipv4Address, int> _v4 = new();
    private readonly PrefixTable<Ipv6Address, int> _v6 = new();
    private readonly Ipv4Address[] _v4Wanted = new Ipv4Address[Lookups];
    private readonly Ipv6Address[] _v6Wanted = new Ipv6Address[Lookups];
    private ulong _state = 0x9E3779B97F4A7C15;

    [Params(1_000, 100_000, 1_000_000)]
    public int Prefixes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        for (int i = 0; i < Prefixes; i++)
        {
            int length = 8 + (int)(Next() % 25);
            _v4.Set(new Prefix<Ipv4Address>(new Ipv4Address((uint)(Next() >> 32)), length), i);
            _v6.Set(new Prefix<Ipv6Address>(new Ipv6Address(new UInt128(Next(), Next())), length * 4), i);
        }

        for (int i = 0; i < Lookups; i++)
        {
            _v4Wanted[i] = new Ipv4Address((uint)(Next() >> 32));
            _v6Wanted[i] = new Ipv6Address(new UInt128(Next(), Next()));
        }
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int Ipv4()
    {
        int found = 0;
        foreach (Ipv4Address address in _v4Wanted)
        {
            found += _v4.TryMatch(address, out _) ? 1 : 0;
        }

        return found;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int Ipv6()
    {
        int found = 0;
        foreach (Ipv6Address address in _v6Wanted)
        {
            found += _v6.TryMatch(address, out _) ? 1 : 0;
        }

        return found;
    }

    private ulong Next()
    {
        unchecked
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            return _state;
        }
    }
}
