using System.Net;
using Weft.App.CommandLine;
using Weft.Plan.Protocol;

namespace Weft.App.Client;

/// <summary>The server answered that it will not; nothing was changed.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="error">What the server says.</param>
internal sealed class ServerRefusal(HttpStatusCode status, ServerError error) : CommandFailure(error.Message)
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>What the server says, with the place of each problem.</summary>
    public ServerError Error { get; } = error;
}
