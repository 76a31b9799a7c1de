using System;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace Weft.App.Captures;

/// <summary>Stdout as a file: the console's own stream says nothing when nobody reads any more, and a capture would go on
/// for ever.</summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;
    private const int BrokenPipe = 32; // EPIPE

    /// <summary>Opens it; closing it leaves the descriptor open.</summary>
    public static Stream Open()
    {
        FileStream stream = new(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);

        // In a file, where nobody can stop reading, that stream would write at a place of its own, whoever else writes.
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    /// <summary>Whether a failure says that nobody reads any more.</summary>
    public static bool IsAbandoned(IOException failure) => failure.HResult == BrokenPipe;
}
