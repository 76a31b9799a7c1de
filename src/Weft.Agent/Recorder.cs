using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Weft.Net;
using Weft.Node.Brain;

namespace Weft.Agent;

/// <summary>Writes down each step of the brain, a line of JSON each, so that any run can be replayed.</summary>
internal sealed class Recorder : IDisposable
{
    // Room for what steps are as a rule; a whole plan has its own.
    private const int RoomKept = 1 << 20;

    private readonly FileStream _file;
    private ArrayBufferWriter<byte> _room = new();
    private readonly Utf8JsonWriter _writer;
    private bool _ended;

    // Unbuffered: what could not be written is known at once, and not when the file is closed.
    public Recorder(string path)
    {
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _writer = new Utf8JsonWriter(_room, new JsonWriterOptions { Encoder = BrainJson.Default.Options.Encoder, SkipValidation = true });
    }

    /// <summary>Writes one step down. It is in the file, though not on the disk, when this returns.</summary>
    /// <returns>Why the recording ends here, once; the agent goes on without.</returns>
    public string? Write(Instant now, BrainEvent? happened, IReadOnlyList<BrainAction> actions)
    {
        if (_ended)
        {
            return null;
        }

        try
        {
            JsonSerializer.Serialize(_writer, new RecordedStep(now.Nanoseconds, happened, actions), BrainJson.Default.RecordedStep);
            _writer.Flush();
            _room.Write("\n"u8);
            _file.Write(_room.WrittenSpan);
            _file.Flush();
            if (_room.Capacity > RoomKept)
            {
                _room = new ArrayBufferWriter<byte>();
            }

            _room.ResetWrittenCount();
            _writer.Reset(_room);
            return null;
        }
        catch (IOException failed)
        {
            _ended = true;
            return $"the recording {_file.Name} ends here: {failed.Message}";
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _file.Dispose();
    }
}
