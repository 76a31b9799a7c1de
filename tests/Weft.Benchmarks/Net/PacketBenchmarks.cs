using System;
using BenchmarkDotNet.Attributes;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Net.Packets;

namespace Weft.Benchmarks.Net;

/// <summary>Checking an IPv4 packet and reading what a lookup needs; its checksum. Budget: 0 B.</summary>
[MemoryDiagnoser]
public class PacketBenchmarks
{
    private readonly byte[] _packet = new byte[1500];

    [GlobalSetup]
    public void Fill()
    {
        SpanWriter writer = new(_packet);
        Ipv4Header header = new(new Ipv4Address(0x0A410001), new Ipv4Address(0x0A410042), IpProtocol.Tcp);
        _ = header.TryWrite(ref writer, _packet.Length - Ipv4View.HeaderLengthMin);
    }

    [Benchmark]
    public uint Parse() => Ipv4View.TryParse(_packet, out Ipv4View view)
        ? view.Destination.Value ^ view.Source.Value ^ (uint)view.Protocol ^ (uint)view.Payload.Length
        : throw new InvalidOperationException("the packet is not accepted");

    [Benchmark]
    public ushort Checksum() => InternetChecksum.Of(_packet);
}
