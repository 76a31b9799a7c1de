using System.Linq;
using Weft.Linux.Processes;
using Xunit;

namespace Weft.Tests.Linux.Processes;

public sealed class ProgramPagesTests
{
    // A page that the loader has written into is the process's own, also when it can only be read by now, or is swapped out: it
    // must stay. What the kernel says nothing of, too.
    [Theory]
    [InlineData("00404000-01232000 r-xp 00004000 fe:00 33 /usr/bin/weft|Rss: 11232 kB|Anonymous: 0 kB|Swap: 0 kB", 0x404000, 0xe2e000, 11232)]
    [InlineData("7f5a00000000-7f5a00001000 r--s 00000000 fe:00 7 /usr/lib/a b|Rss: 4 kB|Anonymous: 0 kB|Swap: 0 kB", 0x7f5a00000000, 0x1000, 4)]
    [InlineData("00404000-01232000 r-xp 00004000 fe:00 33 /usr/bin/weft|Rss: 0 kB|Anonymous: 0 kB|Swap: 0 kB")]
    [InlineData("00404000-01232000 r--p 00004000 fe:00 33 /usr/bin/weft|Rss: 16 kB|Anonymous: 4 kB|Swap: 0 kB")]
    [InlineData("00404000-01232000 r--p 00004000 fe:00 33 /usr/bin/weft|Rss: 16 kB|Anonymous: 0 kB|Swap: 4 kB")]
    [InlineData("00404000-01232000 r--p 00004000 fe:00 33 /usr/bin/weft|Rss: 16 kB|Anonymous: 0 kB")]
    [InlineData("00404000-01232000 r--p 00004000 fe:00 33 /usr/bin/weft|Rss: 16 kB|Swap: 0 kB")]
    [InlineData("00404000-01232000 r--p 00004000 fe:00 33 /usr/bin/weft|Rss: 16 kB|Anonymous: much|Swap: 0 kB")]
    [InlineData("00404000-01232000 rw-p 00004000 fe:00 33 /usr/bin/weft|Rss: 16 kB|Anonymous: 0 kB|Swap: 0 kB")]
    [InlineData("00404000-01232000 ---p 00004000 fe:00 33 /usr/bin/weft|Rss: 16 kB|Anonymous: 0 kB|Swap: 0 kB")]
    [InlineData("00404000-01232000 r--p 00000000 00:00 0|Rss: 16 kB|Anonymous: 0 kB|Swap: 0 kB")]
    [InlineData("7ffd000-7ffe000 r-xp 00000000 00:00 0 [vdso]|Rss: 4 kB|Anonymous: 0 kB|Swap: 0 kB")]
    [InlineData("no mapping|Rss: 4 kB|Anonymous: 0 kB|Swap: 0 kB")]
    public void Only_what_is_as_it_is_in_its_file_is_given_back(string lines, long start = 0, long length = 0, long kilobytes = 0) =>
        Assert.Equal(
            length == 0 ? [] : [((nint)start, (nuint)length, 1024 * kilobytes)],
            ProgramPages.Clean(lines.Split('|')));

    [Fact]
    public void Each_mapping_is_judged_by_its_own_lines()
    {
        string[] lines =
        [
            "1000-2000 r-xp 00000000 fe:00 1 /a", "Rss: 4 kB", "Anonymous: 0 kB", "Swap: 0 kB", "VmFlags: rd ex mr mw me",
            "2000-3000 r--p 00001000 fe:00 1 /a", "Rss: 4 kB", "Anonymous: 4 kB", "Swap: 0 kB",
            "3000-4000 rw-p 00002000 fe:00 1 /a", "Rss: 4 kB", "Anonymous: 0 kB", "Swap: 0 kB",
            "4000-6000 r--p 00003000 fe:00 1 /a", "Rss: 8 kB", "Anonymous: 0 kB", "Swap: 0 kB",
        ];
        Assert.Equal([(0x1000, 0x1000, 4096), (0x4000, 0x2000, 8192)], ProgramPages.Clean(lines).Select(m => ((int)m.Start, (int)m.Length, (int)m.Resident)));
    }
}
