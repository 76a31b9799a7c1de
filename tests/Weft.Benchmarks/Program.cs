using BenchmarkDotNet.Running;

namespace Weft.Benchmarks;

/// <summary><c>dotnet run -c Release --project tests/Weft.Benchmarks -- --filter '*'</c></summary>
internal static class Program
{
    public static void Main(string[] args) =>
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
}
