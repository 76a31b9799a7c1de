using System;
using System.IO;
using System.Text.Json;
using Weft.Linux.Files;
using Weft.Netlink;
using Weft.Plan;

namespace Weft.Agent.Files;

/// <summary>The last plan on disk: a line for a whole plan, and one for each delta that came after it.</summary>
/// <remarks>
/// A delta costs what changed, not what the plan holds. It is not flushed: it survives the end of the process, and after a
/// loss of power the kernel holds nothing that an older plan could take back; the server sends what is missing. So a line
/// that was cut off ends the file, and what is before it is a plan that was in force. After a write that failed no delta is
/// taken before a whole plan was: one in between is missing.
/// </remarks>
/// <param name="path">The file.</param>
internal sealed class PlanFile(string path)
{
    /// <summary>The file's name within the state directory.</summary>
    public const string Name = "plan.json";

    /// <summary>The name of one that did not read and was put aside.</summary>
    public const string Unreadable = Name + ".unreadable";

    private const byte LineEnd = (byte)'\n';

    // Deltas that together are larger than the plan, and than this, are folded into it.
    private const long FoldAbove = 1 << 20;

    private long _plan;
    private long _deltas;
    private long _foldedInVain;
    private string? _gap;

    /// <summary>Whether the deltas have outgrown the plan: it is time to <see cref="Fold"/> them.</summary>
    public bool HasOutgrown => _deltas - _foldedInVain > Math.Max(FoldAbove, _plan);

    /// <summary>The last plan; none on a new node. One that does not read is put aside and asked for anew: unlike the
    /// journal it holds nothing that the server does not.</summary>
    public PlanFrame? Read(out string? note)
    {
        note = null;
        try
        {
            return File.Exists(path) ? Read(File.ReadAllBytes(path), out note) : null;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new AgentRefusedException($"the plan {path} cannot be read: {failed.Message}");
        }
    }

    /// <summary>Puts a whole plan in the place of the last one, or a delta behind it.</summary>
    /// <returns>Why it was not written; none if it survives the end of this process, and a whole plan a loss of power.
    /// </returns>
    public string? Write(PlanFrame frame)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(frame, PlanJson.Default.PlanFrame), LineEnd];
        if (frame.Follows is not null && _gap is { } before)
        {
            return $"a change before it is not there: {before}";
        }

        _gap = (frame.Follows is null ? Replace(line) : Append(line))?.ToString();
        return _gap;
    }

    /// <summary>Puts a whole plan in the place of a plan and deltas that say the same. If that fails, what is there is as
    /// good as before, and it is time again when the deltas have grown by as much once more.</summary>
    /// <returns>Why it was not done; none if it was.</returns>
    public string? Fold(PlanFrame whole)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(whole, PlanJson.Default.PlanFrame), LineEnd];
        KernelError? failed = Replace(line);
        _gap = failed is null ? null : _gap;
        _foldedInVain = failed is null ? 0 : _deltas;
        return failed?.ToString();
    }

    private KernelError? Replace(byte[] line)
    {
        KernelError? failed = DurableFile.Replace(path, line);
        if (failed is null)
        {
            (_plan, _deltas, _foldedInVain) = (line.Length, 0, 0);
        }

        return failed;
    }

    private KernelError? Append(byte[] line)
    {
        if (AppendFile.Open(path, out AppendFile? file, flushes: false) is { } unopened)
        {
            return unopened;
        }

        using (file)
        {
            KernelError? failed = file!.Append(line);
            _deltas += failed is null ? line.Length : 0;
            return failed;
        }
    }

    private PlanFrame? Read(ReadOnlySpan<byte> bytes, out string? note)
    {
        int end = EndOfLine(bytes);
        if (!PlanFrame.TryRead(bytes[..end], out PlanFrame? whole, out string error)
            || (whole.Follows is not null && (error = "it begins with a delta").Length > 0))
        {
            string aside = Path.Combine(Path.GetDirectoryName(path)!, Unreadable);
            File.Move(path, aside, overwrite: true);
            note = $"{path} does not read ({error}): put aside as {aside}, and the plan is asked for anew";
            return null;
        }

        NodePlan plan = new();
        plan.TryApply(whole, out _);
        int start = end + 1;
        int deltas = 0;
        while (start < bytes.Length)
        {
            end = start + EndOfLine(bytes[start..]);
            if (!PlanFrame.TryRead(bytes[start..end], out PlanFrame? delta, out _) || delta.Follows is null
                || !plan.TryApply(delta, out _))
            {
                break;
            }

            deltas++;
            start = end + 1;
        }

        note = start < bytes.Length
            ? $"{path}: a delta was cut off after revision {plan.Revision}: dropped, the server sends it again"
            : null;
        PlanFrame read = plan.ToSnapshot();
        if (deltas > 0 || start != bytes.Length)
        {
            // Folded, and without what was cut off. If that fails, the brain's first write will say so.
            Write(read);
        }

        return read;
    }

    private static int EndOfLine(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf(LineEnd);
        return end < 0 ? bytes.Length : end;
    }
}
