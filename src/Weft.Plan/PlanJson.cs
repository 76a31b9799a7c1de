using System.Collections.Generic;
using System.Text.Json.Serialization;
using Weft.Plan.Protocol;

namespace Weft.Plan;

/// <summary>The JSON of this project's wire types.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PlanFrame))]
[JsonSerializable(typeof(BlockClaim))]
[JsonSerializable(typeof(BlockClaimAnswer))]
[JsonSerializable(typeof(BlockRelease))]
[JsonSerializable(typeof(LoanRequest))]
[JsonSerializable(typeof(LoanRequestAnswer))]
[JsonSerializable(typeof(LoanDecision))]
[JsonSerializable(typeof(NodeReport))]
[JsonSerializable(typeof(AgentRequestLine))]
[JsonSerializable(typeof(AgentReply))]
[JsonSerializable(typeof(IpamStatus))]
[JsonSerializable(typeof(AddressInfo))]
[JsonSerializable(typeof(IpamCheck))]
[JsonSerializable(typeof(ReleaseRequest))]
[JsonSerializable(typeof(ReleaseAnswer))]
[JsonSerializable(typeof(WorkloadPublication))]
[JsonSerializable(typeof(IReadOnlyList<WorkloadPublication>))]
[JsonSerializable(typeof(FleetStatus))]
[JsonSerializable(typeof(ApplyAnswer))]
[JsonSerializable(typeof(ServerError))]
public sealed partial class PlanJson : JsonSerializerContext;
