using System.IO;

namespace Weft.Linux.Processes;

/// <summary>The name by which <c>ps</c> and <c>top</c> show this process.</summary>
public static class ProcessName
{
    /// <summary>Sets it; 15 bytes count.</summary>
    public static void Set(string name)
    {
        try
        {
            // Of the first thread, which gives the process its name; prctl would name the calling one.
            File.WriteAllText("/proc/self/comm", name);
        }
        catch (IOException)
        {
            // Only a name for people.
        }
    }
}
