namespace Weft.App;

internal static class Program
{
    public static int Main(string[] arguments) => WeftCommandLine.Run(arguments);
}
