using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Calls;

namespace Weft.Node.Cni;

/// <summary>Compares what ADD gave with how the workload is connected now. What others in the chain have made is
/// theirs to look at.</summary>
internal static class CheckedResult
{
    /// <summary>What differs; none if nothing does.</summary>
    /// <param name="call">The CHECK, with its <c>prevResult</c>.</param>
    /// <param name="now">The connection, which is in the kernel as it is recorded.</param>
    public static AgentFault? DifferenceOf(CniCall call, WorkloadConnection now)
    {
        PreviousResult previous = call.Configuration.Previous ?? PreviousResult.None;
        int index = -1;
        for (int i = 0; i < previous.Interfaces.Count; i++)
        {
            if (previous.Interfaces[i].Name == now.Interface && previous.Interfaces[i].Sandbox.Length > 0)
            {
                index = i;
            }
        }

        if (index < 0)
        {
            return Differs($"prevResult has no interface {now.Interface} in a container", "it is connected by that one");
        }

        if (MacAddress.TryParse(previous.Interfaces[index].Mac, out MacAddress mac) && mac != now.Mac)
        {
            return Differs($"prevResult has {mac} for {now.Interface}", $"it has {now.Mac}; to choose the address of an "
                + "interface of Weft give \"mac\" to weft-cni, not to a plugin behind it");
        }

        HashSet<IpAddress> told = [.. previous.Ips.Where(ip => ip.Interface is null || ip.Interface == index).Select(ip => ip.Address.Address)];
        HashSet<IpAddress> held = [.. now.Addresses.Select(a => a.Address)];
        IpAddress[] lost = [.. held.Except(told).Order()];
        return lost.Length == 0 ? null : Differs($"prevResult lacks {string.Join(", ", lost)}", $"{now.Interface} has it");
    }

    private static AgentFault Differs(string what, string but) =>
        new(FaultCodes.NotAsRecorded, $"not as ADD said: {what}", but);
}
