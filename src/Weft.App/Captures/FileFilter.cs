using System.Collections.Generic;
using Weft.App.CommandLine;
using Weft.Net;
using Weft.Net.Captures;
using Weft.Net.Filters;

namespace Weft.App.Captures;

/// <summary>A filter for the packets of a file, whose interfaces may be of different link types. Names of hosts are those
/// that the file itself has for addresses.</summary>
internal sealed class FileFilter : IFilterNames
{
    private readonly string _text;
    private readonly CaptureReader _reader;
    private readonly Dictionary<LinkType, PacketFilter> _compiled = [];
    private LinkType? _lastLink;
    private PacketFilter? _last;

    /// <summary>A filter; one that is wrong in itself is wrong usage, also where no packet comes.</summary>
    /// <param name="text">In pcap's language.</param>
    /// <param name="reader">The file that is read.</param>
    public FileFilter(string text, CaptureReader reader)
    {
        _text = text;
        _reader = reader;

        // A name may become known later, from the file: the rest of the text is checked now.
        FilterOptions anything = new() { LinkType = LinkType.Ethernet, Names = new AnyName() };
        if (!PacketFilter.TryCompile(text, anything, out _, out FilterError? error))
        {
            throw Wrong(error);
        }
    }

    /// <summary>Whether a packet is wanted.</summary>
    public bool Matches(in CapturedPacket packet)
    {
        LinkType link = packet.Interface.LinkType;
        if (_lastLink != link)
        {
            _last = CompiledFor(link);
            _lastLink = link;
        }

        return _last!.Matches(packet);
    }

    /// <inheritdoc/>
    public IReadOnlyList<IpAddress> AddressesOf(string name)
    {
        List<IpAddress> addresses = [];
        foreach (ResolvedName known in _reader.Names)
        {
            if (known.Name == name && !addresses.Contains(known.Address))
            {
                addresses.Add(known.Address);
            }
        }

        return addresses;
    }

    private PacketFilter CompiledFor(LinkType link)
    {
        if (!_compiled.TryGetValue(link, out PacketFilter? filter))
        {
            filter = PacketFilter.TryCompile(
                _text, new FilterOptions { LinkType = link, Names = this }, out PacketFilter? made, out FilterError? error)
                ? made
                : throw Wrong(error);
            _compiled.Add(link, filter);
        }

        return filter;
    }

    private CommandFailure Wrong(FilterError error) => CommandFailure.Usage($"the filter is wrong: {error.Show(_text)}");

    private sealed class AnyName : IFilterNames
    {
        public IReadOnlyList<IpAddress> AddressesOf(string name) => [new IpAddress(new Ipv4Address(0))];
    }
}
