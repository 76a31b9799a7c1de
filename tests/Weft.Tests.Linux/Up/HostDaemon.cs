using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Up;

/// <summary>A program that goes on running on a <see cref="TestHost"/>, and what it said.</summary>
internal sealed class HostDaemon
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _command;

    public HostDaemon(Process process, string command)
    {
        _process = process;
        _command = command;
        process.OutputDataReceived += (_, line) => Take(Output, line.Data);
        process.ErrorDataReceived += (_, line) => Take(Error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The lines of its output.</summary>
    public ConcurrentQueue<string> Output { get; } = new();

    /// <summary>The lines of its error output.</summary>
    public ConcurrentQueue<string> Error { get; } = new();

    /// <summary>Waits until a line of its output has these words.</summary>
    public Task UntilSaidAsync(string words) => UntilAsync(() => Output.Any(line => line.Contains(words, StringComparison.Ordinal)), words);

    /// <summary>Waits until what it said is as it should be; fails with what it said.</summary>
    public async Task UntilAsync(Func<bool> condition, string what)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.False(_process.HasExited && !condition(), $"{this}\nended before: {what}");
            Assert.True(watch.Elapsed < Limit, $"{this}\nnot within {Limit.TotalSeconds:0} s: {what}");
            await Task.Delay(10);
        }
    }

    /// <summary>Sends a signal to the program itself.</summary>
    public void Send(string signal)
    {
        Signal(Assert.Single(TestHost.ChildrenOf(_process.Id).DefaultIfEmpty(_process.Id)), signal);
        if (signal == "CONT")
        {
            Signal(_process.Id, signal); // nsenter stops with the program that it has started.
        }
    }

    /// <summary>Sends a signal to the program itself, and waits for its end. Returns its exit code.</summary>
    public Task<int> EndAsync(string signal) => EndAsync(signal, Limit);

    /// <summary>The same, and it must have ended within a time.</summary>
    public async Task<int> EndAsync(string signal, TimeSpan limit)
    {
        Send(signal);
        using CancellationTokenSource timed = new(limit);
        try
        {
            await _process.WaitForExitAsync(timed.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"not within {limit.TotalSeconds:0} s after SIG{signal}: the end of {this}");
        }

        return _process.ExitCode;
    }

    /// <summary>Sends a signal to a process; one that is gone needs none.</summary>
    internal static void Signal(int pid, string signal)
    {
        using Process kill = Process.Start(new ProcessStartInfo("kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardError = true,
        })!;
        kill.WaitForExit();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_command}\n{string.Join('\n', Output)}\n{string.Join('\n', Error)}";

    private static void Take(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }
}
