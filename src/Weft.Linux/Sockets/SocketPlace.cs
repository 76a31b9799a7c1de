using System.IO;
using System.Net.Sockets;
using Weft.Linux.Interop;

namespace Weft.Linux.Sockets;

/// <summary>The place of a unix socket in the file system. The file stays when the process that listened there was killed.</summary>
public static class SocketPlace
{
    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Makes a place free: its directory is made, and a socket at which nobody listens any more is removed. What is no
    /// socket stays, and a socket at which somebody listens, too.</summary>
    /// <returns>Why the place is not free; none if it is.</returns>
    /// <exception cref="IOException">The directory cannot be made, or the socket not be removed.</exception>
    public static string? Free(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!, DirectoryMode);
        if (Libc.IsSocketAt(path) is not { } isSocket)
        {
            return null;
        }

        if (!isSocket)
        {
            return $"{path} is there, and no socket: remove it, or name another path";
        }

        // One that is not accepted at once is somebody's all the same, who is busy.
        using Socket probe = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return null;
        }
        catch (SocketException)
        {
            // Said below.
        }

        return $"somebody listens on {path} already: stop it, or name another socket";
    }
}
