using System.Text.Json.Serialization;
using Weft.Net;

namespace Weft.Plan.Protocol;

/// <summary>A line of an agent's plan stream that is not a frame: the server asks the agent something. The agent answers with
/// <c>POST /v1/nodes/{node}/answers/{id}</c>.</summary>
/// <remarks>Requests go the way of the plan, so that a node costs one connection and an agent listens on no port.</remarks>
/// <param name="Ask">The request's id, which the answer carries. No frame has a member of this name.</param>
/// <param name="Request">What is asked.</param>
public sealed record AgentRequestLine(string Ask, AgentRequest Request);

/// <summary>What a server asks an agent. The family is closed.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "request")]
[JsonDerivedType(typeof(Audit), "audit")]
[JsonDerivedType(typeof(ReleaseAddress), "releaseAddress")]
public abstract record AgentRequest
{
    private AgentRequest()
    {
    }

    /// <summary>What the node's journal and kernel say of addresses, looked at now; answered with
    /// <see cref="AgentReply.Audited"/>.</summary>
    public sealed record Audit : AgentRequest;

    /// <summary>Free an address that nobody uses any more; answered with <see cref="AgentReply.Released"/>, or refused with
    /// what uses it.</summary>
    /// <param name="Address">The address.</param>
    public sealed record ReleaseAddress(IpAddress Address) : AgentRequest;
}

/// <summary>What an agent answers. The family is closed.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "reply")]
[JsonDerivedType(typeof(Audited), "audited")]
[JsonDerivedType(typeof(Released), "released")]
[JsonDerivedType(typeof(Refused), "refused")]
public abstract record AgentReply
{
    private AgentReply()
    {
    }

    /// <summary>The audit of a node.</summary>
    /// <param name="Audit">What it found.</param>
    public sealed record Audited(NodeAudit Audit) : AgentReply;

    /// <summary>The address is free: that is on the node's disk.</summary>
    /// <param name="Owner">Whose it was.</param>
    public sealed record Released(string Owner) : AgentReply;

    /// <summary>The agent does not do it.</summary>
    /// <param name="Why">Why, in one line.</param>
    public sealed record Refused(string Why) : AgentReply;
}
