using System;
using System.IO;
using Weft.Net.Captures;

namespace Weft.App.Packets;

/// <summary>Feeds a capture from a stream to its reader, with one buffer that packets point into.</summary>
/// <param name="input">The capture.</param>
internal sealed class CaptureFeed(Stream input)
{
    private byte[] _buffer = new byte[1 << 18];
    private int _start;
    private int _end;
    private bool _isLast;

    /// <summary>The reader.</summary>
    public CaptureReader Reader { get; } = new();

    /// <summary>What has been read and not been consumed: all of it, as long as it is not known to be a capture.</summary>
    public ReadOnlySpan<byte> Pending => _buffer.AsSpan(_start, _end - _start);

    /// <summary>The next packet, or how the capture ended; never <see cref="CaptureStep.NeedMore"/>.</summary>
    /// <param name="packet">The packet; valid until the next call.</param>
    /// <param name="beforeWaiting">What to do before more is read.</param>
    public CaptureStep Read(out CapturedPacket packet, Action beforeWaiting)
    {
        while (true)
        {
            CaptureStep step = Reader.Read(_buffer.AsSpan(_start, _end - _start), _isLast, out int consumed, out packet);
            _start += consumed;
            if (step != CaptureStep.NeedMore)
            {
                return step;
            }

            Fill(beforeWaiting);
        }
    }

    /// <summary>Reads the rest of what is no capture, up to a limit.</summary>
    public ReadOnlySpan<byte> ReadRest(int limit)
    {
        while (!_isLast && _end - _start < limit)
        {
            Fill(static () => { });
        }

        return Pending;
    }

    private void Fill(Action beforeWaiting)
    {
        if (_start > 0)
        {
            Pending.CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }

        beforeWaiting();
        int count = input.Read(_buffer.AsSpan(_end));
        _end += count;
        _isLast = count == 0;
    }
}
