using System.Collections.Generic;
using System.Linq;
using CsCheck;
using Weft.Node.Kernel;
using Xunit;

namespace Weft.Tests.Node.Kernel;

public sealed class DeltaMapTests
{
    private static readonly Gen<(bool Desire, int Key, int Value)> AnyChange =
        Gen.Select(Gen.Bool, Gen.Int[0, 5], Gen.Int[0, 2]);

    [Fact]
    public void Pending_are_the_keys_in_which_the_two_pictures_differ_in_order()
    {
        AnyChange.Array[0, 60].Sample(changes =>
        {
            DeltaMap<int, string> map = new(v => v.EndsWith('1') ? null : v);
            Dictionary<int, string> desired = [];
            Dictionary<int, string> actual = [];
            foreach ((bool desire, int key, int value) in changes)
            {
                Dictionary<int, string> model = desire ? desired : actual;
                string? text = value == 0 ? null : $"value {value}";
                if (text is null)
                {
                    model.Remove(key);
                }
                else
                {
                    model[key] = text;
                }

                if (desire)
                {
                    map.Desire(key, text);
                }
                else
                {
                    map.Observe(key, text);
                }

                int[] differ = [.. desired.Keys.Union(actual.Keys).Order()
                    .Where(k => desired.GetValueOrDefault(k) != actual.GetValueOrDefault(k))];
                Assert.Equal(differ, map.Pending);
                Assert.Equal(actual.Where(p => p.Value == "value 2").OrderBy(p => p.Key).Select(p => p.Value), map.ActualOf("value 2"));
                Assert.Empty(map.ActualOf("value 1"));
                Assert.All(Enumerable.Range(0, 6), k => Assert.Equal(differ.Contains(k), map.IsPending(k)));
            }

            Assert.Equal(desired.OrderBy(p => p.Key), map.Desired.OrderBy(p => p.Key));
            Assert.Equal(actual.OrderBy(p => p.Key), map.Actual.OrderBy(p => p.Key));
        });
    }
}
