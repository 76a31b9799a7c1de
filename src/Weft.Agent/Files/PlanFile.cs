using System;
using System.IO;
using Weft.Linux.Files;
using Weft.Plan;

namespace Weft.Agent.Files;

/// <summary>The last plan on disk: replaced whole, so that it is always one plan or another.</summary>
/// <param name="path">The file.</param>
internal sealed class PlanFile(string path)
{
    /// <summary>The last plan; none on a new node. One that does not read is put aside and asked for anew: unlike the
    /// journal it holds nothing that the server does not.</summary>
    public PlanFrame? Read(out string? note)
    {
        note = null;
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            if (PlanFrame.TryRead(File.ReadAllBytes(path), out PlanFrame? frame, out string error))
            {
                return frame;
            }

            File.Move(path, path + ".unreadable", overwrite: true);
            note = $"{path} does not read ({error}): put aside as {path}.unreadable, and the plan is asked for anew";
            return null;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new AgentRefusedException($"the plan {path} cannot be read: {failed.Message}");
        }
    }

    /// <summary>Replaces the plan.</summary>
    /// <returns>Why it was not replaced; none if it will survive a loss of power.</returns>
    public string? Write(byte[] json) => DurableFile.Replace(path, json)?.ToString();
}
