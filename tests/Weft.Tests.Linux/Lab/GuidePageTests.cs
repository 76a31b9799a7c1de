using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Weft.Tests.Linux.Lab;

/// <summary>What the guide shows is what happens: each command of a page is run in the lab that the page brings up.</summary>
public sealed class GuidePageTests
{
    private const string Up = "weft lab up -f ";
    private const string Capture = "weft capture ";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("anatomy.md", 20)]
    public async Task Each_command_of_a_page_prints_what_the_page_says(string page, int stepsMin)
    {
        List<GuideStep> steps = GuidePage.Read(Path.Combine(ShippedWeft.Repository, "docs", "guide", page));
        Assert.True(steps.Count >= stepsMin);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("weft-t-");
        RunningLab? lab = null;
        List<string> findings = [];
        try
        {
            GuideText text = new();
            List<(GuideStep Step, Process Process, string First)> captures = [];
            foreach (GuideStep step in steps)
            {
                if (step.Command.StartsWith(Up, StringComparison.Ordinal))
                {
                    Assert.Null(lab);
                    lab = await RunningLab.StartAsync(
                        await File.ReadAllTextAsync(
                            Path.Combine(ShippedWeft.Repository, step.Command[Up.Length..]), TestContext.Current.CancellationToken));
                    text = new GuideText();
                    continue;
                }

                Assert.NotNull(lab);
                if (step.Command == "weft lab down")
                {
                    await lab.DisposeAsync();
                    lab = null;
                    continue;
                }

                Process process = Start(text.Here(step.Command, lab.Name), lab, folder.FullName);
                if (step.Command.StartsWith(Capture, StringComparison.Ordinal))
                {
                    using CancellationTokenSource soon = new(Limit);
                    string? first = await process.StandardOutput.ReadLineAsync(soon.Token);
                    Assert.StartsWith("weft: capturing on ", first, StringComparison.Ordinal);
                    captures.Add((step, process, first!));
                    continue;
                }

                string printed = await EndAsync(process);
                if (step.Command == "weft lab status")
                {
                    text.Learn(step.Output, LinesOf(printed));
                }

                Compare(step, printed, text, lab, findings);
                foreach ((GuideStep captured, Process reader, string first) in captures)
                {
                    Compare(captured, $"{first}\n{await EndAsync(reader)}", text, lab, findings);
                }

                captures.Clear();
            }

            Assert.Empty(captures);
        }
        finally
        {
            if (lab is not null)
            {
                await lab.DisposeAsync();
            }

            folder.Delete(recursive: true);
        }

        Assert.True(findings.Count == 0, string.Join("\n", findings));
    }

    private static void Compare(GuideStep step, string printed, GuideText text, RunningLab lab, List<string> findings)
    {
        List<string> expected = [.. step.Output.Select(line => GuideText.Lasting(text.Here(line, lab.Name))).Where(IsText)];
        List<string> actual = [.. LinesOf(printed).Select(GuideText.Lasting).Where(IsText)];
        if (!expected.SequenceEqual(actual))
        {
            findings.Add($"$ {step.Command}\nis to print:\n{string.Join('\n', expected)}\nprints:\n{string.Join('\n', actual)}\n");
        }
    }

    private static bool IsText(string line) => line.Length > 0;

    private static string[] LinesOf(string printed) => printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static Process Start(string command, RunningLab lab, string folder)
    {
        Process process = new();
        process.StartInfo = new ProcessStartInfo("bash", ["-c", $"exec 2>&1 < /dev/null; {command}"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        process.StartInfo.Environment["WEFT_RUNTIME_DIR"] = lab.RuntimeDirectory;
        process.StartInfo.Environment["LC_ALL"] = "C.UTF-8";
        process.StartInfo.Environment["PATH"] =
            $"{Path.GetDirectoryName(ShippedWeft.Path)}:{Environment.GetEnvironmentVariable("PATH")}";
        process.Start();
        return process;
    }

    private static async Task<string> EndAsync(Process process)
    {
        using (process)
        {
            using CancellationTokenSource soon = new(Limit);
            try
            {
                string printed = await process.StandardOutput.ReadToEndAsync(soon.Token);
                await process.WaitForExitAsync(soon.Token);
                return printed;
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"{process.StartInfo.ArgumentList[1]} did not end");
            }
        }
    }
}
