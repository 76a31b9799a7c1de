using System;
using Weft.Model.Resources;

namespace Weft.Node.Calls;

/// <summary>What a call must be before anything is done for it: names that the store would take, too, and that no path,
/// file or kernel object gives a meaning of its own.</summary>
internal static class CallRules
{
    private const int InvalidEnvironment = 4; // CNI specification: invalid necessary environment variables.
    private const int DecodingFailure = 6; // CNI specification: failed to decode content.
    private const int PathMax = 4095; // PATH_MAX less the final zero.

    /// <summary>What is wrong with a call; none if nothing is.</summary>
    public static AgentFault? FaultOf(AgentCall call) => call.Command switch
    {
        AgentCommand.Status => null,
        AgentCommand.Add => NameFault(call) ?? PlaceFault(call) ?? LabelFault(call),
        AgentCommand.Del or AgentCommand.Check => NameFault(call),
        _ => new AgentFault(DecodingFailure, $"there is no command {call.Command}", "use Add, Del, Check or Status"),
    };

    private static AgentFault? NameFault(AgentCall call)
    {
        if (!ResourceNames.IsDnsLabel(call.Namespace))
        {
            return Wrong("namespace", call.Namespace, "lower-case letters, digits and '-', 63 at most");
        }

        if (!ResourceNames.IsDnsSubdomain(call.Workload))
        {
            return Wrong("workload", call.Workload, "lower-case letters, digits, '-' and '.', 253 at most");
        }

        if (!ResourceNames.IsInterfaceName(call.Interface))
        {
            return Wrong("interface", call.Interface, "letters, digits, '_', '.' and '-', 15 at most");
        }

        // A disconnection may say which workload and leave open which incarnation.
        bool mayBeAbsent = call.Command != AgentCommand.Add;
        return (mayBeAbsent && call.ContainerId is { Length: 0 }) || ResourceNames.IsPlainWord(call.ContainerId)
            ? null
            : Wrong("containerId", call.ContainerId, "letters, digits, '_', '.' and '-', 253 at most");
    }

    private static AgentFault? PlaceFault(AgentCall call) =>
        call.NetworkNamespace is { Length: > 1 and <= PathMax } path && path[0] == '/' && !path.Contains('\0', StringComparison.Ordinal)
            ? null
            : Wrong("networkNamespace", call.NetworkNamespace, "the absolute path of a network namespace");

    private static AgentFault? LabelFault(AgentCall call)
    {
        foreach ((string key, string value) in call.Labels)
        {
            if (!ResourceNames.IsLabelKey(key) || value is null || !ResourceNames.IsLabelValue(value))
            {
                return Wrong("labels", $"{key}={value}", "keys and values as Kubernetes has them");
            }
        }

        return null;
    }

    private static AgentFault Wrong(string field, string? value, string use) => string.IsNullOrEmpty(value)
        ? new AgentFault(InvalidEnvironment, $"the call has no {field}", $"give it: {use}")
        : new AgentFault(InvalidEnvironment, $"the call's {field} cannot be '{Shorten(value)}'", $"use {use}");

    private static string Shorten(string value) => value.Length <= 80 ? value : $"{value.AsSpan(0, 77)}...";
}
