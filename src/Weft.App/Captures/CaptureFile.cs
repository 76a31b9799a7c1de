using System;
using System.Buffers;
using System.IO;
using Weft.Net.Captures;

namespace Weft.App.Captures;

/// <summary>A capture file that is being written. Owns the stream. Whenever it is flushed the file is complete.</summary>
internal sealed class CaptureFile : IBufferWriter<byte>, IDisposable
{
    // Written whole: long enough to be worth a call, short enough to be still in the processor's cache.
    private const int BufferLength = 1 << 17;

    private readonly Stream _stream;
    private byte[] _buffer = new byte[BufferLength];
    private int _count;

    private CaptureFile(Stream stream)
    {
        _stream = stream;
        Writer = new PcapNgWriter(this);
        Writer.WriteSection(Environment.OSVersion.VersionString, "weft");
    }

    /// <summary>Writes the blocks.</summary>
    public PcapNgWriter Writer { get; }

    /// <summary>Begins a file; <c>-</c> is stdout.</summary>
    public static CaptureFile Create(string path) => new(path == "-"
        ? StandardOutput.Open()
        : new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));

    /// <summary>Hands everything over to the system.</summary>
    public void Flush()
    {
        // What could not be written is not tried again when this is disposed.
        int count = _count;
        _count = 0;
        _stream.Write(_buffer, 0, count);
        _stream.Flush();
    }

    /// <inheritdoc/>
    public void Advance(int count) => _count += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsMemory(_count);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsSpan(_count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Flush();
        _stream.Dispose();
    }

    private void MakeRoom(int size)
    {
        if (_buffer.Length - _count < Math.Max(size, 1))
        {
            Flush();
            if (_buffer.Length < size)
            {
                _buffer = new byte[size];
            }
        }
    }
}
