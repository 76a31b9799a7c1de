using System;
using System.Collections.Generic;
using System.Linq;
using Weft.Net;
using Weft.Node.Allocation;
using Weft.Plan.Entries;
using Weft.Plan.Protocol;

namespace Weft.Node.Allocating;

/// <content>Loans of single addresses, from both sides. The lender's journal has the address as long as another may use it:
/// it chooses it before anybody hears of it, and frees it when the loan is gone from the store.</content>
internal sealed partial class AddressAllocator
{
    private static readonly TimeSpan LoanRetry = TimeSpan.FromSeconds(1);

    // What we asked to borrow, by what was asked for; and what we told of what others borrow, by the loan.
    private readonly SortedDictionary<string, LoanAsked> _loanRequests = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Refusal> _refusedLoans = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Told> _decisions = new(StringComparer.Ordinal);

    // Something is lent that the journal does not have yet.
    private bool _isLentUnknown;

    private Instant? LoansDeadline
    {
        get
        {
            Instant? earliest = null;
            foreach (LoanAsked asked in _loanRequests.Values)
            {
                earliest = Earliest(earliest, asked.RetryAt);
            }

            foreach (Told told in _decisions.Values)
            {
                earliest = Earliest(earliest, IfAhead(told.RetryAt));
            }

            foreach (Refusal refused in _refusedLoans.Values)
            {
                earliest = Earliest(earliest, refused.Until);
            }

            return earliest;
        }
    }

    private sealed class LoanAsked(string pool)
    {
        public string Pool { get; } = pool;

        // When it is asked for again; none while the question is under way.
        public Instant? RetryAt { get; set; }
    }

    private sealed class Told
    {
        public Instant? RetryAt { get; set; }
    }

    /// <summary>The server's answer to a request for an address of another node.</summary>
    public void TakeLoan(string pool, IpAddress? wanted, string? error, bool unreachable, Instant now)
    {
        string key = KeyOf(pool, wanted);
        if (error is not null)
        {
            _loanRequests.Remove(key);
            _refusedLoans[key] = new Refusal(pool, error, unreachable, now.After(LoanRetry));
        }
        else if (_loanRequests.TryGetValue(key, out LoanAsked? asked))
        {
            // The lender may have none left by now, of which nobody tells us: asking again is safe.
            asked.RetryAt = now.After(LoanRetry);
        }
    }

    /// <summary>The server has, or has not, taken what we said of a loan of ours.</summary>
    public void TakeLoanDecided(string loan, string? error, Instant now)
    {
        if (!_decisions.TryGetValue(loan, out Told? told))
        {
            return; // It is gone, or said to another server anew.
        }

        told.RetryAt = now.After(LoanRetry);
        if (error is null)
        {
            findings.Remove($"loan {loan}");
        }
        else
        {
            Find($"loan {loan}", FindingSeverity.Notice, $"the server has not taken what is lent: {error}", $"AddressLoan/{loan}");
        }
    }

    // Asks to borrow, unless that was refused a moment ago.
    private bool TryBorrow(string pool, IpAddress? wanted, Instant now, List<AllocatorAction> actions, out Refusal? why)
    {
        string key = KeyOf(pool, wanted);
        if (_refusedLoans.TryGetValue(key, out why) && why.Until > now)
        {
            return false;
        }

        why = null; // What was refused longer ago may be lent now.
        _refusedLoans.Remove(key);
        if (!_loanRequests.TryGetValue(key, out LoanAsked? asked) || asked.RetryAt <= now)
        {
            _loanRequests[key] = new LoanAsked(pool);
            int have = _ownBlocks.Values.Count(b => b.Pool == pool && b.Lender is not null);
            actions.Add(new AllocatorAction.RequestLoan(pool, have, wanted));
        }

        return true;
    }

    // What nobody waits for any more, and refusals that do not count any more.
    private void ForgetLoanRequests(Instant now)
    {
        foreach ((string key, LoanAsked asked) in _loanRequests.ToList())
        {
            if (asked.RetryAt <= now)
            {
                _loanRequests.Remove(key);
            }
        }

        foreach ((string key, Refusal refused) in _refusedLoans.ToList())
        {
            if (refused.Until <= now)
            {
                _refusedLoans.Remove(key);
            }
        }
    }

    private void LendAddresses(Instant now, List<AllocatorAction> actions)
    {
        foreach (string gone in _decisions.Keys.Where(loan => !_loanEntries.ContainsKey(LoanEntry.KeyOf(loan))).ToList())
        {
            _decisions.Remove(gone);
        }

        JournalWhatIsLent(actions);
        if (!IsCurrent || IsJournalBroken)
        {
            return;
        }

        foreach (LoanEntry loan in _loanEntries.Values.Where(loan => loan.Address is null || Book.LentAs(loan.Name) is not null))
        {
            if (Book.LentAs(loan.Name) is { } lent)
            {
                if (lent != loan.Address && !IsWriting<AddressLent>(r => r.Loan == loan.Name))
                {
                    Tell(loan, lent, now, actions);
                }
            }
            else if (NextToLend(loan, now) is { } address)
            {
                Write(new AddressLent(loan.Name, address, plan.Revision), actions);
            }
            else
            {
                Tell(loan, null, now, actions);
            }
        }
    }

    // The store's address is one that this journal has forgotten: it was lost, and the borrower has the address. No server has
    // to be heard for that, and nobody gets an address before it is done.
    private void JournalWhatIsLent(List<AllocatorAction> actions)
    {
        _isLentUnknown = false;
        foreach (LoanEntry loan in _loanEntries.Values.Where(loan => loan.Address is not null && Book.LentAs(loan.Name) is null))
        {
            IpAddress address = loan.Address!.Value;
            if (Book.OwnerOf(address) is { } owner)
            {
                Find($"loan {loan.Name}", FindingSeverity.Error, $"{address} is lent to node {loan.Borrower} and belongs to {owner} too: "
                    + "disconnect one of them", $"AddressLoan/{loan.Name}");
            }
            else if (IsBehind || IsJournalBroken)
            {
                _isLentUnknown = true;
            }
            else
            {
                Write(new AddressLent(loan.Name, address, plan.Revision), actions);
            }
        }
    }

    private IpAddress? NextToLend(LoanEntry loan, Instant now) => IsLeaving ? null
        : loan.Wanted is { } wanted ? Book.BlockOf(wanted)?.Cidr == loan.Block && !Book.IsTaken(wanted) ? wanted : null
        : Book.NextFreeIn(loan.Block, now, Cooldown, out _);

    private void Tell(LoanEntry loan, IpAddress? address, Instant now, List<AllocatorAction> actions)
    {
        if (!_decisions.TryGetValue(loan.Name, out Told? told))
        {
            told = new Told();
            _decisions.Add(loan.Name, told);
        }
        else if (told.RetryAt is not { } retry || retry > now)
        {
            return;
        }

        told.RetryAt = null;
        actions.Add(new AllocatorAction.DecideLoan(loan.Name, address));
    }

    // A loan that the store no longer has: the borrower has given the address back, or is gone.
    private void ReturnLoans(List<AllocatorAction> actions)
    {
        if (IsForgotten || IsDeleted || IsBehind || IsJournalBroken || Self is null)
        {
            return;
        }

        foreach (AddressLent lent in Book.Loans.ToList())
        {
            if (!_loanEntries.ContainsKey(LoanEntry.KeyOf(lent.Loan)) && plan.Revision >= lent.Revision
                && !IsWriting<AddressLent>(r => r.Loan == lent.Loan) && !IsWriting<AddressReturned>(r => r.Loan == lent.Loan))
            {
                Write(new AddressReturned(lent.Loan), actions);
            }
        }
    }
}
