namespace Weft.App.Lab.Workloads;

/// <summary>Who a workload of a lab is.</summary>
/// <param name="Name">The workload's name.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Node">The node it is on.</param>
internal sealed record WorkloadIdentity(string Name, string Namespace, string Node);
