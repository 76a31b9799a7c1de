using Weft.Net.Bpf;

namespace Weft.Net.Filters;

// protochain: the protocol anywhere in the chain of headers. libpcap's program has a loop, which the kernel refuses; this
// one has the loop written out.
internal sealed partial class FilterCompiler
{
    private const int ChainMax = 6;
    private const uint ProtocolHopByHop = 0;
    private const uint ProtocolRouting = 43;
    private const uint ProtocolAuthentication = 51;
    private const uint ProtocolNoNext = 59;
    private const uint ProtocolDestinationOptions = 60;

    private FilterTest ChainTest(FilterExpression.ProtocolChain chain)
    {
        if (Network.IsVariable)
        {
            return Fail(chain.At, "'protochain' is not known within a tunnel");
        }

        int place = AllocateRegister(chain.At);
        int protocol = AllocateRegister(chain.At);
        FilterTest Of(FilterExpression.ProtocolChain one, bool isIpv6) => isIpv6
            ? TypeTest(EtherTypeIpv6, one.At).And(ChainFrom(one.Number, isIpv6, place, protocol, Ipv6NextHeaderAt))
            : TypeTest(EtherTypeIpv4, one.At).And(ChainFrom(one.Number, isIpv6, place, protocol, Ipv4ProtocolAt));
        return chain.Carrier switch
        {
            FilterProtocol.Ip => Of(chain, isIpv6: false),
            FilterProtocol.Ipv6 => Of(chain, isIpv6: true),
            _ => Of(chain, isIpv6: false).Or(Of(chain, isIpv6: true)),
        };
    }

    private FilterTest ChainFrom(uint number, bool isIpv6, int place, int protocol, uint protocolAt)
    {
        // Where the first header behind IP's lies, counted from IP's, and what it is.
        FilterTest begun = new FilterTest.Effect(
        [
            isIpv6 ? new BpfInstruction(BpfCode.LoadIndex | BpfCode.Immediate, Ipv6Length)
                : new BpfInstruction(BpfCode.LoadIndex | BpfCode.HeaderLength | BpfCode.Byte, Network.Constant),
            new BpfInstruction(BpfCode.StoreIndex, (uint)place),
            .. LoadAt(Network.Plus(protocolAt), BpfCode.Byte),
            new BpfInstruction(BpfCode.Store, (uint)protocol),
        ]);
        FilterTest IsNow(uint value) => new FilterTest.Check(
            Load([new BpfInstruction(BpfCode.Load | BpfCode.Memory, (uint)protocol)]), BpfCode.Equal, value);

        // Lengths: in units of 8 bytes without the first, of AH in units of 4 without the first two (RFC 8200, RFC 4302).
        FilterTest.Effect Passed(uint plus, uint times) => new(
        [
            new BpfInstruction(BpfCode.LoadIndex | BpfCode.Memory, (uint)place),
            new BpfInstruction(BpfCode.Load | BpfCode.Indirect | BpfCode.Byte, Network.Constant),
            new BpfInstruction(BpfCode.Store, (uint)protocol),
            new BpfInstruction(BpfCode.Load | BpfCode.Indirect | BpfCode.Byte, Network.Constant + 1),
            new BpfInstruction(BpfCode.Arithmetic | BpfCode.Add, plus),
            new BpfInstruction(BpfCode.Arithmetic | BpfCode.Multiply, times),
            new BpfInstruction(BpfCode.Arithmetic | BpfCode.Add | BpfCode.Index),
            new BpfInstruction(BpfCode.Store, (uint)place),
        ]);
        FilterTest test = IsNow(number);
        for (int i = 0; i < ChainMax; i++)
        {
            FilterTest further = IsNow(ProtocolAuthentication).And(Passed(2, 4));
            if (isIpv6)
            {
                FilterTest isExtension = IsNow(ProtocolHopByHop).Or(IsNow(ProtocolDestinationOptions))
                    .Or(IsNow(ProtocolRouting)).Or(IsNow(ProtocolFragment));
                further = isExtension.And(Passed(1, 8)).Or(further);
            }

            test = IsNow(number).Or(IsNow(ProtocolNoNext).Reversed().And(further).And(test));
        }

        return begun.And(test);
    }
}
