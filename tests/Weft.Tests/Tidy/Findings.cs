using System.Collections.Generic;
using Xunit;

namespace Weft.Tests.Tidy;

/// <summary>An assertion that shows all it found, one a line.</summary>
internal static class Findings
{
    public static void None(IEnumerable<string> found)
    {
        List<string> all = [.. found];
        if (all.Count > 0)
        {
            Assert.Fail($"{all.Count} found:\n{string.Join('\n', all)}");
        }
    }
}
