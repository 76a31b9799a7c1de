namespace Weft.Net.Filters;

internal sealed partial class FilterParser
{
    private Operand? ParsePrimitive()
    {
        FilterToken first = Now;
        if (first.Kind != FilterTokenKind.Word)
        {
            return Fail<Operand>($"a primitive such as 'host 10.0.0.1' or 'tcp' is expected, not {Shown()}");
        }

        if (FilterWords.Protocols.TryGetValue(first.Text, out FilterProtocol protocol))
        {
            _at++;
            return ParseQualified(first.At, protocol);
        }

        if (FilterWords.Unsupported.Contains(first.Text))
        {
            return Fail<Operand>($"'{first.Text}' is about links or facilities that Weft does not know");
        }

        switch (first.Text)
        {
            case "less" or "greater":
                _at++;
                return ParsePlainNumber() is { } bytes
                    ? Primitive(new FilterExpression.Length(first.At, first.Text == "greater", bytes))
                    : null;
            case "inbound" or "outbound":
                _at++;
                return Primitive(new FilterExpression.Direction(first.At, first.Text == "outbound"));
            case "ifindex":
                _at++;
                return ParsePlainNumber() is { } index ? Primitive(new FilterExpression.Interface(first.At, index)) : null;
            case "byte":
                _at++;
                return ParseByte(first.At);
            case "inner":
                return ParseInner(first.At);
            case "vlan" or "mpls" or "pppoed" or "pppoes" or "vxlan" or "geneve":
                _at++;
                return ParseLayer(first);
            default:
                return ParseQualified(first.At, FilterProtocol.Any);
        }
    }

    // What can stand after the name of a protocol, or without one.
    private Operand? ParseQualified(int at, FilterProtocol protocol)
    {
        if (Now.Is("broadcast") || Now.Is("multicast"))
        {
            bool isBroadcast = Now.Is("broadcast");
            _at++;
            return Primitive(isBroadcast
                ? new FilterExpression.Broadcast(at, protocol)
                : new FilterExpression.Multicast(at, protocol));
        }

        if (Now.Is("proto") || Now.Is("protochain"))
        {
            IdKind kind = Now.Is("proto") ? IdKind.Proto : IdKind.ProtoChain;
            _at++;
            return Whole(ParseId(new Qualifier(protocol, FilterEnd.Either, kind)));
        }

        FilterEnd? end = ParseEnd();
        IdKind? named = KindOf(Now);
        if (named is not null)
        {
            _at++;
        }

        if (end is null && named is null)
        {
            if (protocol == FilterProtocol.Any)
            {
                return Fail<Operand>($"a primitive is expected, not {Shown()}");
            }

            return protocol == FilterProtocol.Link
                ? Fail<Operand>("'host', 'proto', 'broadcast', 'multicast' or '[' is expected after the link layer's name")
                : Primitive(new FilterExpression.IsProtocol(at, protocol));
        }

        return Whole(ParseId(new Qualifier(protocol, end ?? FilterEnd.Either, named ?? IdKind.Plain)));
    }

    // With the words before it a value is a primitive like any other.
    private static Operand? Whole(Operand? value) => value is null ? null : value with { IsId = false };

    // "src", "dst", and both with "or" or "and" between them.
    private FilterEnd? ParseEnd()
    {
        if (!Now.Is("src") && !Now.Is("dst"))
        {
            return null;
        }

        bool isSource = Now.Is("src");
        bool isBoth = Peek(2).Is(isSource ? "dst" : "src") && (Peek(1).Is("and") || Peek(1).Is("or"));
        FilterEnd end = !isBoth ? (isSource ? FilterEnd.Source : FilterEnd.Destination)
            : Peek(1).Is("and") ? FilterEnd.Both
            : FilterEnd.Either;
        _at += isBoth ? 3 : 1;
        return end;
    }

    private static IdKind? KindOf(FilterToken token) => token.Kind != FilterTokenKind.Word ? null : token.Text switch
    {
        "host" => IdKind.Host,
        "net" => IdKind.Net,
        "port" => IdKind.Port,
        "portrange" => IdKind.PortRange,
        _ => null,
    };

    private uint? ParsePlainNumber()
    {
        if (Now.Kind != FilterTokenKind.Number)
        {
            _ = Fail<object>($"a number is expected, not {Shown()}");
            return null;
        }

        uint value = Now.Number;
        _at++;
        return value;
    }

    private Operand? ParseLayer(FilterToken word)
    {
        uint? number = null;
        if (word.Text != "pppoed" && (Now.Kind == FilterTokenKind.Number
            || (Now.Is("(") && Peek(1).Kind == FilterTokenKind.Number && Peek(2).Is(")"))))
        {
            bool isInParentheses = Now.Is("(");
            FilterToken token = Peek(isInParentheses ? 1 : 0);
            uint max = word.Text switch { "vlan" => 0xFFF, "mpls" => 0xF_FFFF, "pppoes" => 0xFFFF, _ => 0xFF_FFFF };
            if (token.Number > max)
            {
                return Fail<Operand>($"the largest number for '{word.Text}' is {max}, not {token.Number}", token.At);
            }

            number = token.Number;
            _at += isInParentheses ? 3 : 1;
        }

        return Primitive(word.Text switch
        {
            "vlan" => new FilterExpression.Vlan(word.At, number),
            "mpls" => new FilterExpression.Mpls(word.At, number),
            "pppoed" => new FilterExpression.PppoeDiscovery(word.At),
            "pppoes" => new FilterExpression.PppoeSession(word.At, number),
            "vxlan" => new FilterExpression.Tunnel(word.At, FilterTunnel.Vxlan, number),
            _ => new FilterExpression.Tunnel(word.At, FilterTunnel.Geneve, number),
        });
    }

    // Lends no words to what follows: that would be said of the outer packet, and read as of the inner one.
    private Operand? ParseInner(int at)
    {
        if (!Enter())
        {
            return null;
        }

        Operand? operand = ParseItem(default, mayBeId: false, isInParentheses: false);
        _depth--;
        return Primitive(operand?.Expression is { } inner ? new FilterExpression.Inner(at, inner) : null);
    }

    // The oldest form: byte OFFSET = VALUE, of the link layer's header.
    private Operand? ParseByte(int at)
    {
        if (ParsePlainNumber() is not { } offset)
        {
            return null;
        }

        FilterComparison? comparison = Now.Is("=") ? FilterComparison.Equal
            : Now.Is("<") ? FilterComparison.Less
            : Now.Is(">") ? FilterComparison.Greater
            : null;
        if (comparison is not { } how)
        {
            return Fail<Operand>($"'=', '<' or '>' is expected, not {Shown()}");
        }

        _at++;
        int valueAt = Now.At;
        return ParsePlainNumber() is { } value
            ? Primitive(new FilterExpression.Relation(
                at, how,
                new FilterNumber.Load(at, FilterProtocol.Link, new FilterNumber.Constant(at, offset), 1),
                new FilterNumber.Constant(valueAt, value)))
            : null;
    }
}
