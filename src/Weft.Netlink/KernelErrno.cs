using System.Globalization;

namespace Weft.Netlink;

/// <summary>Error numbers by name and meaning: <c>asm-generic/errno-base.h</c>, <c>asm-generic/errno.h</c>.</summary>
public static class KernelErrno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int ESRCH = 3;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int EBADF = 9;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EFAULT = 14;
    public const int EBUSY = 16;
    public const int EEXIST = 17;
    public const int EXDEV = 18;
    public const int ENODEV = 19;
    public const int ENOTDIR = 20;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int ERANGE = 34;
    public const int ENAMETOOLONG = 36;
    public const int ELOOP = 40;
    public const int EBADMSG = 74;
    public const int ERESTART = 85;
    public const int EMSGSIZE = 90;
    public const int EPROTONOSUPPORT = 93;
    public const int EOPNOTSUPP = 95;
    public const int EAFNOSUPPORT = 97;
    public const int EADDRINUSE = 98;
    public const int EADDRNOTAVAIL = 99;
    public const int ENETDOWN = 100;
    public const int ENETUNREACH = 101;
    public const int ENOBUFS = 105;
    public const int ENOTCONN = 107;
    public const int ETIMEDOUT = 110;
    public const int EHOSTUNREACH = 113;
    public const int ECANCELED = 125;

    /// <summary>The kernel's name of a number.</summary>
    public static string NameOf(int errno) => Describe(errno)?.Name
        ?? string.Create(CultureInfo.InvariantCulture, $"errno {errno}");

    /// <summary>What the number means, in a few words.</summary>
    public static string MeaningOf(int errno) => Describe(errno)?.Meaning ?? "unknown error";

    private static (string Name, string Meaning)? Describe(int errno) => errno switch
    {
        EPERM => (nameof(EPERM), "operation not permitted"),
        ENOENT => (nameof(ENOENT), "no such file or object"),
        ESRCH => (nameof(ESRCH), "no such process or route"),
        EINTR => (nameof(EINTR), "interrupted"),
        EIO => (nameof(EIO), "input or output error"),
        ENXIO => (nameof(ENXIO), "no such device or address"),
        EBADF => (nameof(EBADF), "bad descriptor"),
        EAGAIN => (nameof(EAGAIN), "try again"),
        ENOMEM => (nameof(ENOMEM), "out of memory"),
        EACCES => (nameof(EACCES), "permission denied"),
        EFAULT => (nameof(EFAULT), "bad address in memory"),
        EBUSY => (nameof(EBUSY), "device or resource busy"),
        EEXIST => (nameof(EEXIST), "it exists already"),
        EXDEV => (nameof(EXDEV), "crosses devices"),
        ENODEV => (nameof(ENODEV), "no such device"),
        ENOTDIR => (nameof(ENOTDIR), "not a directory"),
        EINVAL => (nameof(EINVAL), "invalid argument"),
        ENFILE => (nameof(ENFILE), "too many open files on this host"),
        EMFILE => (nameof(EMFILE), "too many open files in this process"),
        ENOSPC => (nameof(ENOSPC), "no space left"),
        EROFS => (nameof(EROFS), "read-only file system"),
        ERANGE => (nameof(ERANGE), "number out of range"),
        ENAMETOOLONG => (nameof(ENAMETOOLONG), "name too long"),
        ELOOP => (nameof(ELOOP), "too many levels"),
        EBADMSG => (nameof(EBADMSG), "malformed message"),
        ERESTART => (nameof(ERESTART), "it has changed meanwhile"),
        EMSGSIZE => (nameof(EMSGSIZE), "message too long"),
        EPROTONOSUPPORT => (nameof(EPROTONOSUPPORT), "protocol not supported"),
        EOPNOTSUPP => (nameof(EOPNOTSUPP), "operation not supported"),
        EAFNOSUPPORT => (nameof(EAFNOSUPPORT), "address family not supported"),
        EADDRINUSE => (nameof(EADDRINUSE), "address in use"),
        EADDRNOTAVAIL => (nameof(EADDRNOTAVAIL), "address not available"),
        ENETDOWN => (nameof(ENETDOWN), "network is down"),
        ENETUNREACH => (nameof(ENETUNREACH), "network is unreachable"),
        ENOBUFS => (nameof(ENOBUFS), "no buffer space, messages were lost"),
        ENOTCONN => (nameof(ENOTCONN), "not connected"),
        ETIMEDOUT => (nameof(ETIMEDOUT), "timed out"),
        EHOSTUNREACH => (nameof(EHOSTUNREACH), "no route to the host"),
        ECANCELED => (nameof(ECANCELED), "cancelled, because another request was refused"),
        _ => null,
    };
}
