using System;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Netlink;

namespace Weft.Linux.Files;

/// <summary>A file that grows by whole records. Owns one descriptor. One writer at a time.</summary>
public sealed class AppendFile : IDisposable
{
    private const int SeekEnd = 2; // SEEK_END
    private const uint Mode = 0x180; // 0600

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly bool _flushes;
    private readonly (ulong Device, ulong Inode) _identity;
    private KernelError? _broken;

    private AppendFile(SafeFileHandle file, string path, long position, bool flushes)
    {
        _file = file;
        _path = path;
        _flushes = flushes;
        _identity = IdentityAt(path);
        Position = position;
    }

    /// <summary>Whether its path still leads to it: nobody has removed it, or put another one there.</summary>
    public bool IsInPlace => IdentityAt(_path) == _identity;

    /// <summary>The length of what is known to be whole: where the next record begins.</summary>
    public long Position { get; private set; }

    /// <summary>Whether what the disk holds is not known: see <see cref="Append"/>.</summary>
    public bool IsBroken => _broken is not null;

    /// <summary>Opens or makes a file; the next record goes to its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="file">The open file; none if that failed.</param>
    /// <param name="flushes">Whether each record is on the disk before <see cref="Append"/> returns; else it survives
    /// the end of the process, and not a loss of power.</param>
    public static KernelError? Open(string path, out AppendFile? file, bool flushes = true)
    {
        file = null;
        SafeFileHandle handle = Libc.OpenFile(path, Libc.OpenReadWrite | Libc.OpenCreate, Mode);
        if (handle.IsInvalid)
        {
            return LastError.Of($"open {path}");
        }

        long end = Libc.Seek(handle, 0, SeekEnd);
        if (end < 0)
        {
            KernelError error = LastError.Of($"find the end of {path}");
            handle.Dispose();
            return error;
        }

        file = new AppendFile(handle, path, end, flushes);
        return null;
    }

    /// <summary>Writes a record at the end. If that fails, the file is cut back to what it was, so that no half record
    /// stays. If even that fails, or the disk does not confirm, what the disk holds is not known: every further call
    /// is refused with that error, until the file is opened and read anew.</summary>
    public KernelError? Append(ReadOnlySpan<byte> record)
    {
        if (_broken is not null)
        {
            return _broken;
        }

        int written = 0;
        while (written < record.Length)
        {
            nint count = Libc.WriteAt(
                _file, record[written..], (nuint)(record.Length - written), Position + written);
            if (count > 0)
            {
                written += (int)count;
            }
            else if (count == 0 || LastError.Number != KernelErrno.EINTR)
            {
                return TakeBack(LastError.Of($"write {_path}"));
            }
        }

        if (_flushes && Libc.SynchronizeData(_file) != 0)
        {
            // After a failed fdatasync the kernel may have dropped the pages: asking again would lie.
            KernelError error = LastError.Of($"synchronize {_path}");
            _broken = error;
            return error;
        }

        Position += record.Length;
        return null;
    }

    /// <summary>Cuts the file to a length: away with a torn record at its end.</summary>
    public KernelError? Truncate(long length)
    {
        if (Libc.Truncate(_file, length) != 0 || Libc.SynchronizeData(_file) != 0)
        {
            return LastError.Of($"cut {_path}");
        }

        Position = length;
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static (ulong Device, ulong Inode) IdentityAt(string path) =>
        Libc.TryGetFileIdentity(path, out ulong device, out ulong inode) ? (device, inode) : default;

    private KernelError TakeBack(KernelError error)
    {
        if (Libc.Truncate(_file, Position) != 0)
        {
            _broken = LastError.Of($"cut {_path} after a failed write");
        }

        return error;
    }
}
