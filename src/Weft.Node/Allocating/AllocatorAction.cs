using Weft.Net;
using Weft.Node.Allocation;
using Weft.Plan.Protocol;

namespace Weft.Node.Allocating;

/// <summary>What the allocator wants carried out, in order. The family is closed; the brain has an action for each.</summary>
internal abstract record AllocatorAction
{
    private AllocatorAction()
    {
    }

    /// <summary>Put a record on disk, and tell <see cref="AddressAllocator.TakeWritten"/> of it.</summary>
    public sealed record WriteJournal(long Sequence, JournalRecord Record) : AllocatorAction;

    /// <summary>Ask the server for a block, and tell <see cref="AddressAllocator.TakeClaim"/>.</summary>
    public sealed record ClaimBlock(string Pool, int Have, IpAddress? Wanted) : AllocatorAction;

    /// <summary>Give an empty block, or a borrowed address, back, and tell <see cref="AddressAllocator.TakeRelease"/>.</summary>
    public sealed record ReleaseBlock(IpPrefix Cidr, long Revision) : AllocatorAction;

    /// <summary>Ask the server for an address of another node, and tell <see cref="AddressAllocator.TakeLoan"/>.</summary>
    public sealed record RequestLoan(string Pool, int Have, IpAddress? Wanted) : AllocatorAction;

    /// <summary>Tell the server which address is lent, or that none is, and tell
    /// <see cref="AddressAllocator.TakeLoanDecided"/>.</summary>
    public sealed record DecideLoan(string Loan, IpAddress? Address) : AllocatorAction;

    /// <summary>Something an operator should read.</summary>
    public sealed record Note(FindingSeverity Severity, string Message) : AllocatorAction;
}
