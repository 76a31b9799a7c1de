using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.Client;
using Weft.App.Lab.State;
using Weft.App.Lab.Underlay;
using Weft.Linux.Namespaces;
using Weft.Model.Resources;
using Weft.Net;
using Weft.Node.Calls;

namespace Weft.App.Lab.Workloads;

/// <summary>What a container runtime does for one workload: a network namespace, the ports that it answers on,
/// and the call that has the node's agent connect it.</summary>
/// <param name="paths">The lab.</param>
/// <param name="promised">Namespaces that the lab's record names already.</param>
/// <param name="nodes">The lab's nodes.</param>
internal sealed class WorkloadMaker(LabPaths paths, IReadOnlySet<string> promised, IReadOnlySet<string> nodes)
{
    private const int NamespaceNameMax = 255;

    // CNI: "try again later".
    private const int TryAgain = 11;

    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);

    // The workload's interface must be ready as soon as its agent says so, and learns nothing from advertisements.
    private static readonly (string Name, string Value)[] Settings =
    [
        ("ipv6/conf/default/accept_dad", "0"),
        ("ipv6/conf/default/accept_ra", "0"),
    ];

    private readonly WorkloadFiles _files = new(paths);

    /// <summary>Makes the workload, or what is missing of it. <paramref name="remember"/> is told of each thing
    /// made before the next step is tried, so that it can be undone.</summary>
    public async Task<Made> MakeAsync(
        WorkloadEndpoint endpoint, Made? made, Action<Made?> remember, CancellationToken cancelled)
    {
        IReadOnlyList<ServeEntry> serve = Check(endpoint);
        string container = ContainerIdOf(endpoint);
        if (made is not null && made.Record.ContainerId != container)
        {
            remember(await UndoAsync(made, cancelled));
            made = null;
        }

        if (made is null)
        {
            made = new Made(Begin(endpoint, container));
            remember(made);
        }
        else if (!made.Confirmed)
        {
            FinishNamespace(made.Record.NetworkNamespace);
        }

        string path = NetworkNamespace.PathOf(made.Record.NetworkNamespace);
        await made.ServeAsync(
            path,
            new WorkloadIdentity(endpoint.WorkloadName, endpoint.Metadata.Namespace, endpoint.Node),
            serve)
            ;
        if (!made.Confirmed)
        {
            AgentAnswer answer = await CallAsync(
                AgentCommand.Add, made.Record, endpoint.Metadata.Labels, cancelled);
            WorkloadConnection connection = answer.Connection
                ?? throw new WorkloadFailure("the agent's answer to Add has no connection", final: false);
            made.Confirm(made.Record with
            {
                Connected = true,
                Addresses = [.. connection.Addresses.Select(address => address.Address)],
                Mac = connection.Mac,
                HostInterface = connection.HostInterface,
                Mtu = connection.Mtu,
            });
            _files.Write(made.Record);
        }

        return made;
    }

    /// <summary>Undoes all of the workload; nothing is left of it.</summary>
    public async Task<Made?> UndoAsync(Made? made, CancellationToken cancelled)
    {
        if (made is null)
        {
            return null;
        }

        if (nodes.Contains(made.Record.Node))
        {
            await CallAsync(AgentCommand.Del, made.Record, new Dictionary<string, string>(), cancelled);
        }

        await made.DisposeAsync();
        if (NetworkNamespace.Delete(made.Record.NetworkNamespace) is { } error)
        {
            throw new WorkloadFailure($"network namespace {made.Record.NetworkNamespace}: {error}", final: false);
        }

        _files.Remove(made.Record.Name);
        return null;
    }

    private IReadOnlyList<ServeEntry> Check(WorkloadEndpoint endpoint)
    {
        if (!nodes.Contains(endpoint.Node))
        {
            throw new WorkloadFailure($"node '{endpoint.Node}' is not a node of this lab", final: true);
        }

        string name = paths.NamespaceOf(endpoint.WorkloadName);
        if (Encoding.UTF8.GetByteCount(name) > NamespaceNameMax)
        {
            throw new WorkloadFailure(
                $"'{name}' is too long for a network namespace ({NamespaceNameMax} bytes)", final: true);
        }

        if (!endpoint.Metadata.Annotations.TryGetValue(ServeEntry.Annotation, out string? text))
        {
            return [];
        }

        return ServeEntry.TryRead(text, out IReadOnlyList<ServeEntry> serve, out string error)
            ? serve
            : throw new WorkloadFailure(error, final: true);
    }

    private ConnectedWorkload Begin(WorkloadEndpoint endpoint, string container)
    {
        string name = paths.NamespaceOf(endpoint.WorkloadName);
        ConnectedWorkload record = new()
        {
            Name = endpoint.WorkloadName,
            Namespace = endpoint.Metadata.Namespace,
            Endpoint = endpoint.Metadata.Name,
            Node = endpoint.Node,
            Interface = endpoint.Endpoint,
            ContainerId = container,
            NetworkNamespace = name,
        };
        if (System.IO.File.Exists(NetworkNamespace.PathOf(name)))
        {
            throw new WorkloadFailure($"network namespace {name} exists already", final: false);
        }

        if (!promised.Contains(name))
        {
            LaterNamespaces.Promise(paths, name);
        }

        _files.Write(record);
        try
        {
            UnderlayBuilder.MakeNamespace(name, Settings);
        }
        catch
        {
            _ = NetworkNamespace.Delete(name);
            _files.Remove(record.Name);
            throw;
        }

        return record;
    }

    // A runtime that was killed had promised the namespace, and may have left a file that is none yet, or one without
    // its settings.
    private static void FinishNamespace(string name)
    {
        if (NetworkNamespace.Exists(name))
        {
            UnderlayBuilder.PrepareNamespace(name, Settings);
            return;
        }

        _ = NetworkNamespace.Delete(name);
        UnderlayBuilder.MakeNamespace(name, Settings);
    }

    private async Task<AgentAnswer> CallAsync(
        AgentCommand command,
        ConnectedWorkload workload,
        IReadOnlyDictionary<string, string> labels,
        CancellationToken cancelled)
    {
        AgentCall call = new()
        {
            Command = command,
            Namespace = workload.Namespace,
            Workload = workload.Name,
            Interface = workload.Interface,
            ContainerId = workload.ContainerId,
            NetworkNamespace = NetworkNamespace.PathOf(workload.NetworkNamespace),
            Labels = labels,
        };
        AgentAnswer answer = await new AgentClient(paths.AgentSocket(workload.Node)).CallAsync(
            call, CallLimit, cancelled);
        if (answer.Fault is { } fault)
        {
            string details = string.IsNullOrEmpty(fault.Details) ? "" : $" ({fault.Details})";
            throw new WorkloadFailure($"{workload.Node}: {fault.Message}{details}", final: fault.Code != TryAgain);
        }

        return answer;
    }

    // A resource that was deleted and made again is another incarnation of the workload, also by the same name.
    private static string ContainerIdOf(WorkloadEndpoint endpoint) =>
        $"lab-{StableHash.Of(endpoint.Metadata.Namespace, endpoint.Metadata.Name, endpoint.Metadata.Uid):x16}";

    /// <summary>What was made of an endpoint: its record, and the sockets it answers on.</summary>
    /// <param name="record">The record, as it is on disk.</param>
    internal sealed class Made(ConnectedWorkload record) : IAsyncDisposable
    {
        private ServedPorts? _ports;
        private string _served = "";

        /// <summary>The record, as it is on disk.</summary>
        public ConnectedWorkload Record { get; private set; } = record;

        /// <summary>Whether the agent has confirmed the connection to this process: after a restart it is
        /// asked again.</summary>
        public bool Confirmed { get; private set; }

        /// <summary>The agent has answered.</summary>
        public void Confirm(ConnectedWorkload connected) => (Record, Confirmed) = (connected, true);

        /// <summary>Answers on these ports, and on no others.</summary>
        public async Task ServeAsync(string namespacePath, WorkloadIdentity who, IReadOnlyList<ServeEntry> serve)
        {
            string wanted = ServeEntry.Write(serve);
            if (_ports is not null && _served == wanted)
            {
                return;
            }

            await DisposeAsync();
            _ports = ServedPorts.Open(namespacePath, who, serve);
            _served = wanted;
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            if (_ports is { } ports)
            {
                _ports = null;
                await ports.DisposeAsync();
            }
        }
    }
}
