using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.Win32.SafeHandles;
using Weft.Agent.Files;
using Weft.Linux;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;
using Weft.Netlink;
using Weft.Node.Brain;

namespace Weft.Agent.Kernel;

/// <summary>The agent's hands in the kernel: one request socket in the node's namespace that stays open, and one
/// for each moment in a workload's.</summary>
internal sealed class KernelPort : IDisposable
{
    private readonly string _node;
    private readonly ChangedSettings _settings;
    private readonly NetlinkSocket _socket;

    public KernelPort(string nodeNamespace, ChangedSettings settings)
    {
        _node = nodeNamespace;
        _settings = settings;
        _socket = NetlinkSocket.Open(nodeNamespace);
    }

    /// <summary>The socket's port id: changes that carry it are our own.</summary>
    public uint PortId => _socket.PortId;

    /// <summary>Sends a batch; one outcome per request, whatever happens.</summary>
    public BrainEvent.KernelAnswered Execute(BrainAction.SendNetlink batch)
    {
        try
        {
            if (batch.Scope.Length == 0)
            {
                return AnswerOf(batch, Send(_socket, batch.Requests));
            }

            using NetlinkSocket socket = NetlinkSocket.Open(batch.Scope);
            return AnswerOf(batch, Send(socket, batch.Requests));
        }
        catch (LinuxException failed)
        {
            RequestOutcome outcome = new(failed.Error.Errno, failed.Message, []);
            return new BrainEvent.KernelAnswered(batch.Scope, batch.Batch, [.. batch.Requests.Select(_ => outcome)]);
        }
    }

    /// <summary>Gives each setting its value if it has another; all are of one namespace, which is entered once.</summary>
    public IReadOnlyList<BrainEvent> Ensure(IReadOnlyList<BrainAction.EnsureSysctl> settings)
    {
        string scope = settings[0].Scope.Length == 0 ? _node : settings[0].Scope;
        try
        {
            return NamespaceThread.Shared.Run<IReadOnlyList<BrainEvent>>(scope, () => [.. settings.Select(EnsureHere)]);
        }
        catch (LinuxException gone)
        {
            return [.. settings.Select(s => new BrainEvent.SysctlAnswered(s.Scope, s.Path, gone.Message))];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private BrainEvent.SysctlAnswered EnsureHere(BrainAction.EnsureSysctl setting)
    {
        KernelError? error = Sysctl.Read(null, setting.Path, out string value);
        string found = value.Trim();
        if (error is not null || found == setting.Value || (setting.From is { } from && found != from))
        {
            return new BrainEvent.SysctlAnswered(setting.Scope, setting.Path, error?.ToString(), null, error is null ? found : null);
        }

        // What it was can be given back only if it is known: not being able to is no reason not to forward.
        _ = setting.Scope.Length == 0 ? _settings.Remember(setting.Path, found, setting.Value) : null;
        error = Sysctl.Write(null, setting.Path, setting.Value);
        return error is null
            ? new BrainEvent.SysctlAnswered(setting.Scope, setting.Path, null, found, setting.Value)
            : new BrainEvent.SysctlAnswered(setting.Scope, setting.Path, error.ToString());
    }

    private static List<RequestOutcome> Send(NetlinkSocket socket, IReadOnlyList<NetlinkRequest> requests)
    {
        List<RequestOutcome> outcomes = new(requests.Count);
        List<NetlinkRequest> run = [];
        foreach (NetlinkRequest request in requests)
        {
            // A namespace that is gone fails its own request, not those behind it.
            if (Unresolvable(request) is { } missing)
            {
                Flush(socket, run, outcomes);
                outcomes.Add(missing);
                continue;
            }

            run.Add(request);
        }

        Flush(socket, run, outcomes);
        return outcomes;
    }

    private static void Flush(NetlinkSocket socket, List<NetlinkRequest> run, List<RequestOutcome> outcomes)
    {
        if (run.Count > 0)
        {
            outcomes.AddRange(socket.Execute(run, NetworkNamespace.Open).Select(OutcomeOf));
            run.Clear();
        }
    }

    private static RequestOutcome? Unresolvable(NetlinkRequest request)
    {
        try
        {
            foreach (NamespaceReference reference in request.References)
            {
                using SafeFileHandle _ = NetworkNamespace.Open(reference.Namespace);
            }

            return null;
        }
        catch (LinuxException failed)
        {
            return new RequestOutcome(failed.Error.Errno, failed.Message, []);
        }
    }

    private static BrainEvent.KernelAnswered AnswerOf(BrainAction.SendNetlink batch, List<RequestOutcome> outcomes) =>
        new(batch.Scope, batch.Batch, outcomes);

    /// <summary>A reply as the brain hears it.</summary>
    public static RequestOutcome OutcomeOf(NetlinkReply reply) => new(
        reply.Error?.Errno ?? 0, reply.Error?.Message, [.. reply.Messages.SelectMany(m => m)]);
}
