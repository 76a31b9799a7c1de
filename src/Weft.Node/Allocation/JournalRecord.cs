using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Weft.Model.Documents;
using Weft.Net;

namespace Weft.Node.Allocation;

/// <summary>One line of the address journal: a fact that is on disk before anything else follows from it.</summary>
/// <remarks>The journal owns which address of the node's blocks is whose (ARCHITECTURE, law 8). Replaying its lines in
/// order gives the address book; the shell frames each line with a checksum.</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "record")]
[JsonDerivedType(typeof(WorkloadAssigned), "assigned")]
[JsonDerivedType(typeof(WorkloadReleasing), "releasing")]
[JsonDerivedType(typeof(WorkloadReleased), "released")]
[JsonDerivedType(typeof(TunnelAssigned), "tunnel")]
[JsonDerivedType(typeof(TunnelReleased), "tunnelReleased")]
[JsonDerivedType(typeof(AddressRested), "rested")]
[JsonDerivedType(typeof(NamespaceSeen), "seen")]
[JsonDerivedType(typeof(AddressLent), "lent")]
[JsonDerivedType(typeof(AddressReturned), "returned")]
[JsonDerivedType(typeof(BlockYielded), "yielded")]
[JsonDerivedType(typeof(BlockSettled), "settled")]
[JsonDerivedType(typeof(RevisionKnown), "revision")]
public abstract record JournalRecord
{
    private protected JournalRecord()
    {
    }

    /// <summary>The record as UTF-8 JSON without a line break.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JournalJson.Default.JournalRecord);

    /// <summary>Reads what <see cref="ToJson"/> wrote; the error says what is wrong.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out JournalRecord? record, out string error)
    {
        record = null;
        error = "";
        try
        {
            record = JsonSerializer.Deserialize(json, JournalJson.Default.JournalRecord);
            error = record is null ? "the record is null" : "";
        }
        catch (Exception malformed) when (malformed is JsonException or NotSupportedException)
        {
            error = malformed.Message;
        }

        return record is not null;
    }
}

/// <summary>Names a workload's interface.</summary>
/// <param name="Namespace">The workload's namespace.</param>
/// <param name="Workload">The workload's name.</param>
/// <param name="Interface">The interface inside it.</param>
public readonly record struct WorkloadId(string Namespace, string Workload, string Interface) : IComparable<WorkloadId>
{
    /// <inheritdoc/>
    public int CompareTo(WorkloadId other)
    {
        int order = string.CompareOrdinal(Namespace, other.Namespace);
        order = order != 0 ? order : string.CompareOrdinal(Workload, other.Workload);
        return order != 0 ? order : string.CompareOrdinal(Interface, other.Interface);
    }

    /// <summary><c>shop/web/eth0</c>.</summary>
    public override string ToString() => $"{Namespace}/{Workload}/{Interface}";
}

/// <summary>A workload has these addresses, from now until it is released.</summary>
public sealed record WorkloadAssigned : JournalRecord
{
    /// <summary>Whose they are.</summary>
    public required WorkloadId Id { get; init; }

    /// <summary>The runtime's id of this incarnation.</summary>
    public required string ContainerId { get; init; }

    /// <summary>The path of the workload's network namespace.</summary>
    public required string NetworkNamespace { get; init; }

    /// <summary>The addresses, in order.</summary>
    public required IReadOnlyList<IpAddress> Addresses { get; init; }

    /// <summary>The network that its runtime connects it to; empty if it does not say.</summary>
    public string Network { get; init => field = value ?? ""; } = "";

    /// <summary>The link-layer address that was asked for; none for the one that follows from its name.</summary>
    public MacAddress? Mac { get; init; }

    /// <summary>What is reached through the gateways; none for everything: the default route of each family of the
    /// addresses. Of several interfaces of one workload only one has that.</summary>
    public IReadOnlyList<IpPrefix>? Routes { get; init; }

    /// <summary>Labels for the endpoint's resource.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? LabelMap.Empty; } = LabelMap.Empty;
}

/// <summary>Which network namespace lies at the workload's path, where the path names a process: another process may have its
/// number some day.</summary>
/// <param name="Id">The workload.</param>
/// <param name="Identity">The namespace, in words that no other one has.</param>
public sealed record NamespaceSeen(WorkloadId Id, string Identity) : JournalRecord;

/// <summary>The workload is being disconnected: a restart goes on with that.</summary>
/// <param name="Id">Which one.</param>
public sealed record WorkloadReleasing(WorkloadId Id) : JournalRecord;

/// <summary>Nothing of the workload is in the kernel; its addresses are free, and rest at the end of the queue.</summary>
/// <param name="Id">Which one.</param>
public sealed record WorkloadReleased(WorkloadId Id) : JournalRecord;

/// <summary>The node's tunnel address of the address's family.</summary>
/// <param name="Address">The address.</param>
public sealed record TunnelAssigned(IpAddress Address) : JournalRecord;

/// <summary>The node has no tunnel address of that family any more.</summary>
/// <param name="Address">The address that is free.</param>
public sealed record TunnelReleased(IpAddress Address) : JournalRecord;

/// <summary>Another node may use this address of our block, until it gives it back.</summary>
/// <param name="Loan">The loan's name in the store, never used for another loan.</param>
/// <param name="Address">The address.</param>
/// <param name="Revision">The revision of the plan that had the loan: an older one without it does not say that it ended.
/// </param>
public sealed record AddressLent(string Loan, IpAddress Address, long Revision = 0) : JournalRecord;

/// <summary>The borrower has given the address back: it is free, and rests.</summary>
/// <param name="Loan">The loan's name.</param>
public sealed record AddressReturned(string Loan) : JournalRecord;

/// <summary>The node is about to give this empty block back: no address of it is given out any more, until it is settled.
/// On disk before the server hears of it: the plan on disk may still show the block when others have it.</summary>
/// <param name="Cidr">The block.</param>
/// <param name="Revision">The revision of the plan on which that was decided.</param>
public sealed record BlockYielded(IpPrefix Cidr, long Revision) : JournalRecord;

/// <summary>What plans from a revision on say of a block counts again.</summary>
/// <param name="Cidr">The block.</param>
/// <param name="Revision">The revision.</param>
public sealed record BlockSettled(IpPrefix Cidr, long Revision) : JournalRecord;

/// <summary>The newest revision that what is written here followed from. Written when the journal is made anew, and when
/// the server has begun another history.</summary>
/// <param name="Revision">The revision.</param>
public sealed record RevisionKnown(long Revision) : JournalRecord;

/// <summary>A free address that was used before. Written when the journal is made anew, oldest first, so that the
/// order of reuse survives.</summary>
/// <param name="Address">The address.</param>
public sealed record AddressRested(IpAddress Address) : JournalRecord;

/// <summary>The JSON of the journal's records.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JournalRecord))]
internal sealed partial class JournalJson : JsonSerializerContext;
