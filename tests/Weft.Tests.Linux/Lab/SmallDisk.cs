using System;
using System.Globalization;
using System.IO;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>A file system of a few megabytes, in memory, that a test can fill.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int BlockLength = 4096;

    public SmallDisk(int megabytes)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        Path = Directory.CreateTempSubdirectory("weft-t-").FullName;
        Tool.Run("mount", string.Create(CultureInfo.InvariantCulture, $"-t tmpfs -o size={megabytes}m weft-t {Path}"));
    }

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Takes the last free block.</summary>
    public void Fill()
    {
        byte[] block = new byte[BlockLength];
        using FileStream filler = new(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                filler.Write(block);
            }
        }
        catch (IOException)
        {
            // No space left on device: that is what it is for.
        }
    }

    /// <summary>Gives the space back.</summary>
    public void Free() => File.Delete(Filler);

    public void Dispose()
    {
        Tool.Run("umount", $"-l {Path}");
        Directory.Delete(Path);
    }
}
