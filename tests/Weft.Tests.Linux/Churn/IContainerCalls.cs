using System.Threading;
using System.Threading.Tasks;
using Weft.Node.Calls;

namespace Weft.Tests.Linux.Churn;

/// <summary>How a container runtime reaches the agent of a node.</summary>
internal interface IContainerCalls
{
    /// <summary>Makes one call.</summary>
    /// <param name="node">The node.</param>
    /// <param name="call">The call.</param>
    /// <param name="killed">Cancelled when whoever makes the call dies in the middle of it.</param>
    /// <returns>The answer; none if there was none: the plugin or the agent died.</returns>
    Task<AgentAnswer?> AskAsync(string node, AgentCall call, CancellationToken killed);
}
