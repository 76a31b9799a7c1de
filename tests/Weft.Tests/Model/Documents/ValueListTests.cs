using System.Collections.Generic;
using Weft.Model.Documents;
using Xunit;

namespace Weft.Tests.Model.Documents;

public sealed class ValueListTests
{
    [Fact]
    public void Lists_with_equal_items_are_equal()
    {
        ValueList<string> a = ["x", "y"];
        ValueList<string> b = ["x", "y"];
        Assert.True(a.Equals(b));
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.False(a.Equals((ValueList<string>)["y", "x"]));
        Assert.Same(ValueList<string>.Empty, (ValueList<string>)[]);
    }

    [Fact]
    public void Label_maps_are_sorted_and_equal_in_any_order()
    {
        LabelMap a = new([KeyValuePair.Create("b", "2"), KeyValuePair.Create("a", "1")]);
        LabelMap b = LabelMap.Empty.With("a", "0").With("b", "2").With("a", "1").With("c", "3").Without("c");
        Assert.True(a.Equals(b));
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.Equal("a=1,b=2", a.ToString());
        Assert.True(a.TryGetValue("b", out string? value));
        Assert.Equal("2", value);
        Assert.False(a.ContainsKey("c"));
    }
}
