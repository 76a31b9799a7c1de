using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Weft.Net;
using Weft.Node.Brain;

namespace Weft.Agent;

/// <summary>Writes down each step of the brain, a line of JSON each, so that any run can be replayed.</summary>
internal sealed class Recorder : IDisposable
{
    private readonly FileStream _file;
    private bool _ended;

    // Unbuffered: what could not be written is known at once, and not when the file is closed.
    public Recorder(string path) =>
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

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
            RecordedStep step = new(now.Nanoseconds, happened, actions);
            _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(step, BrainJson.Default.RecordedStep), (byte)'\n']);
            _file.Flush();
            return null;
        }
        catch (IOException failed)
        {
            _ended = true;
            return $"the recording {_file.Name} ends here: {failed.Message}";
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
