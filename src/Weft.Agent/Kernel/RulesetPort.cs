using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Weft.Linux;
using Weft.Linux.Sockets;
using Weft.Netlink.Nftables;
using Weft.Node.Brain;
using Weft.Node.Kernel;

namespace Weft.Agent.Kernel;

/// <summary>The agent's hands in nf_tables. A quiet node keeps no descriptor for them: each batch has a socket of its
/// own.</summary>
internal sealed class RulesetPort(string nodeNamespace)
{
    // Notices of a change come within moments; and a port id may be another program's later.
    private const int PortsMax = 64;

    private readonly Lock _gate = new();
    private readonly Queue<uint> _ports = new();

    /// <summary>Whether a change that carries this port id is our own.</summary>
    public bool IsOwn(uint portId)
    {
        lock (_gate)
        {
            return _ports.Contains(portId);
        }
    }

    /// <summary>Sends a batch; one outcome per request, whatever happens.</summary>
    public BrainEvent.KernelAnswered Execute(BrainAction.SendNftables batch)
    {
        IReadOnlyList<RequestOutcome> outcomes;
        try
        {
            using NetlinkSocket socket = NetlinkSocket.Open(nodeNamespace, NetlinkProtocol.Netfilter);
            IReadOnlyList<NetlinkReply> replies;
            if (batch.IsTransaction)
            {
                Remember(socket.PortId);
                replies = socket.Commit(new NftablesBatch(batch.Requests));
            }
            else
            {
                replies = socket.Execute(batch.Requests);
            }

            outcomes = [.. replies.Select(KernelPort.OutcomeOf)];
        }
        catch (LinuxException failed)
        {
            RequestOutcome outcome = new(failed.Error.Errno, failed.Message, []);
            outcomes = [.. batch.Requests.Select(_ => outcome)];
        }

        return new BrainEvent.KernelAnswered(KernelNames.RulesetScope, batch.Batch, outcomes);
    }

    private void Remember(uint portId)
    {
        lock (_gate)
        {
            if (_ports.Count == PortsMax)
            {
                _ports.Dequeue();
            }

            _ports.Enqueue(portId);
        }
    }
}
