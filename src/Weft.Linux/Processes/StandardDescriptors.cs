using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;

namespace Weft.Linux.Processes;

/// <summary>Standard input, output and error, which whoever starts a program may have closed.</summary>
public static class StandardDescriptors
{
    private const string Nowhere = "/dev/null";
    private const int Count = 3;

    /// <summary>Gives the closed ones to <c>/dev/null</c>. Else the next file that is opened gets the number, and what is meant for
    /// people is written into it.</summary>
    public static void Occupy()
    {
        for (int descriptor = 0; descriptor < Count; descriptor++)
        {
            if (!Libc.IsOpen(descriptor))
            {
                // The kernel gives the lowest free number. It stays open as long as the process is there.
                using SafeFileHandle file = Libc.Open(Nowhere, Libc.OpenReadWrite, 0);
                file.SetHandleAsInvalid();
            }
        }
    }
}
