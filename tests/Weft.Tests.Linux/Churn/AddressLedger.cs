using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Weft.Net;

namespace Weft.Tests.Linux.Churn;

/// <summary>A container that its runtime was told is connected.</summary>
/// <param name="Node">Its node.</param>
/// <param name="Workload">Its workload's name.</param>
/// <param name="ContainerId">The runtime's id.</param>
/// <param name="NamespaceName">The name of its network namespace.</param>
/// <param name="HostInterface">The host side of its link.</param>
/// <param name="Addresses">Its addresses, in order.</param>
internal sealed record LiveContainer(
    string Node,
    string Workload,
    string ContainerId,
    string NamespaceName,
    string HostInterface,
    IReadOnlyList<IpAddress> Addresses);

/// <summary>Who may have which address, as runtimes were told: the specification of address management in one page. An
/// address belongs to a container from the answer to its ADD until its DEL is asked for, or its network namespace goes;
/// nobody else may be told that he has it meanwhile, on whatever node.</summary>
internal sealed class AddressLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IpAddress, LiveContainer> _holders = [];
    private readonly Dictionary<string, LiveContainer> _live = new(StringComparer.Ordinal);
    private readonly List<string> _violations = [];

    /// <summary>What must never happen, and did.</summary>
    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_gate)
            {
                return [.. _violations];
            }
        }
    }

    /// <summary>The containers that are connected, in the order of their names.</summary>
    public IReadOnlyList<LiveContainer> Live
    {
        get
        {
            lock (_gate)
            {
                return [.. _live.Values.OrderBy(c => c.Workload, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>An ADD was answered.</summary>
    public void Connected(LiveContainer container)
    {
        lock (_gate)
        {
            if (_live.TryGetValue(container.Workload, out LiveContainer? before)
                && !before.Addresses.SequenceEqual(container.Addresses) && before.ContainerId == container.ContainerId)
            {
                Violate($"{container.Workload} was told {Text(before)} first, and {Text(container)} when it was asked again");
            }

            foreach (IpAddress address in container.Addresses)
            {
                if (_holders.TryGetValue(address, out LiveContainer? holder) && holder.Workload != container.Workload)
                {
                    Violate($"{address} was given to {container.Workload} on {container.Node}, and {holder.Workload} on {holder.Node} has it");
                }

                _holders[address] = container;
            }

            _live[container.Workload] = container;
        }
    }

    /// <summary>A container's DEL is about to be asked for, or its network namespace about to go.</summary>
    public void Leaving(LiveContainer container)
    {
        lock (_gate)
        {
            _live.Remove(container.Workload);
            foreach (IpAddress address in container.Addresses)
            {
                if (_holders.GetValueOrDefault(address) == container)
                {
                    _holders.Remove(address);
                }
            }
        }
    }

    /// <summary>Something happened that must never happen.</summary>
    public void Violate(string what)
    {
        lock (_gate)
        {
            _violations.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {what}");
        }
    }

    private static string Text(LiveContainer container) => string.Join(", ", container.Addresses);
}
