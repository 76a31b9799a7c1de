using System;
using Weft.Model.Resources;
using Weft.Node.Kernel;

namespace Weft.Node.Calls;

/// <summary>What a call must be before anything is done for it: names that the store would take, too, and that no path,
/// file or kernel object gives a meaning of its own.</summary>
internal static class CallRules
{
    private const int PathMax = 4095; // PATH_MAX less the final zero.

    /// <summary>What is wrong with a call; none if nothing is.</summary>
    public static AgentFault? FaultOf(AgentCall call) => call.Command switch
    {
        AgentCommand.Status => null,
        AgentCommand.Add => NameFault(call) ?? PlaceFault(call) ?? LabelFault(call) ?? MacFault(call),
        AgentCommand.Del or AgentCommand.Check => NameFault(call),
        AgentCommand.Cni => call.Cni is null
            ? new AgentFault(FaultCodes.DecodingFailure, "a call of the CNI plugin has no request", "give it in \"cni\"")
            : null,
        _ => new AgentFault(FaultCodes.DecodingFailure, $"there is no command {call.Command}", "use Add, Del, Check, Status or Cni"),
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

    private static AgentFault? MacFault(AgentCall call) => call.Mac is not { } mac || (!mac.IsGroup && mac.Value != 0 && mac != KernelNames.GatewayMac)
        ? null
        : Wrong("mac", mac.ToString(), "an address of one interface: no group, not zero, not the gateway's");

    private static AgentFault Wrong(string field, string? value, string use) => string.IsNullOrEmpty(value)
        ? new AgentFault(FaultCodes.InvalidEnvironment, $"the call has no {field}", $"give it: {use}")
        : new AgentFault(FaultCodes.InvalidEnvironment, $"the call's {field} cannot be '{Shorten(value)}'", $"use {use}");

    /// <summary>A value as a message can show it.</summary>
    public static string Shorten(string value) => value.Length <= 80 ? value : $"{value.AsSpan(0, 77)}...";
}
