using Weft.Net.Bpf;

namespace Weft.Net.Filters;

internal sealed partial class FilterParser
{
    private const int UnaryPrecedence = 6;

    private bool BeginsNumber() => Now.Kind == FilterTokenKind.Number || Now.Is("-") || Now.Is("len") || Now.Is("length")
        || (Now.Kind == FilterTokenKind.Word && FilterWords.Protocols.ContainsKey(Now.Text) && Peek(1).Is("["));

    private FilterNumber? ParseNumber(int precedence) =>
        ParseNumberTerm() is { } first ? ParseOperations(first, precedence) : null;

    // libpcap gives '%' and '^' no precedence: what is on their right goes on as far as it can, whatever it is.
    private FilterNumber? ParseOperations(FilterNumber left, int precedence)
    {
        while (Now.Kind == FilterTokenKind.Symbol && OperationOf(Now.Text) is var (code, own) && own >= 0)
        {
            bool isGreedy = own == 0;
            if (!isGreedy && own < precedence)
            {
                break;
            }

            _at++;
            if (_depth >= DepthMax)
            {
                return Fail<FilterNumber>($"a calculation lies {DepthMax} deep at most");
            }

            _depth++;
            FilterNumber? right = ParseNumber(isGreedy ? 0 : own + 1);
            _depth--;
            if (right is null || Refused(code, right))
            {
                return null;
            }

            left = new FilterNumber.Operation(left.At, code, left, right);
            if (!CountOperation())
            {
                return null;
            }
        }

        return left;
    }

    private FilterNumber? ParseNumberTerm()
    {
        int at = Now.At;
        if (Now.Kind == FilterTokenKind.Number)
        {
            uint value = Now.Number;
            _at++;
            return new FilterNumber.Constant(at, value);
        }

        if (Now.Is("len") || Now.Is("length"))
        {
            _at++;
            return new FilterNumber.PacketLength(at);
        }

        if (Now.Is("-") || Now.Is("("))
        {
            bool isNegation = Now.Is("-");
            if (!Enter())
            {
                return null;
            }

            FilterNumber? operand = ParseNumber(isNegation ? UnaryPrecedence : 0);
            _depth--;
            return operand is null ? null
                : isNegation ? new FilterNumber.Negation(at, operand)
                : Expect(")") ? operand
                : null;
        }

        return BeginsNumber() ? ParseLoad()
            : Fail<FilterNumber>($"a number, 'len' or a byte of a header such as 'ip[0]' is expected, not {Shown()}");
    }

    private FilterNumber? ParseLoad()
    {
        int at = Now.At;
        FilterProtocol protocol = FilterWords.Protocols[Now.Text];
        _at++;
        if (!Enter())
        {
            return null;
        }

        FilterNumber? offset = ParseNumber(0);
        _depth--;
        if (offset is null)
        {
            return null;
        }

        int size = 1;
        if (Now.Is(":"))
        {
            _at++;
            if (Now.Kind != FilterTokenKind.Number || Now.Number is not (1 or 2 or 4))
            {
                return Fail<FilterNumber>($"1, 2 or 4 bytes can be read, not {Shown()}");
            }

            size = (int)Now.Number;
            _at++;
        }

        return Expect("]") && CountOperation() ? new FilterNumber.Load(at, protocol, offset, size) : null;
    }

    private bool CountOperation()
    {
        _primitives++;
        if (_primitives > PrimitivesMax)
        {
            _ = Fail<object>($"a filter has {PrimitivesMax} primitives and operations at most");
        }

        return _primitives <= PrimitivesMax;
    }

    private bool Refused(ushort code, FilterNumber right)
    {
        if (right is not FilterNumber.Constant constant)
        {
            return false;
        }

        string? why = code is BpfCode.Divide or BpfCode.Modulo && constant.Value == 0 ? "nothing can be divided by zero"
            : code is BpfCode.ShiftLeft or BpfCode.ShiftRight && constant.Value > 31 ? "a number has 32 bits to shift"
            : null;
        if (why is not null)
        {
            _ = Fail<object>(why, right.At);
        }

        return why is not null;
    }

    // The code in BPF, and the precedence: 0 for those that have none, less for what is no operation.
    private static (ushort Code, int Precedence) OperationOf(string symbol) => symbol switch
    {
        "|" => (BpfCode.Or, 1),
        "&" => (BpfCode.And, 2),
        "<<" => (BpfCode.ShiftLeft, 3),
        ">>" => (BpfCode.ShiftRight, 3),
        "+" => (BpfCode.Add, 4),
        "-" => (BpfCode.Subtract, 4),
        "*" => (BpfCode.Multiply, 5),
        "/" => (BpfCode.Divide, 5),
        "%" => (BpfCode.Modulo, 0),
        "^" => (BpfCode.ExclusiveOr, 0),
        _ => (0, -1),
    };
}
