using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Weft.Linux.Namespaces;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>A lab of one test, brought up with the shipped binary in a runtime folder of its own; taken down whole when
/// disposed. What its daemons said is in the output of the test.</summary>
internal sealed class RunningLab : IAsyncDisposable
{
    private const int LogLinesMax = 60;
    private static int _number;

    private RunningLab(string name, string runtimeDirectory) => (Name, RuntimeDirectory) = (name, runtimeDirectory);

    /// <summary>The lab's name: no other test has it.</summary>
    public string Name { get; }

    /// <summary>Its <c>WEFT_RUNTIME_DIR</c>.</summary>
    public string RuntimeDirectory { get; }

    /// <summary>The lab's own folder.</summary>
    public string Folder => Path.Combine(RuntimeDirectory, "lab", Name);

    /// <summary>Brings a lab up from the text of its file; it must succeed.</summary>
    public static async Task<RunningLab> StartAsync(string yaml, params string[] options)
    {
        RunningLab lab = Prepare();
        try
        {
            (await lab.UpAsync(yaml, options)).Must();
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>A name and a folder for a lab that the test brings up itself.</summary>
    /// <param name="parent">Where the folder is made; with other temporary files unless given.</param>
    public static RunningLab Prepare(string? parent = null)
    {
        // The folder is made when it is sure that there is something to test.
        _ = ShippedWeft.Path;
        string name = FormattableString.Invariant($"t{Environment.ProcessId}x{Interlocked.Increment(ref _number)}");
        string folder = parent is null ? Directory.CreateTempSubdirectory("weft-t-").FullName : Path.Combine(parent, "run");
        return new RunningLab(name, Directory.CreateDirectory(folder).FullName);
    }

    /// <summary><c>weft lab up</c> with this text.</summary>
    public Task<Ran> UpAsync(string yaml, params string[] options) =>
        RunAsync(["lab", "up", "--name", Name, "-f", "-", .. options], yaml);

    /// <summary>Runs <c>weft</c> with this lab's runtime folder.</summary>
    public Task<Ran> RunAsync(IReadOnlyList<string> arguments, string input = "") =>
        ShippedWeft.RunAsync(RuntimeDirectory, arguments, input);

    /// <summary>Runs <c>weft lab VERB --name NAME ...</c>.</summary>
    public Task<Ran> LabAsync(string verb, params string[] arguments) =>
        RunAsync(["lab", verb, "--name", Name, .. arguments]);

    /// <summary>Runs a command against the lab's server.</summary>
    public Task<Ran> WeftAsync(params string[] arguments) => RunAsync([.. arguments, "--lab", Name]);

    /// <summary><c>weft apply --wait</c>; it must succeed.</summary>
    public async Task<Ran> ApplyAsync(string yaml) =>
        (await RunAsync(["apply", "--wait", "--lab", Name, "-f", "-"], yaml)).Must();

    /// <summary>What <c>weft get KIND -o json</c> prints: an array.</summary>
    public async Task<JsonElement> GetAsync(string kind) => (await WeftAsync("get", kind, "-o", "json")).Must().Json;

    /// <summary>What <c>weft lab status -o json</c> prints.</summary>
    public async Task<JsonElement> StatusAsync() => (await LabAsync("status", "-o", "json")).Must().Json;

    /// <summary>A workload's first address, as the lab says it.</summary>
    public async Task<string> AddressOfAsync(string workload) => (await AddressesAsync(workload))[0];

    /// <summary>A workload's addresses; none before it is connected.</summary>
    public async Task<string[]> AddressesAsync(string workload) =>
    [
        .. (await StatusAsync()).GetProperty("workloads").EnumerateArray()
            .Single(w => w.GetProperty("name").GetString() == workload)
            .GetProperty("addresses").EnumerateArray().Select(address => address.GetString()!),
    ];

    /// <summary>The network namespace of a member.</summary>
    public string NamespaceOf(string member) => $"weft-{Name}-{member}";

    /// <summary>The path of a member's network namespace.</summary>
    public string PathOf(string member) => NetworkNamespace.PathOf(NamespaceOf(member));

    /// <summary>Runs <c>ip</c> inside a member; it must succeed.</summary>
    public string Ip(string member, string arguments) => Tool.Run("ip", $"-n {NamespaceOf(member)} {arguments}");

    /// <summary>Waits for a condition; fails with what is wrong when it does not come true in time.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition, string what, int seconds = 20)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed.TotalSeconds < seconds, $"not within {seconds} s: {what}\n{ReadLogs()}");
            await Task.Delay(10);
        }
    }

    /// <summary>The lab's own processes whose command line holds these words, one after the other.</summary>
    public IReadOnlyList<int> Daemons(params string[] words) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0]))
            .Where(pid => ReadOrEmpty($"/proc/{pid}/cmdline") is string line && line.Contains(Folder, StringComparison.Ordinal)
                && line.Contains($"\0{string.Join('\0', words)}", StringComparison.Ordinal))
            .Select(pid => int.Parse(pid!, CultureInfo.InvariantCulture)),
    ];

    /// <summary><c>kill -9</c> of the one process of the lab whose command line holds these words; returns when it is
    /// dead.</summary>
    public void Kill(params string[] words)
    {
        int pid = Assert.Single(Daemons(words));
        using Process process = Process.GetProcessById(pid);
        process.Kill();

        // A dead process has no command line, also while nobody has buried it.
        Assert.True(SpinWait.SpinUntil(() => ReadOrEmpty($"/proc/{pid}/cmdline").Length == 0, TimeSpan.FromSeconds(20)));
    }

    /// <summary>The last lines of what every daemon said.</summary>
    public string ReadLogs()
    {
        StringBuilder text = new();
        string logs = Path.Combine(Folder, "logs");
        string[] files = Directory.Exists(logs) ? Directory.GetFiles(logs) : [];
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            text.Append("-- ").AppendLine(Path.GetFileName(file));
            text.AppendJoin('\n', File.ReadLines(file).TakeLast(LogLinesMax)).AppendLine();
        }

        return text.ToString();
    }

    private static string ReadOrEmpty(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return ""; // It has ended.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Shown by the runner for failed tests only.
        TestContext.Current.TestOutputHelper?.WriteLine(ReadLogs());
        (await LabAsync("down")).Must();
        Assert.DoesNotContain(NetworkNamespace.List(), name => name.StartsWith($"weft-{Name}-", StringComparison.Ordinal));
        Directory.Delete(RuntimeDirectory, recursive: true);
    }
}
