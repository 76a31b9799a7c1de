using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Weft.App.CommandLine;
using Weft.App.Lab;
using Weft.App.Lab.Picture;
using Weft.App.Lab.State;
using Weft.Linux;
using Weft.Linux.Namespaces;
using Weft.Linux.Sockets;

namespace Weft.App.Captures;

/// <summary>Where is captured: interfaces of one network namespace.</summary>
/// <param name="NamespacePath">The namespace; null for the process's own.</param>
/// <param name="Interfaces">The interfaces' names.</param>
/// <param name="Who">Whose they are, in words; empty on this host.</param>
/// <param name="Lab">The lab, if it is one.</param>
internal sealed record CapturePlace(
    string? NamespacePath, IReadOnlyList<string> Interfaces, string Who, LabStatus? Lab)
{
    /// <summary>Says all interfaces.</summary>
    public const string AnyInterface = "any";

    private const string MemberInterface = "eth0";

    /// <summary>What a target means: a member of the lab that is named, or an interface of this host, or else a member
    /// of the only lab that runs.</summary>
    /// <param name="target">A member, an interface, or <c>any</c>.</param>
    /// <param name="lab">The lab that is named.</param>
    /// <param name="interfaceName">The interface of a member, if it is not to be <c>eth0</c>.</param>
    /// <param name="cancelled">Gives up.</param>
    public static async Task<CapturePlace> FindAsync(
        string target, string? lab, string? interfaceName, CancellationToken cancelled)
    {
        if (lab is null && interfaceName is null)
        {
            IReadOnlyList<string> here = LinksIn(null);
            if (target == AnyInterface || here.Contains(target))
            {
                return new CapturePlace(null, target == AnyInterface ? here : [target], "", null);
            }
        }

        LabPaths? paths = LabName.MeantOrNone(lab);
        if (paths is null)
        {
            throw new CommandFailure($"'{target}' is no interface of this host, and no lab runs in which it could be a member");
        }

        LabStatus status = await LabInspection.InspectAsync(paths, cancelled);
        MemberPlace member = status.FindMember(target) ?? throw new CommandFailure(
            $"'{target}' is neither a member of lab '{paths.Lab}' nor an interface of this host; 'weft lab status' shows "
            + "the members");
        string path = NetworkNamespace.PathOf(member.Namespace);
        IReadOnlyList<string> links = LinksIn(path);
        string wanted = interfaceName ?? MemberInterface;
        return wanted == AnyInterface || links.Contains(wanted)
            ? new CapturePlace(
                path, wanted == AnyInterface ? links : [wanted], $"{member.Name} of lab {paths.Lab}", status)
            : throw new CommandFailure($"{member.Name} has no interface '{wanted}'; it has {string.Join(", ", links)}");
    }

    private static IReadOnlyList<string> LinksIn(string? path)
    {
        try
        {
            using NetlinkSocket socket = NetlinkSocket.Open(path);
            return [.. KernelLinks.NamesIn(socket).OrderBy(link => link.Key).Select(link => link.Value)];
        }
        catch (LinuxException failure) when (path is not null)
        {
            throw new CommandFailure($"{failure.Message}: try sudo");
        }
    }
}
