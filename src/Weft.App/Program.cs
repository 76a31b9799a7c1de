using Weft.Linux.Processes;

namespace Weft.App;

internal static class Program
{
    public static int Main(string[] arguments)
    {
        StandardDescriptors.Occupy();
        return WeftCommandLine.Run(arguments);
    }
}
