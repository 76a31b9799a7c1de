using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Binding;

/// <summary><c>AddressLoan</c> (weft.dev/v1), which only Weft writes.</summary>
internal static class AddressLoanBinding
{
    /// <summary>Reads the loan.</summary>
    public static AddressLoan Bind(FieldReader document, Metadata metadata)
    {
        FieldReader spec = document.MappingOrEmpty("spec");
        if (!spec.Has("block"))
        {
            spec.Missing("block");
        }

        AddressLoan loan = new()
        {
            Metadata = metadata,
            Pool = spec.RequiredText("pool"),
            Block = spec.Value<IpPrefix>("block", IpPrefix.TryParse, "a CIDR such as 10.65.0.0/26") ?? default,
            Lender = spec.RequiredText("lender"),
            Borrower = spec.RequiredText("borrower"),
            Wanted = spec.Value<IpAddress>("wanted", IpAddress.TryParse, "an address"),
            Address = spec.Value<IpAddress>("address", IpAddress.TryParse, "an address"),
            Announcing = spec.Boolean("announcing") ?? false,
            Declined = [.. spec.Values<IpPrefix>("declined", IpPrefix.TryParse, "a CIDR such as 10.65.0.0/26")],
        };
        spec.Finish();
        return loan;
    }

    /// <summary>Writes the specification.</summary>
    public static void Write(AddressLoan loan, MappingBuilder document)
    {
        MappingBuilder spec = new MappingBuilder()
            .Add("pool", loan.Pool)
            .Add("block", loan.Block.ToString())
            .Add("lender", loan.Lender)
            .Add("borrower", loan.Borrower)
            .AddText("wanted", loan.Wanted)
            .AddText("address", loan.Address)
            .Add("declined", [.. loan.Declined.Select(block => block.ToString())]);
        document.Add("spec", (loan.Announcing ? spec.Add("announcing", true) : spec).Build());
    }
}
