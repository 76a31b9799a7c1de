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

    public Recorder(string path) => _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);

    /// <summary>Writes one step down. It is in the file, though not on the disk, when this returns.</summary>
    public void Write(Instant now, BrainEvent? happened, IReadOnlyList<BrainAction> actions)
    {
        RecordedStep step = new(now.Nanoseconds, happened, actions);
        _file.Write(JsonSerializer.SerializeToUtf8Bytes(step, BrainJson.Default.RecordedStep));
        _file.WriteByte((byte)'\n');
        _file.Flush();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
