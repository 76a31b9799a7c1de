using System.IO;

namespace Weft.Linux.Files;

/// <summary>The directory of a daemon's state: nobody else reads or writes there, whatever the umask of who starts it.</summary>
public static class StateFolder
{
    /// <summary>Makes it, with those above it, if it is not there; one that is there is left as it is.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static void Make(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
}
