using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace Weft.Net.Captures;

/// <summary>Reads captures in the formats pcap (<c>pcap-savefile(5)</c>, all variants of its magic number) and pcapng
/// (IETF draft-ietf-opsawg-pcapng), piece by piece.</summary>
/// <remarks>The caller has a buffer and offers what lies in it; <see cref="Read"/> says how much of it is done with.
/// Nothing is copied: a packet points into the caller's buffer. Whatever the bytes are, it never throws, and it never
/// wants more than <see cref="RecordLengthMax"/> bytes at once.</remarks>
public sealed partial class CaptureReader
{
    /// <summary>The longest packet that is read: twice what the longest GSO packet of Linux has.</summary>
    public const int PacketLengthMax = 1 << 20;

    /// <summary>The longest record that is read; longer ones that carry no packet are passed over.</summary>
    public const int RecordLengthMax = PacketLengthMax + (1 << 18);

    private const int MagicLength = 4;
    private const int NamesMax = 100_000;

    private readonly List<CaptureInterface> _interfaces = [];
    private readonly List<ResolvedName> _names = [];
    private readonly List<InterfaceStatistics> _statistics = [];
    private Format _format;
    private bool _isBigEndian;
    private long _offset;
    private long _skip;
    private bool _isBegun;
    private CaptureStep? _ended;

    private enum Format
    {
        Unknown,
        Pcap,
        PcapNg,
    }

    private enum RecordStep
    {
        Packet,
        Passed,
        NeedMore,
        Failed,
    }

    /// <summary>How many packets have been read.</summary>
    public long PacketCount { get; private set; }

    /// <summary>How many bytes the next <see cref="Read"/> needs at least, after it has said that it needs more.</summary>
    public int Wanted { get; private set; } = MagicLength;

    /// <summary>Why reading ended before the file's end; null if it did not.</summary>
    public CaptureProblem? Problem { get; private set; }

    /// <summary>The interfaces known so far, of all sections, in file order.</summary>
    public IReadOnlyList<CaptureInterface> Interfaces => _interfaces;

    /// <summary>The names for addresses read so far, in file order; no more than 100,000 of them.</summary>
    public IReadOnlyList<ResolvedName> Names => _names;

    /// <summary>The counters of interfaces read so far, in file order.</summary>
    public IReadOnlyList<InterfaceStatistics> Statistics => _statistics;

    /// <summary>The next step. Once ended, it stays so.</summary>
    /// <param name="data">The bytes of the file that follow those already consumed.</param>
    /// <param name="isLast">Whether the file has nothing behind them.</param>
    /// <param name="consumed">How many of them need not be offered again; a packet lies within them.</param>
    /// <param name="packet">The packet, if it is one.</param>
    public CaptureStep Read(ReadOnlySpan<byte> data, bool isLast, out int consumed, out CapturedPacket packet)
    {
        consumed = 0;
        packet = default;
        while (_ended is null)
        {
            if (_skip > 0)
            {
                int passed = (int)Math.Min(_skip, data.Length);
                _skip -= passed;
                Consume(passed, ref data, ref consumed);
                if (_skip > 0)
                {
                    return Lacking(1, data, isLast);
                }
            }

            int length = 0;
            RecordStep step = _format switch
            {
                Format.Pcap => ReadPcapRecord(data, ref length, out packet),
                Format.PcapNg => ReadBlock(data, ref length, out packet),
                _ => Recognise(data, ref length),
            };
            switch (step)
            {
                case RecordStep.Packet:
                    Consume(length, ref data, ref consumed);
                    PacketCount++;
                    return CaptureStep.Packet;
                case RecordStep.Passed:
                    Consume(length, ref data, ref consumed);
                    break;
                case RecordStep.NeedMore:
                    return Lacking(length, data, isLast);
                default:
                    break;
            }
        }

        return _ended.Value;
    }

    private void Consume(int length, ref ReadOnlySpan<byte> data, ref int consumed)
    {
        data = data[length..];
        consumed += length;
        _offset += length;
    }

    // The bytes do not suffice for what begins with them.
    private CaptureStep Lacking(int wanted, ReadOnlySpan<byte> data, bool isLast)
    {
        if (!isLast)
        {
            Wanted = wanted;
            return CaptureStep.NeedMore;
        }

        if (!_isBegun)
        {
            Fail(CaptureStep.NotACapture, data.IsEmpty
                ? "the file is empty"
                : $"neither pcap nor pcapng: {wanted} bytes of header are needed, it has {data.Length}");
        }
        else if (data.IsEmpty && _skip == 0)
        {
            _ended = CaptureStep.End;
        }
        else
        {
            long missing = _skip > 0 ? _skip : wanted - data.Length;
            Fail(CaptureStep.CutShort, $"the file ends within a record, of which {missing} or more bytes are missing");
        }

        return _ended.GetValueOrDefault();
    }

    private RecordStep Fail(CaptureStep step, string message)
    {
        Problem = new CaptureProblem(_offset, message);
        _ended = step;
        return RecordStep.Failed;
    }

    private RecordStep Recognise(ReadOnlySpan<byte> data, scoped ref int length)
    {
        length = MagicLength;
        if (data.Length < length)
        {
            return RecordStep.NeedMore;
        }

        uint magic = BinaryPrimitives.ReadUInt32BigEndian(data);
        if (magic == (uint)BlockType.SectionHeader)
        {
            _format = Format.PcapNg;
            length = 0;
            return RecordStep.Passed;
        }

        if (!TryTakeMagic(magic))
        {
            return Fail(
                CaptureStep.NotACapture, $"neither pcap nor pcapng: the magic number {magic:x8} belongs to neither");
        }

        length = PcapHeaderLength;
        return data.Length < length ? RecordStep.NeedMore : TakePcapHeader(data);
    }

    private uint ReadUInt32(ReadOnlySpan<byte> data, int at) => _isBigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(data[at..])
        : BinaryPrimitives.ReadUInt32LittleEndian(data[at..]);

    private ushort ReadUInt16(ReadOnlySpan<byte> data, int at) => _isBigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(data[at..])
        : BinaryPrimitives.ReadUInt16LittleEndian(data[at..]);
}
