using System;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Text.Json;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Node.Calls;

namespace Weft.Node.Cni;

/// <summary>A call of the CNI plugin, understood: in the agent's words on the way in, in CNI's on the way out.</summary>
internal sealed record CniCall
{
    private static readonly IpFamily[] Families = [IpFamily.Ipv4, IpFamily.Ipv6];

    /// <summary>What is asked.</summary>
    public required CniCommand Command { get; init; }

    /// <summary>How it was asked.</summary>
    public required CniRequest Request { get; init; }

    /// <summary>The network.</summary>
    public required NetworkConfiguration Configuration { get; init; }

    /// <summary>The same for the agent: of ADD, DEL and CHECK all of it, of the others what it names.</summary>
    public required AgentCall Call { get; init; }

    /// <summary>Whether the workload is called after its container, because its runtime gives it no name. Such a name is
    /// never handed on to another container.</summary>
    public bool IsNamedAfterContainer { get; init; }

    /// <summary>Reads a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="call">What it means.</param>
    /// <param name="refused">The answer to what means nothing.</param>
    public static bool TryRead(
        CniRequest request, [NotNullWhen(true)] out CniCall? call, [NotNullWhen(false)] out CniAnswer? refused)
    {
        call = null;
        string version = CniWords.Newest;
        AgentFault? fault;
        try
        {
            fault = Read(request, ref version, out call);
        }
        catch (Exception malformed) when (malformed is JsonException or ArgumentException or InvalidOperationException)
        {
            fault = new AgentFault(FaultCodes.DecodingFailure, $"the network configuration is not JSON: {malformed.Message}",
                "the runtime gives it on standard input; weft-cni hands it on as it is");
        }

        refused = fault is null ? null : CniResult.Of(version, fault);
        return refused is null;
    }

    /// <summary>The answer for the plugin.</summary>
    public CniAnswer Render(AgentAnswer answer)
    {
        AgentFault? fault = answer.Fault;
        if (fault is null && Command == CniCommand.Check)
        {
            fault = answer.Connection is { } found ? CheckedResult.DifferenceOf(this, found) : null;
        }

        if (fault is not null)
        {
            return CniResult.Of(CniWords.Text(Configuration.Version), fault);
        }

        return new CniAnswer(0, Command == CniCommand.Add ? CniResult.Of(this, answer.Connection!) : "");
    }

    private static AgentFault? Read(CniRequest request, ref string version, out CniCall? call)
    {
        call = null;
        if (!CniWords.TryReadCommand(request.Command, out CniCommand command))
        {
            return new AgentFault(FaultCodes.InvalidEnvironment, $"CNI_COMMAND cannot be '{CallRules.Shorten(request.Command)}'",
                "use ADD, DEL, CHECK, GC, STATUS or VERSION");
        }

        using JsonDocument document = JsonDocument.Parse(request.Configuration);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return new AgentFault(FaultCodes.DecodingFailure, "the network configuration is not an object of JSON",
                "the runtime gives it on standard input; weft-cni hands it on as it is");
        }

        // "If cniVersion is not there, it is 0.1.0" (libcni); that had other results.
        string asked = root.TryGetProperty("cniVersion", out JsonElement given) && given.ValueKind == JsonValueKind.String
            && ConfigurationProblems.TryGetText(given, out string text) ? text : "";
        if (!CniWords.TryReadVersion(asked, out CniVersion known))
        {
            return new AgentFault(FaultCodes.IncompatibleVersion, asked.Length == 0
                ? "incompatible CNI version: the network configuration has no cniVersion"
                : $"incompatible CNI version: the network configuration has {asked}", $"Weft speaks {CniWords.AllVersions}");
        }

        version = asked;
        if (known < CniWords.Since(command))
        {
            return new AgentFault(FaultCodes.IncompatibleVersion, $"CNI {asked} has no {request.Command}",
                $"set cniVersion to {CniWords.Text(CniWords.Since(command))} or later");
        }

        CniArguments arguments = CniArguments.Read(request.Arguments, out string? wrongArguments);
        ConfigurationProblems problems = new();
        NetworkConfiguration configuration = new ConfigurationReader(problems).Read(root, known, arguments);
        call = Of(command, request, configuration, arguments);

        // What was connected must be possible to disconnect, whatever has become of the file since.
        return command == CniCommand.Del
            ? EnvironmentFault(command, request)
            : EnvironmentFault(command, request)
                ?? (wrongArguments is null || command is CniCommand.Gc or CniCommand.Status ? null
                    : new AgentFault(FaultCodes.InvalidEnvironment, wrongArguments, "write CNI_ARGS as KEY=VALUE;KEY=VALUE"))
                ?? NameFault(configuration) ?? problems.Fault ?? CommandFault(command, configuration, call);
    }

    private static CniCall Of(CniCommand command, CniRequest request, NetworkConfiguration configuration, CniArguments arguments)
    {
        bool isNamed = arguments.PodName.Length > 0;
        PreviousResult previous = configuration.Previous ?? PreviousResult.None;
        return new CniCall
        {
            Command = command,
            Request = request,
            Configuration = configuration,
            IsNamedAfterContainer = !isNamed,
            Call = new AgentCall
            {
                Command = command switch
                {
                    CniCommand.Add => AgentCommand.Add,
                    CniCommand.Del => AgentCommand.Del,
                    CniCommand.Check => AgentCommand.Check,
                    _ => AgentCommand.Status,
                },
                Namespace = arguments.PodNamespace.Length > 0 ? arguments.PodNamespace : configuration.Namespace,
                Workload = ContainerName.Of(isNamed ? arguments.PodName : request.ContainerId),
                Interface = configuration.Interface.Length > 0 ? configuration.Interface : request.Interface,
                ContainerId = request.ContainerId,
                NetworkNamespace = request.NetworkNamespace,
                Network = configuration.Name,
                Ipv4Pools = configuration.Ipv4Pools,
                Ipv6Pools = configuration.Ipv6Pools,
                NetworkIpv4Pools = configuration.NetworkIpv4Pools,
                NetworkIpv6Pools = configuration.NetworkIpv6Pools,
                Addresses = configuration.Addresses,
                Families = configuration.Families,
                Mac = configuration.Mac,
                NoDefaultRoutes = configuration.IncludesDefaultRoutes ? [.. previous.DefaultRoutes.Order()] : Families,
                Labels = configuration.Labels,
            },
        };
    }

    private static AgentFault? EnvironmentFault(CniCommand command, CniRequest request)
    {
        if (command is CniCommand.Gc or CniCommand.Status)
        {
            return null;
        }

        string[] missing =
        [
            .. request.ContainerId.Length == 0 ? ["CNI_CONTAINERID"] : Array.Empty<string>(),
            .. request.NetworkNamespace.Length == 0 && command != CniCommand.Del ? ["CNI_NETNS"] : Array.Empty<string>(),
            .. request.Interface.Length == 0 ? ["CNI_IFNAME"] : Array.Empty<string>(),
        ];
        if (missing.Length > 0)
        {
            return new AgentFault(FaultCodes.InvalidEnvironment, $"required environment variables are missing: {string.Join(", ", missing)}",
                $"the runtime must set them for {request.Command}");
        }

        if (!ResourceNames.IsPlainWord(request.ContainerId) || !char.IsAsciiLetterOrDigit(request.ContainerId[0]))
        {
            return new AgentFault(FaultCodes.InvalidEnvironment, $"CNI_CONTAINERID cannot be '{CallRules.Shorten(request.ContainerId)}'",
                "use letters, digits, '_', '.' and '-', a letter or digit first, 253 at most");
        }

        return ResourceNames.IsInterfaceName(request.Interface) ? null : new AgentFault(FaultCodes.InvalidEnvironment,
            $"CNI_IFNAME cannot be '{CallRules.Shorten(request.Interface)}'", "use letters, digits, '_', '.' and '-', 15 at most");
    }

    private static AgentFault? NameFault(NetworkConfiguration configuration) =>
        ResourceNames.IsPlainWord(configuration.Name) && char.IsAsciiLetterOrDigit(configuration.Name[0]) ? null : new AgentFault(
            FaultCodes.InvalidConfiguration, configuration.Name.Length == 0 ? "the network has no name" : $"name cannot be '{CallRules.Shorten(configuration.Name)}'",
            "use letters, digits, '_', '.' and '-', a letter or digit first, 253 at most");

    private static AgentFault? CommandFault(CniCommand command, NetworkConfiguration configuration, CniCall call) => command switch
    {
        CniCommand.Check when configuration.Previous is null => new AgentFault(FaultCodes.InvalidConfiguration,
            "prevResult is missing", "CHECK compares with what ADD gave: the runtime must give it"),
        CniCommand.Gc when configuration.ValidAttachments is null => new AgentFault(FaultCodes.InvalidConfiguration,
            "cni.dev/valid-attachments is missing", "GC needs the attachments that are there; an empty list means that none is"),
        CniCommand.Add when configuration.Previous?.Interfaces.Any(i => i.Name == call.Call.Interface && i.Sandbox.Length > 0) == true =>
            new AgentFault(FaultCodes.InvalidConfiguration, $"a plugin before this one has made {call.Call.Interface} already",
                "give Weft's interface a name of its own with \"interface\""),
        _ => null,
    };
}
