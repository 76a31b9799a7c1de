using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using Weft.App.Lab.State;

namespace Weft.App.Lab.Workloads;

/// <summary>A file for each workload that the runtime made: written before there is anything to undo, removed
/// after everything is undone. One file for each, so that a change costs the same in a large lab.</summary>
/// <param name="paths">The lab.</param>
internal sealed class WorkloadFiles(LabPaths paths)
{
    private const string Unfinished = "~";

    /// <summary>All workloads that were made.</summary>
    public IReadOnlyList<ConnectedWorkload> ReadAll()
    {
        List<ConnectedWorkload> workloads = [];
        if (!Directory.Exists(paths.Workloads))
        {
            return workloads;
        }

        foreach (string file in Directory.EnumerateFiles(paths.Workloads))
        {
            if (!file.EndsWith(Unfinished, StringComparison.Ordinal) && Read(file) is { } workload)
            {
                workloads.Add(workload);
            }
        }

        workloads.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return workloads;
    }

    /// <summary>Removes what a writer that was killed had not finished; only the one writer may ask for it.</summary>
    public void RemoveUnfinished()
    {
        if (Directory.Exists(paths.Workloads))
        {
            foreach (string file in Directory.EnumerateFiles(paths.Workloads, "*" + Unfinished))
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>Writes a workload's file: whole or not at all.</summary>
    public void Write(ConnectedWorkload workload)
    {
        Directory.CreateDirectory(paths.Workloads);
        string file = PathOf(workload.Name);
        File.WriteAllBytes(
            file + Unfinished,
            JsonSerializer.SerializeToUtf8Bytes(workload, WorkloadJson.Default.ConnectedWorkload));
        File.Move(file + Unfinished, file, overwrite: true);
    }

    /// <summary>Removes a workload's file.</summary>
    public void Remove(string workload) => File.Delete(PathOf(workload));

    private string PathOf(string workload) => Path.Combine(paths.Workloads, workload);

    private static ConnectedWorkload? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), WorkloadJson.Default.ConnectedWorkload);
        }
        catch (FileNotFoundException)
        {
            return null; // Removed while the folder was read.
        }
    }
}
