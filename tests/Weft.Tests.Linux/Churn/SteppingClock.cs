using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Xunit;

namespace Weft.Tests.Linux.Churn;

/// <summary>A wall clock for processes of a test, which can be stepped: the kernel's CLOCK_REALTIME is one for the whole
/// machine, so libfaketime answers for it. The monotonic clock stays the kernel's, as it does when a clock is set.
/// </summary>
internal sealed class SteppingClock
{
    private const string Library = "libfaketimeMT.so.1";

    private readonly string _file;

    /// <summary>A clock that goes right until it is stepped. Skips the test where libfaketime is not installed.</summary>
    /// <param name="file">Where its offset is written; every process looks at it again each second.</param>
    public SteppingClock(string file)
    {
        string? library = Directory.EnumerateDirectories("/usr/lib").Append("/usr/lib")
            .Select(folder => Path.Combine(folder, "faketime", Library)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(library is null, "needs Debian's libfaketime");
        _file = file;
        Set(TimeSpan.Zero);
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = library!,
            ["FAKETIME_TIMESTAMP_FILE"] = file,
            ["FAKETIME_CACHE_DURATION"] = "1",
            ["DONT_FAKE_MONOTONIC"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",

            // Its mend for glibc's waiting on the monotonic clock makes .NET's waits return at once.
            ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
        };
    }

    /// <summary>Variables of a process that shall read this clock.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>How far it is from the machine's.</summary>
    public TimeSpan Offset { get; private set; }

    /// <summary>Steps it.</summary>
    public void Set(TimeSpan offset)
    {
        Offset = offset;
        string next = _file + ".next";
        File.WriteAllText(next, string.Create(CultureInfo.InvariantCulture, $"{offset.TotalSeconds:+0;-0;+0}\n"));
        File.Move(next, _file, overwrite: true);
    }
}
