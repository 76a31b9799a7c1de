using System;
using System.Collections.Generic;
using CsCheck;
using Weft.Net;
using Xunit;

namespace Weft.Tests.Node.Allocating;

/// <summary>Nodes, servers with old views and one store, driven at random: crashes at any record, lost, repeated and reordered
/// messages, changes of pools, nodes that are deleted and come again. The specification is a set: an address has at most one user, and that user's node has it from
/// the store; in the end nothing is lost.</summary>
public sealed class AllocationModelTests
{
    // Few of everything, so that they meet each other.
    private static readonly Gen<(int What, int Which, int How)> AnyStep = Gen.Select(Gen.Int[0, 21], Gen.Int[0, 11], Gen.Int[0, 59]);

    // Without nodes that are deleted: what they had is whose the store says it is, also a restored one.
    private static readonly Gen<(int What, int Which, int How)> StepOfNodesThatStay = AnyStep.Where(step => step.What < 20);

    [Fact]
    public void An_address_never_has_two_users_and_none_is_lost_whatever_happens()
    {
        AnyStep.Array[1, 120].Sample(
            steps =>
            {
                ModelFleet fleet = new();
                foreach ((int what, int which, int how) in steps)
                {
                    fleet.Do(what, which, how);
                    fleet.AssertOneUserEach();
                }

                fleet.Heal();
                fleet.AssertNothingIsLost();
            },
            iter: CasesOf("WEFT_TEST_ALLOCATIONS", 1_000));
    }

    [Fact]
    public void A_store_that_is_restored_from_an_older_copy_doubles_no_address_and_takes_none_from_its_user()
    {
        Gen.Select(StepOfNodesThatStay.Array[1, 60], Gen.Int[1, 40], Gen.Int[0, 2], Gen.Int[0, 59].Array[1, 12]).Sample(
            (steps, back, order, wanted) =>
            {
                ModelFleet fleet = new();
                foreach ((int what, int which, int how) in steps)
                {
                    fleet.Do(what, which, how);
                }

                fleet.Recover();
                IReadOnlyDictionary<string, IpAddress[]> before = fleet.OwnAddressesUsed();
                foreach (int how in wanted)
                {
                    fleet.Do(0, how, how); // Nobody hears of them before the store is lost.
                }

                fleet.Restore(back, order);
                fleet.AssertNothingWasTakenFrom(before);
            },
            iter: CasesOf("WEFT_TEST_ALLOCATIONS", 1_000) / 2);
    }

    // More of them where somebody has the time: a failure names its seed, which CsCheck_Seed repeats.
    private static long CasesOf(string variable, long usual) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), out long asked) ? asked : usual;
}
