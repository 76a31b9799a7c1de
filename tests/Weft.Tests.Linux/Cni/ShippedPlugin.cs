using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Weft.Tests.Linux.Lab;
using Xunit;

namespace Weft.Tests.Linux.Cni;

/// <summary>The CNI plugin as it is shipped: beside <c>WEFT_BINARY</c>, else what <c>eng/publish</c> left.</summary>
internal static class ShippedPlugin
{
    /// <summary>Where Debian has the reference plugins.</summary>
    public const string DebianPlugins = "/usr/lib/cni";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Where it is. Skips the test where there is none, or no root.</summary>
    public static string Path
    {
        get
        {
            Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
            string folder = Environment.GetEnvironmentVariable("WEFT_BINARY") is { Length: > 0 } given
                ? System.IO.Path.GetDirectoryName(given)!
                : System.IO.Path.Combine(ShippedWeft.Repository, "artifacts", "publish");
            string path = System.IO.Path.Combine(folder, "weft-cni");
            Assert.SkipUnless(File.Exists(path), "needs the shipped plugin: run eng/publish, or name weft in WEFT_BINARY");
            return path;
        }
    }

    /// <summary>Runs a plugin to its end.</summary>
    /// <param name="path">The plugin.</param>
    /// <param name="environment">Its variables; it has no others but the path.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="inside">The name of the network namespace that it runs in; none: the test's own.</param>
    /// <param name="arguments">Its arguments; a plugin has none.</param>
    public static async Task<PluginRun> RunAsync(
        string path, IReadOnlyDictionary<string, string> environment, string input, string? inside = null, string[]? arguments = null)
    {
        using Process process = new();
        process.StartInfo = inside is null
            ? new ProcessStartInfo(path, arguments ?? [])
            : new ProcessStartInfo("ip", ["netns", "exec", inside, path, .. arguments ?? []]);
        process.StartInfo.RedirectStandardInput = true;
        process.StartInfo.RedirectStandardOutput = true;
        process.StartInfo.RedirectStandardError = true;
        process.StartInfo.Environment.Clear();
        process.StartInfo.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        foreach ((string name, string value) in environment)
        {
            process.StartInfo.Environment[name] = value;
        }

        process.Start();
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
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"{path} did not end within {Limit.TotalSeconds:0} s");
        }

        return new PluginRun(path, process.ExitCode, await output, await error);
    }
}

/// <summary>A plugin that has ended.</summary>
internal sealed record PluginRun(string Plugin, int ExitCode, string Output, string Error)
{
    /// <summary>Its output as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Output)!;

    /// <summary>The code of an error.</summary>
    public int Code => (int)Json["code"]!;

    /// <summary>It must have succeeded.</summary>
    public PluginRun Must()
    {
        Assert.True(ExitCode == 0, ToString());
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Plugin} ended with {ExitCode}\n{Output}\n{Error}";
}
