using System.Collections.Generic;
using System.Linq;
using Weft.Model.Binding;
using Weft.Model.Documents;
using Weft.Model.Resources;
using Weft.Net;

namespace Weft.Model.Lab;

/// <summary>Names, references and addresses: each exists, and each is one member's.</summary>
internal sealed partial class LabBinder
{
    private string MemberName(FieldReader fields, string role)
    {
        string name = DnsLabel(fields, "name");
        if (name.Length > 0 && !_members.TryAdd(name, role))
        {
            fields.Refuse("name", $"'{name}' is the name of {_members[name]} already: "
                + "nodes, hosts, routers and workloads have names of their own");
        }

        return name;
    }

    private string SegmentName(FieldReader fields)
    {
        string segment = fields.RequiredText("segment");
        if (segment.Length > 0)
        {
            CheckSegment(fields, "segment", segment);
        }

        return segment;
    }

    private void CheckSegment(FieldReader fields, string field, string segment)
    {
        if (!_segments.ContainsKey(segment))
        {
            string guess = NearestWord.Find(segment, _segments.Keys) is string near ? $"; did you mean '{near}'?" : "";
            fields.Refuse(field, $"there is no segment '{FieldReader.Shorten(segment)}'{guess}");
        }
    }

    private ValueList<IpAddress> Addresses(FieldReader fields, string name, ValueList<string> segments)
    {
        List<IpAddress> addresses = fields.Values<IpAddress>("address", IpAddress.TryParse, "an IP address", orOne: true);
        IpPrefix[] subnets = [.. segments
            .Where(_segments.ContainsKey)
            .SelectMany(segment => _segments[segment].Cidrs)];
        HashSet<IpPrefix> used = [];
        foreach (IpAddress address in addresses)
        {
            IpPrefix? subnet = subnets.Where(cidr => cidr.Contains(address)).Select(cidr => (IpPrefix?)cidr).FirstOrDefault();
            if (subnet is not IpPrefix cidr)
            {
                if (subnets.Length > 0)
                {
                    fields.Refuse("address", $"{address} is not in {string.Join(" or ", subnets)}");
                }
            }
            else if (!LabSubnet.IsUsable(cidr, address))
            {
                fields.Refuse(
                    "address", $"{address} is the first or last address of {cidr}, which no interface can have");
            }
            else if (!used.Add(cidr))
            {
                fields.Refuse(
                    "address", $"{address} is a second address in {cidr}: an interface has one of each family");
            }

            if (!_addresses.TryAdd(address, name))
            {
                fields.Refuse("address", $"{address} is the address of '{_addresses[address]}' already");
            }
        }

        return [.. addresses];
    }

    private string Guess(string name, string? role = null)
    {
        IEnumerable<string> known = _members.Where(member => role is null || member.Value == role).Select(member => member.Key);
        return NearestWord.Find(name, known) is string near ? $"; did you mean '{near}'?" : "";
    }

    private static string DnsLabel(FieldReader fields, string field)
    {
        string name = fields.RequiredText(field);
        if (name.Length > 0 && !ResourceNames.IsDnsLabel(name))
        {
            fields.Refuse(field, NotDnsLabel(name));
            return "";
        }

        return name;
    }

    private static string NotDnsLabel(string name) =>
        $"'{FieldReader.Shorten(name)}' is not a DNS label: lower-case letters, digits and '-', "
        + $"with a letter or digit at both ends, at most {ResourceNames.DnsLabelMax}";
}
