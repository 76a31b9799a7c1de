using Weft.Linux.Processes;
using Xunit;

namespace Weft.Tests.Linux.Processes;

public sealed class ProgramPagesTests
{
    [Fact]
    public void What_was_given_back_is_not_resident_and_the_program_goes_on()
    {
        long before = ProgramPages.LetGo();
        long after = ProgramPages.LetGo();
        Assert.InRange(after, 1, before - 1);
    }
}
