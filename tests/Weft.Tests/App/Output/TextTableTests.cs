using System.IO;
using Weft.App.Output;
using Xunit;

namespace Weft.Tests.App.Output;

public sealed class TextTableTests
{
    [Fact]
    public void Columns_are_as_wide_as_their_widest_cell_and_empty_cells_are_dashes()
    {
        TextTable table = new("NAME", "NODE");
        table.Add("web", "");
        table.Add("a-long-name", "n1");
        Assert.Equal(
            """
            NAME          NODE
            web           -
            a-long-name   n1

            """,
            Written(table));
    }

    [Fact]
    public void A_cell_of_several_lines_stays_in_its_row()
    {
        TextTable table = new("NAME");
        table.Add("one\ntwo");
        Assert.Equal("NAME\none two\n", Written(table));
    }

    [Fact]
    public void A_table_without_rows_has_its_headings()
    {
        Assert.Equal("NAME\n", Written(new TextTable("NAME")));
    }

    private static string Written(TextTable table)
    {
        using StringWriter writer = new() { NewLine = "\n" };
        table.WriteTo(writer);
        return writer.ToString().ReplaceLineEndings("\n");
    }
}
