using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Weft.Net;
using Weft.Node.Brain;
using Xunit;

namespace Weft.Tests.Node.Brain;

/// <summary>Recordings replayed: of a real agent (fixtures/recordings, made by AgentReplayTests), and of a fake one.</summary>
public sealed class RecordingTests
{
    [Fact]
    public void A_recording_of_a_real_agent_replays_to_the_same_actions_byte_for_byte()
    {
        // When this fails because the brain has learned to do better: make the recording anew, and look at the difference.
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "fixtures", "recordings", "agent.jsonl"));
        Assert.Equal(lines, Replay(lines));
    }

    [Fact]
    public void What_a_brain_did_under_faults_replays_to_the_same_actions_byte_for_byte()
    {
        FakeAgent agent = BrainNode.Started(blocks: 0);
        OffloadScriptTests.Meet(agent, Stack.Ipv4, 3);
        agent.Kernel.Spoils.Add("vxlan.weft");
        agent.JournalError = "no space left";
        AgentBrainScriptTests.Connect(agent, "web");
        agent.JournalError = null;
        AgentBrainScriptTests.Connect(agent, "web");
        agent.Server.Refusal = "refused";
        agent.Tell(new BrainEvent.KernelOverrun());
        agent.Tell(new BrainEvent.ServerLost("gone"));
        agent.Run(5);
        Assert.NotEmpty(agent.Kernel.FinishesChecksums);
        string[] lines = [.. agent.Steps.Select(s => JsonSerializer.Serialize(s, BrainJson.Default.RecordedStep))];
        Assert.Equal(lines, Replay(lines));
    }

    private static IEnumerable<string> Replay(IEnumerable<string> lines)
    {
        AgentBrain brain = new();
        foreach (string line in lines)
        {
            using JsonDocument step = JsonDocument.Parse(line);
            Instant now = new(step.RootElement.GetProperty("at").GetInt64());
            BrainEvent? happened = step.RootElement.TryGetProperty("event", out JsonElement told)
                ? told.Deserialize(BrainJson.Default.BrainEvent)
                : null;
            List<BrainAction> actions = [];
            if (happened is null)
            {
                brain.OnDeadline(now, actions);
            }
            else
            {
                brain.Handle(happened, now, actions);
            }

            yield return JsonSerializer.Serialize(
                new RecordedStep(now.Nanoseconds, happened, actions), BrainJson.Default.RecordedStep);
        }
    }
}
