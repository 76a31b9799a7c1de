using System.Collections.Generic;
using System.Linq;
using Weft.Model.Resources;

namespace Weft.Server.Changes;

/// <summary>How a pool's encapsulation changes without a packet lost: first every node can receive the new way, then
/// they send it, and when all do, the old way is not received any more.</summary>
/// <remarks>Each step is a fact in the pool's status, so that plans stay a function of the store alone.</remarks>
internal static class PoolTransition
{
    /// <summary>The pool as it is stored when it is applied.</summary>
    /// <param name="given">What was applied.</param>
    /// <param name="stored">What is stored; none if the pool is new.</param>
    /// <param name="inUse">Whether some node has a block of the pool; if not, there is nothing to lose.</param>
    public static IpPool Begin(IpPool given, IpPool? stored, bool inUse)
    {
        if (stored is null || !inUse)
        {
            return given with { Sending = null, Receiving = [], Since = null };
        }

        if (given.Specified == stored.Specified)
        {
            return given with { Sending = stored.Sending, Receiving = stored.Receiving, Since = stored.Since };
        }

        IEnumerable<PoolEncapsulation> before = stored.Ways.Where(way => way != given.Specified).Distinct();
        return given with
        {
            Sending = stored.InForce == given.Specified ? null : stored.InForce,
            Receiving = [.. before.OrderBy(way => way.Vxlan).ThenBy(way => way.Ipip)],
            Since = null,
        };
    }

    /// <summary>Whether a step is left.</summary>
    public static bool IsUnderWay(IpPool pool) => pool.Sending is not null || pool.Receiving.Count > 0;

    /// <summary>The revision that asked for the change that is under way.</summary>
    public static long AskedAt(IpPool pool) => pool.Since ?? pool.Metadata.ResourceVersion;

    /// <summary>Whether nodes begin to send as IPIP, which not every kernel can, with the next step.</summary>
    public static bool BringsIpip(IpPool pool) =>
        pool.Sending is { Ipip: EncapsulationMode.Never } && pool.Specified.Ipip != EncapsulationMode.Never;

    /// <summary>The pool after its next step.</summary>
    public static IpPool Next(IpPool pool) => pool.Sending is not null
        ? Carry(pool with { Sending = null }, pool)
        : pool with { Receiving = [], Since = null };

    /// <summary>The pool, written for another reason: its change is still that of the same revision.</summary>
    /// <param name="written">The pool as it is written now.</param>
    /// <param name="stored">The pool as it is stored.</param>
    public static IpPool Carry(IpPool written, IpPool stored) =>
        IsUnderWay(stored) && IsUnderWay(written) && written.Specified == stored.Specified && written != stored
            ? written with { Since = AskedAt(stored) }
            : written;
}
