using System.Collections.Generic;
using Weft.App.CommandLine;

namespace Weft.App;

internal static class Program
{
    public static int Main(string[] arguments) => WeftCommandLine.Run((IReadOnlyList<string>)arguments);
}
