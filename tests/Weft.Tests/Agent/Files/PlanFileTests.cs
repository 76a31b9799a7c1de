using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Weft.Agent.Files;
using Weft.Net;
using Weft.Plan;
using Weft.Plan.Entries;
using Xunit;

namespace Weft.Tests.Agent.Files;

public sealed class PlanFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("weft-t-").FullName;

    private string PathOfPlan => Path.Combine(_directory, "plan.json");

    [Fact]
    public void A_plan_that_does_not_read_is_put_aside()
    {
        string path = PathOfPlan;
        PlanFile file = new(path);
        Assert.Null(file.Read(out string? note));
        Assert.Null(note);
        string[] unreadable =
        [
            "", "{", "null", "[]", """{"revision":1,"upserts":[null]}""",
            """{"revision":1,"upserts":[{"cidr":"10.0.0.0/8"}]}""", """{"revision":1,"upserts":[{"entry":"new kind"}]}""",
        ];
        foreach (string text in unreadable)
        {
            File.WriteAllText(path, text);
            Assert.Null(file.Read(out note));
            Assert.Contains("put aside", note, StringComparison.Ordinal);
            Assert.False(File.Exists(path));
            Assert.Equal(text, File.ReadAllText(path + ".unreadable"));
        }

        Assert.Null(file.Write(new NodePlan().ToSnapshot()));
        Assert.NotNull(file.Read(out note));
        Assert.Null(note);
    }

    [Fact]
    public void A_plan_is_what_its_deltas_made_of_it()
    {
        List<PlanFrame> frames = WriteFrames(20);

        PlanFrame? read = new PlanFile(PathOfPlan).Read(out string? note);

        Assert.Null(note);
        Assert.Equal(PlanAfter(frames, 21).ToJson(), PlanOf(read!).ToJson());
        Assert.Single(File.ReadAllLines(PathOfPlan)); // What was read is folded into one.
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_a_plan_that_was_in_force_or_is_put_aside()
    {
        List<PlanFrame> frames = WriteFrames(4);
        byte[] whole = File.ReadAllBytes(PathOfPlan);
        HashSet<string> inForce = [.. Enumerable.Range(1, 5).Select(n => Text(PlanAfter(frames, n)))];
        HashSet<string> seen = [];
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(PathOfPlan, whole[..length]);
            if (new PlanFile(PathOfPlan).Read(out string? note) is { } read)
            {
                Assert.Contains(Text(PlanOf(read)), inForce);
                seen.Add(Text(PlanOf(read)));
                Assert.NotNull(new PlanFile(PathOfPlan).Read(out note));
                Assert.Null(note); // What was cut off is gone: it is said once.
            }
        }

        Assert.Equal(inForce.Count, seen.Count);
    }

    [Fact]
    public void Deltas_that_outgrow_the_plan_are_folded_by_the_next_whole_plan()
    {
        PlanFile file = new(PathOfPlan);
        NodePlan plan = new();
        PlanFrame first = new() { Revision = 1, Upserts = [Pool(0)] };
        Assert.True(plan.TryApply(first, out _));
        Assert.Null(file.Write(first));
        int deltas = 0;
        while (!file.HasOutgrown)
        {
            deltas++;
            PlanFrame delta = new() { Revision = deltas + 1, Follows = deltas, Upserts = [Pool(deltas % 50)] };
            Assert.True(plan.TryApply(delta, out _));
            Assert.Null(file.Write(delta));
        }

        Assert.InRange(deltas, 1000, 100_000);
        Assert.Null(file.Write(plan.ToSnapshot()));
        Assert.False(file.HasOutgrown);
        Assert.Equal(Text(plan), Text(PlanOf(file.Read(out _)!)));
    }

    [Fact]
    public void After_a_write_that_failed_no_delta_is_taken_before_a_whole_plan_was()
    {
        PlanFile file = new(PathOfPlan);
        NodePlan plan = new();
        PlanFrame[] frames = [new() { Revision = 1, Upserts = [Pool(0)] }, Delta(2), Delta(3), Delta(4)];
        Assert.Null(file.Write(frames[0]));
        string away = _directory + "-away";
        Directory.Move(_directory, away);
        Assert.NotNull(file.Write(frames[1]));
        Directory.Move(away, _directory);
        Assert.Contains("is not there", file.Write(frames[2]), StringComparison.Ordinal);
        Assert.Single(File.ReadAllLines(PathOfPlan));
        Assert.All(frames[..3], f => Assert.True(plan.TryApply(f, out _)));
        Assert.Null(file.Write(plan.ToSnapshot()));
        Assert.True(plan.TryApply(frames[3], out _));
        Assert.Null(file.Write(frames[3]));
        Assert.Equal(Text(plan), Text(PlanOf(new PlanFile(PathOfPlan).Read(out string? note)!)));
        Assert.Null(note);
    }

    [Fact]
    public void A_fold_that_fails_loses_nothing_and_is_not_tried_again_before_the_deltas_have_grown()
    {
        PlanFile file = new(PathOfPlan);
        Assert.Null(file.Write(new PlanFrame { Revision = 1, Upserts = [Pool(0)] }));
        int revision = 1;
        void Grow()
        {
            while (!file.HasOutgrown)
            {
                Assert.Null(file.Write(Delta(++revision)));
            }
        }

        Grow();
        int first = revision;
        Assert.True(PlanFrame.TryRead(File.ReadAllBytes(PathOfPlan).AsSpan(0, File.ReadAllText(PathOfPlan).IndexOf('\n')), out PlanFrame? old, out _));
        string away = _directory + "-away";
        Directory.Move(_directory, away);
        Assert.NotNull(file.Fold(old));
        Directory.Move(away, _directory);
        Assert.False(file.HasOutgrown);
        Assert.Null(file.Write(Delta(++revision)));
        Grow();
        Assert.InRange(revision, first * 3 / 2, first * 3);
        PlanFrame whole = new PlanFile(PathOfPlan).Read(out string? note)!;
        Assert.Null(note);
        Assert.Equal(revision, whole.Revision);
        Assert.Null(file.Fold(whole));
        Assert.False(file.HasOutgrown);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static PoolEntry Pool(int number) => new()
    {
        Name = $"p{number}",
        Cidr = IpPrefix.Parse($"10.{number}.0.0/16"),
        Allocates = number % 2 == 0,
        Tunnels = false,
        BlockSize = 26,
    };

    private static PlanFrame Delta(int revision) =>
        new() { Revision = revision, Follows = revision - 1, Upserts = [Pool(revision % 50)] };

    private List<PlanFrame> WriteFrames(int deltas)
    {
        PlanFile file = new(PathOfPlan);
        List<PlanFrame> frames = [new() { Revision = 1, Upserts = [Pool(0), Pool(1)] }];
        for (int i = 1; i <= deltas; i++)
        {
            frames.Add(new() { Revision = i + 1, Follows = i, Upserts = [Pool(i + 1)], Removals = [PoolEntry.KeyOf($"p{i - 1}")] });
        }

        Assert.All(frames, frame => Assert.Null(file.Write(frame)));
        return frames;
    }

    private static NodePlan PlanAfter(IEnumerable<PlanFrame> frames, int count)
    {
        NodePlan plan = new();
        Assert.All(frames.Take(count), frame => Assert.True(plan.TryApply(frame, out _)));
        return plan;
    }

    private static NodePlan PlanOf(PlanFrame frame) => PlanAfter([frame], 1);

    private static string Text(NodePlan plan) => Convert.ToHexString(plan.ToJson());
}
