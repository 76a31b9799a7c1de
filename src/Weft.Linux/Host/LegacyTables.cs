using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Weft.Linux.Interop;
using Weft.Linux.Namespaces;
using Weft.Net;
using Weft.Net.Bytes;
using Weft.Netlink;

namespace Weft.Linux.Host;

/// <summary>Reads the tables of the old iptables. Changes nothing: a table that is not there is not asked for, since
/// asking would make it.</summary>
public static class LegacyTables
{
    private const string Filter = "filter";
    private const int GetInfo = 64; // IPT_SO_GET_INFO, IP6T_SO_GET_INFO
    private const int GetEntries = 65; // IPT_SO_GET_ENTRIES, IP6T_SO_GET_ENTRIES
    private const int LevelIpv4 = 0; // SOL_IP
    private const int LevelIpv6 = 41; // SOL_IPV6
    private const int RawProtocol = 255; // IPPROTO_RAW
    private const int NameLength = 32;

    /// <summary>The filter table of a family in the namespace at a path (null: the process's own); null if there is
    /// none. Needs root.</summary>
    public static KernelError? ReadFilter(string? namespacePath, IpFamily family, out LegacyFilter? filter)
    {
        (KernelError? error, filter) = NamespaceThread.Shared.Run(namespacePath, () => Read(family));
        return error;
    }

    private static (KernelError? Error, LegacyFilter? Filter) Read(IpFamily family)
    {
        // Of the thread, whose namespace is the one that is asked about.
        string list = family == IpFamily.Ipv4
            ? "/proc/thread-self/net/ip_tables_names"
            : "/proc/thread-self/net/ip6_tables_names";
        if (!File.Exists(list) || !File.ReadLines(list).Contains(Filter))
        {
            return (null, null);
        }

        using SafeFileHandle socket = Libc.Socket(
            family == IpFamily.Ipv4 ? Libc.FamilyInet : Libc.FamilyInet6,
            Libc.SocketRaw | Libc.SocketCloseOnExec,
            RawProtocol);
        if (socket.IsInvalid)
        {
            return (LastError.Of("open a raw socket"), null);
        }

        int level = family == IpFamily.Ipv4 ? LevelIpv4 : LevelIpv6;
        byte[] info = new byte[LegacyFilter.InfoLength];
        Encoding.ASCII.GetBytes(Filter, info);
        int length = info.Length;
        if (Libc.GetOption(socket, level, GetInfo, info, ref length) != 0)
        {
            return (LastError.Of("read the filter table of iptables"), null);
        }

        int size = HostOrder.ReadInt32(info, LegacyFilter.EntriesSizeOffset);
        if (size is < 0 or > 256 * 1024 * 1024)
        {
            return (new KernelError(KernelErrno.EMSGSIZE, "the filter table of iptables is too large to be read"), null);
        }

        byte[] entries = new byte[LegacyFilter.EntriesOffset + size];
        Encoding.ASCII.GetBytes(Filter, entries);
        HostOrder.WriteInt32(entries, NameLength, size);
        length = entries.Length;
        if (Libc.GetOption(socket, level, GetEntries, entries, ref length) != 0)
        {
            return (LastError.Of("read the rules of the filter table of iptables"), null);
        }

        LegacyFilter? filter = LegacyFilter.Parse(family, info, entries.AsSpan(LegacyFilter.EntriesOffset));
        return filter is null
            ? (new KernelError(KernelErrno.EBADMSG, "the filter table of iptables cannot be understood"), null)
            : (null, filter);
    }
}
