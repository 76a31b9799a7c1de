using Weft.Model.Documents;
using Weft.Net;

namespace Weft.Model.Resources;

/// <summary>One address of a node's block that another node uses (<c>AddressLoan</c>, weft.dev/v1). Weft writes it when a
/// pool has no free block, and takes it away when the address is given back.</summary>
/// <remarks>Begun without an address: the journal of the lender's agent chooses it, so that it has one owner at any instant.
/// A name is never used twice: a late answer cannot meet another loan.</remarks>
public sealed record AddressLoan : Resource
{
    /// <inheritdoc/>
    public override ResourceKind Kind => ResourceKinds.AddressLoan;

    /// <summary>The pool that the address is of.</summary>
    public required string Pool { get; init; }

    /// <summary>The block that the address is taken from: the lender's, and of more than one address.</summary>
    public required IpPrefix Block { get; init; }

    /// <summary>The node that has the block.</summary>
    public required string Lender { get; init; }

    /// <summary>The node that uses the address.</summary>
    public required string Borrower { get; init; }

    /// <summary>The one address that was asked for; none if any will do.</summary>
    public IpAddress? Wanted { get; init; }

    /// <summary>The address; none until the lender has chosen.</summary>
    public IpAddress? Address { get; init; }

    /// <summary>Whether the other nodes are still being told the way to the address: the borrower gets it after that, as a new
    /// block (<see cref="IpamBlock.Announcing"/>).</summary>
    public bool Announcing { get; init; }

    /// <summary>Blocks that were asked before, and had none to lend.</summary>
    public ValueList<IpPrefix> Declined { get; init; } = [];

    /// <summary>The name of a loan that is begun now.</summary>
    /// <param name="uid">An identity never used before.</param>
    public static string NameOf(string uid) => $"loan-{uid}";
}
