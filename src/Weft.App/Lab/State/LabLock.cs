using System;
using System.IO;
using System.Runtime.Versioning;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.Net;

namespace Weft.App.Lab.State;

/// <summary>Excludes other commands that change the same lab, and, while names are claimed, of any lab.</summary>
/// <remarks>Byte ranges of one file that is never removed, so that no lab leaves a file behind. The kernel
/// gives them up when the process dies. Two labs whose names share a hash wait for each other, which harms
/// nobody.</remarks>
[SupportedOSPlatform("linux")]
internal sealed class LabLock : IDisposable
{
    /// <summary>How long a command waits for another one to finish with the lab.</summary>
    public static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private readonly FileStream _file;

    private LabLock(FileStream file) => _file = file;

    /// <summary>Waits until nobody else changes the lab.</summary>
    public static async Task<LabLock> TakeAsync(string lab, CancellationToken cancelled)
    {
        Directory.CreateDirectory(LabPaths.Root);
        FileStream file = new(LabPaths.Locks, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        try
        {
            await WaitForAsync(file, RangeOf(lab), $"another command is changing lab '{lab}'", cancelled)
                ;
            return new LabLock(file);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until nobody else claims names of namespaces; <see cref="EndClaim"/> ends it.</summary>
    public Task BeginClaimAsync(CancellationToken cancelled) =>
        WaitForAsync(_file, 0, "another lab is being created", cancelled);

    /// <summary>Lets others claim names.</summary>
    public void EndClaim() => _file.Unlock(0, 1);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static long RangeOf(string lab) => 1 + (long)(StableHash.Of("lab", lab) >> 2);

    private static async Task WaitForAsync(FileStream file, long range, string what, CancellationToken cancelled)
    {
        long started = Environment.TickCount64;
        while (true)
        {
            try
            {
                file.Lock(range, 1);
                return;
            }
            catch (IOException)
            {
                if (Environment.TickCount64 - started > WaitLimit.TotalMilliseconds)
                {
                    throw new CommandFailure($"{what}, for more than {WaitLimit.TotalSeconds:0} s");
                }
            }

            await Task.Delay(Pause, cancelled);
        }
    }
}
