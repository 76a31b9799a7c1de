using System;

namespace Weft.App.Lab.Workloads;

/// <summary>A workload cannot be made or undone now.</summary>
/// <param name="message">Why, in one line.</param>
/// <param name="final">Whether trying again will not help until the endpoint is changed.</param>
internal sealed class WorkloadFailure(string message, bool final) : Exception(message)
{
    /// <summary>Whether trying again will not help until the endpoint is changed.</summary>
    public bool Final { get; } = final;
}
