using System;
using System.Collections.Generic;
using System.Globalization;

namespace Weft.Net.Filters;

internal sealed partial class FilterParser
{
    // A value for the words before it, or several in parentheses.
    private Operand? ParseId(Qualifier words)
    {
        if (Now.Is("!"))
        {
            int at = Now.At;
            if (!Enter())
            {
                return null;
            }

            Operand? operand = ParseId(words);
            _depth--;
            return operand?.Expression is { } inner
                ? operand with { Expression = new FilterExpression.Not(at, inner) }
                : null;
        }

        if (Now.Is("("))
        {
            if (!Enter())
            {
                return null;
            }

            Operand? all = ParseId(words);
            while (all?.Expression is { } left && (Now.Is("and") || Now.Is("or")))
            {
                bool isAnd = Now.Is("and");
                _at++;
                Operand? right = ParseId(words);
                all = right?.Expression is not { } next ? null
                    : right with
                    {
                        Expression = isAnd ? new FilterExpression.And(left, next) : new FilterExpression.Or(left, next),
                    };
            }

            _depth--;
            return all is not null && Expect(")") ? all : null;
        }

        return IdOperand(words);
    }

    private Operand? IdOperand(Qualifier words)
    {
        FilterToken token = Now;
        FilterExpression? made;
        switch (token.Kind)
        {
            case FilterTokenKind.Number:
                _at++;
                made = MakeNumberId(token.At, token.Number, words);
                break;
            case FilterTokenKind.Ipv4:
                _at++;
                made = MakeIpv4(token, words);
                break;
            case FilterTokenKind.Ipv6:
                _at++;
                made = MakeIpv6(token, words);
                break;
            case FilterTokenKind.Mac:
                _at++;
                made = words.Protocol == FilterProtocol.Link && words.Kind is IdKind.Host or IdKind.Plain
                    && MacAddress.TryParse(WithColons(token.Text), out MacAddress mac)
                    ? new FilterExpression.LinkAddress(token.At, words.End, mac)
                    : Fail<FilterExpression>("a MAC address goes with 'ether host', 'ether src' or 'ether dst'", token.At);
                break;
            case FilterTokenKind.Name:
            case FilterTokenKind.Word when words.Kind is IdKind.Proto or IdKind.ProtoChain:
                _at++;
                made = MakeName(token, words);
                break;
            default:
                made = Fail<FilterExpression>($"{Wanted(words.Kind)} is expected, not {Shown()}");
                break;
        }

        return made is null ? null : Counted(new Operand(made, null, words, IsId: true));
    }

    private static string Wanted(IdKind kind) => kind switch
    {
        IdKind.Net => "a network such as 10.0.0.0/8",
        IdKind.Port => "a port",
        IdKind.PortRange => "a range of ports such as 80-90",
        IdKind.Proto or IdKind.ProtoChain => "a protocol's number or name",
        _ => "a host's address or name",
    };

    private FilterExpression? MakeNumberId(int at, uint value, Qualifier words)
    {
        switch (words.Kind)
        {
            case IdKind.Port or IdKind.PortRange:
                return MakePorts(at, value, value, words);
            case IdKind.Proto:
                return MakeProtocol(at, value, words);
            case IdKind.ProtoChain:
                return MakeChain(at, value, words);
            case IdKind.Net:
                // A short network number: its zero bytes on the left go to the right, and are no part of the network.
                uint mask = uint.MaxValue;
                while (value != 0 && (value & 0xFF00_0000) == 0)
                {
                    value <<= 8;
                    mask <<= 8;
                }

                return MakeAddress(at, new Ipv4Address(value), mask, words);
            default:
                return MakeAddress(at, new Ipv4Address(value), uint.MaxValue, words);
        }
    }

    private FilterExpression? MakeIpv4(FilterToken token, Qualifier words)
    {
        if (words.Kind is not (IdKind.Plain or IdKind.Host or IdKind.Net))
        {
            return Fail<FilterExpression>($"{Wanted(words.Kind)} is expected, not an address", token.At);
        }

        if (!TryShortAddress(token.Text, out uint value, out int bits))
        {
            return Fail<FilterExpression>($"'{token.Text}' is no IPv4 address", token.At);
        }

        uint mask = uint.MaxValue << (32 - bits);
        if (Now.Is("mask"))
        {
            _at++;
            if (Now.Kind != FilterTokenKind.Ipv4 || !TryShortAddress(Now.Text, out mask, out _))
            {
                return Fail<FilterExpression>($"a mask such as 255.255.0.0 is expected, not {Shown()}");
            }
        }
        else if (Now.Is("/"))
        {
            _at++;
            if (Now.Kind != FilterTokenKind.Number || Now.Number > 32)
            {
                return Fail<FilterExpression>($"a length from 0 to 32 is expected, not {Shown()}");
            }

            mask = Now.Number == 0 ? 0 : uint.MaxValue << (32 - (int)Now.Number);
        }
        else
        {
            return MakeAddress(token.At, new Ipv4Address(value), mask, words);
        }

        _at++;
        return words.Kind != IdKind.Net ? Fail<FilterExpression>("a mask goes with 'net', not with a host", token.At)
            : (value & ~mask) != 0
                ? Fail<FilterExpression>($"'{token.Text}' has bits outside its mask; is {new Ipv4Address(value & mask)} meant?",
                    token.At)
            : MakeAddress(token.At, new Ipv4Address(value), mask, words);
    }

    private FilterExpression? MakeIpv6(FilterToken token, Qualifier words)
    {
        uint length = 128;
        if (Now.Is("/"))
        {
            _at++;
            if (Now.Kind != FilterTokenKind.Number || Now.Number > 128)
            {
                return Fail<FilterExpression>($"a length from 0 to 128 is expected, not {Shown()}");
            }

            length = Now.Number;
            _at++;
        }

        if (words.Kind is not (IdKind.Plain or IdKind.Host or IdKind.Net))
        {
            return Fail<FilterExpression>($"{Wanted(words.Kind)} is expected, not an address", token.At);
        }

        if (!Ipv6Address.TryParse(token.Text, out Ipv6Address address))
        {
            return Fail<FilterExpression>($"'{token.Text}' is no IPv6 address", token.At);
        }

        IpAddress value = new(address);
        UInt128 mask = length == 0 ? 0 : UInt128.MaxValue << (128 - (int)length);
        return words.Kind != IdKind.Net && length != 128
            ? Fail<FilterExpression>("a length goes with 'net', not with a host", token.At)
            : (value.Number & ~mask) != 0 ? Fail<FilterExpression>($"'{token.Text}' has bits outside its length", token.At)
            : words.Protocol is FilterProtocol.Any or FilterProtocol.Ipv6
                ? new FilterExpression.Address(
                    token.At, words.Protocol, words.End, value, mask, words.Kind == IdKind.Net)
            : Fail<FilterExpression>("an IPv6 address goes with 'ip6' or without a protocol", token.At);
    }

    private FilterExpression? MakeAddress(int at, Ipv4Address value, uint mask, Qualifier words) => words.Protocol switch
    {
        FilterProtocol.Any or FilterProtocol.Ip or FilterProtocol.Arp or FilterProtocol.Rarp =>
            new FilterExpression.Address(
                at, words.Protocol, words.End, new IpAddress(value), mask, words.Kind == IdKind.Net),
        FilterProtocol.Link => Fail<FilterExpression>("a MAC address is expected after 'ether'", at),
        _ => Fail<FilterExpression>("an IPv4 address goes with 'ip', 'arp', 'rarp' or without a protocol", at),
    };

    private FilterExpression? MakePorts(int at, uint first, uint last, Qualifier words)
    {
        if (words.Protocol is not (FilterProtocol.Any or FilterProtocol.Tcp or FilterProtocol.Udp or FilterProtocol.Sctp))
        {
            return Fail<FilterExpression>("a port goes with 'tcp', 'udp', 'sctp' or without a protocol", at);
        }

        return Math.Max(first, last) > ushort.MaxValue
            ? Fail<FilterExpression>($"the largest port is 65535, not {Math.Max(first, last)}", at)
            : new FilterExpression.Port(
                at, words.Protocol, words.End, (ushort)Math.Min(first, last), (ushort)Math.Max(first, last),
                words.Kind == IdKind.PortRange);
    }

    private FilterExpression? MakeProtocol(int at, uint number, Qualifier words) =>
        words.Protocol is FilterProtocol.Any or FilterProtocol.Link or FilterProtocol.Ip or FilterProtocol.Ipv6
            or FilterProtocol.Iso or FilterProtocol.Isis
            ? new FilterExpression.ProtocolNumber(at, words.Protocol, number)
            : Fail<FilterExpression>("'proto' goes with 'ip', 'ip6', 'ether', 'iso', 'isis' or without a protocol", at);

    private FilterExpression? MakeChain(int at, uint number, Qualifier words) =>
        words.Protocol is FilterProtocol.Any or FilterProtocol.Ip or FilterProtocol.Ipv6
            ? new FilterExpression.ProtocolChain(at, words.Protocol, number)
            : Fail<FilterExpression>("'protochain' goes with 'ip', 'ip6' or without a protocol", at);

    private FilterExpression? MakeName(FilterToken token, Qualifier words)
    {
        switch (words.Kind)
        {
            case IdKind.Proto or IdKind.ProtoChain:
                uint? number = words.Protocol switch
                {
                    FilterProtocol.Link => FilterNumbers.EtherTypeOf(token.Text),
                    FilterProtocol.Iso => FilterNumbers.OsiProtocolOf(token.Text),
                    _ => FilterNumbers.IpProtocolOf(token.Text),
                };
                return number is not { } known ? Fail<FilterExpression>($"the protocol '{token.Text}' is not known", token.At)
                    : words.Kind == IdKind.Proto ? MakeProtocol(token.At, known, words)
                    : MakeChain(token.At, known, words);
            case IdKind.Port or IdKind.PortRange:
                return MakeNamedPorts(token, words);
            case IdKind.Net:
                return Fail<FilterExpression>($"'{token.Text}' is no network: names of networks are not known", token.At);
            default:
                return MakeNamedHost(token, words);
        }
    }

    private FilterExpression? MakeNamedPorts(FilterToken token, Qualifier words)
    {
        string[] ends = words.Kind == IdKind.PortRange ? token.Text.Split('-', 2) : [token.Text];
        List<FilterNumbers.Service> known = [];
        foreach (string end in ends)
        {
            if (uint.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
            {
                known.Add(new FilterNumbers.Service(number, FilterProtocol.Any));
            }
            else if (FilterNumbers.ServiceOf(end) is { } service)
            {
                known.Add(service);
            }
            else
            {
                return Fail<FilterExpression>($"{Wanted(words.Kind)} is expected; '{end}' is not known as one", token.At);
            }
        }

        // Of two names of services for different protocols neither one's protocol is meant.
        FilterProtocol own = known[0].Protocol == known[^1].Protocol ? known[0].Protocol : FilterProtocol.Any;
        return own != FilterProtocol.Any && words.Protocol != FilterProtocol.Any && own != words.Protocol
            ? Fail<FilterExpression>($"'{token.Text}' is a service of {own}".ToLowerInvariant(), token.At)
            : MakePorts(token.At, known[0].Port, known[^1].Port,
                words.Protocol == FilterProtocol.Any ? words with { Protocol = own } : words);
    }

    private FilterExpression? MakeNamedHost(FilterToken token, Qualifier words)
    {
        if (words.Protocol == FilterProtocol.Link)
        {
            return Fail<FilterExpression>($"a MAC address is expected after 'ether'; '{token.Text}' is none", token.At);
        }

        FilterExpression? any = null;
        foreach (IpAddress address in _names?.AddressesOf(token.Text) ?? [])
        {
            bool fits = address.Family == IpFamily.Ipv4
                ? words.Protocol is FilterProtocol.Any or FilterProtocol.Ip or FilterProtocol.Arp or FilterProtocol.Rarp
                : words.Protocol is FilterProtocol.Any or FilterProtocol.Ipv6;
            if (fits)
            {
                UInt128 mask = address.Family == IpFamily.Ipv4 ? uint.MaxValue : UInt128.MaxValue;
                FilterExpression one = new FilterExpression.Address(
                    token.At, words.Protocol, words.End, address, mask, IsNet: false);
                any = any is null ? one : new FilterExpression.Or(any, one);
            }
        }

        return any ?? Fail<FilterExpression>($"nobody of the name '{token.Text}' is known here", token.At);
    }

    // One to four numbers; how many bits they say goes with them.
    private static bool TryShortAddress(string text, out uint value, out int bits)
    {
        value = 0;
        bits = 0;
        foreach (string part in text.Split('.'))
        {
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out byte number))
            {
                return false;
            }

            value = (value << 8) | number;
            bits += 8;
        }

        value <<= 32 - bits;
        return true;
    }

    // The forms of the lexer: with hyphens, with dots, in groups of four digits, in one piece; a digit may stand alone.
    private static string WithColons(string text)
    {
        string[] groups = text.Split(':', '-', '.');
        if (groups.Length == 6)
        {
            return string.Join(':', Array.ConvertAll(groups, group => group.PadLeft(2, '0')));
        }

        string digits = string.Concat(groups);
        string[] pairs = new string[6];
        for (int i = 0; i < pairs.Length; i++)
        {
            pairs[i] = digits.Substring(2 * i, 2);
        }

        return string.Join(':', pairs);
    }
}
