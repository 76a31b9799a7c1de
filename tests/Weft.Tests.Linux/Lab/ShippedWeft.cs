using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>The binary as it is shipped: <c>WEFT_BINARY</c>, else what <c>eng/publish</c> left.</summary>
internal static class ShippedWeft
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    /// <summary>Where it is. Skips the test where there is none, or no root.</summary>
    public static string Path
    {
        get
        {
            Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
            string? path = Find();
            Assert.SkipWhen(path is null, "needs the shipped binary: run eng/publish, or name one in WEFT_BINARY");
            return path!;
        }
    }

    /// <summary>The repository's root.</summary>
    public static string Repository
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Weft.slnx")))
            {
                folder = folder.Parent;
            }

            return folder?.FullName ?? throw new DirectoryNotFoundException("the tests lie in no repository");
        }
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="runtimeDirectory">The folder of the labs that it sees.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="input">What it reads; it finds an end of file otherwise.</param>
    public static async Task<Ran> RunAsync(string runtimeDirectory, IReadOnlyList<string> arguments, string input = "")
    {
        using Process process = Start(runtimeDirectory, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading: its exit code says why.
        }

        using CancellationTokenSource timed = new(Limit);
        try
        {
            await process.WaitForExitAsync(timed.Token);
            return new Ran(string.Join(' ', arguments), process.ExitCode, await output.WaitAsync(timed.Token), await error.WaitAsync(timed.Token));
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"weft {string.Join(' ', arguments)} did not end, or did not let go of its output, within {Limit.TotalSeconds:0} s");
        }
    }

    /// <summary>Starts it, all three descriptors as pipes. The caller ends and disposes it.</summary>
    public static Process Start(string runtimeDirectory, IReadOnlyList<string> arguments)
    {
        Process process = new();
        process.StartInfo = new ProcessStartInfo(Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        process.StartInfo.Environment["WEFT_RUNTIME_DIR"] = runtimeDirectory;
        process.StartInfo.Environment.Remove("WEFT_SERVER");
        process.Start();
        return process;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("WEFT_BINARY") is { Length: > 0 } given)
        {
            return File.Exists(given) ? given : null;
        }

        string built = System.IO.Path.Combine(Repository, "artifacts", "publish", "weft");
        return File.Exists(built) ? built : null;
    }
}

/// <summary>A command that has ended.</summary>
internal sealed record Ran(string Arguments, int ExitCode, string Output, string Error)
{
    /// <summary>The lines of its output.</summary>
    public IReadOnlyList<string> Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The lines of its error output.</summary>
    public IReadOnlyList<string> ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Its output as JSON.</summary>
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Output);

    /// <summary>Its output as JSON, an object a line.</summary>
    public IReadOnlyList<JsonElement> JsonLines => [.. Lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    /// <summary>It must have ended so.</summary>
    public Ran Must(int exitCode = 0)
    {
        Assert.True(ExitCode == exitCode, $"{this}\nwas to end with {exitCode}");
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => $"weft {Arguments}\nended with {ExitCode}\n{Output}\n{Error}";
}
