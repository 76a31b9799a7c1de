using System;
using System.IO;
using Weft.Net.Captures;

namespace Weft.App.Captures;

/// <summary>The packets of a capture in a stream, one after the other. Owns the stream.</summary>
/// <remarks>A packet lies in the buffer of this and is valid until the next is asked for.</remarks>
internal sealed class CaptureStream(Stream source) : IDisposable
{
    private const int BufferLength = 256 * 1024;

    private readonly CaptureReader _reader = new();
    private byte[] _buffer = new byte[BufferLength];
    private int _start;
    private int _end;
    private bool _isLast;

    /// <summary>What is known from the file besides its packets; complete at its end.</summary>
    public CaptureReader Reader => _reader;

    /// <summary>The next packet. When there is none, <paramref name="step"/> says why: the capture has ended, is cut
    /// short, malformed, or none at all; <see cref="CaptureReader.Problem"/> says more.</summary>
    public bool TryRead(out CapturedPacket packet, out CaptureStep step)
    {
        while (true)
        {
            step = _reader.Read(_buffer.AsSpan(_start, _end - _start), _isLast, out int consumed, out packet);
            _start += consumed;
            if (step != CaptureStep.NeedMore)
            {
                return step == CaptureStep.Packet;
            }

            Fill();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    private void Fill()
    {
        int kept = _end - _start;
        byte[] target = _reader.Wanted > _buffer.Length
            ? new byte[Math.Max(_reader.Wanted, Math.Min(_buffer.Length * 2, CaptureReader.RecordLengthMax))]
            : _buffer;
        _buffer.AsSpan(_start, kept).CopyTo(target);
        _buffer = target;
        (_start, _end) = (0, kept);
        int got = source.Read(_buffer.AsSpan(_end));
        _end += got;
        _isLast = got == 0;
    }
}
