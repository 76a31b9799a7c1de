using System.Collections.Frozen;
using System.Collections.Generic;
using Weft.Net.Decoding;

namespace Weft.Dns.Formats;

/// <summary>What a part of a record's data is.</summary>
internal enum PartKind
{
    /// <summary>A number of so many bytes.</summary>
    Number,

    /// <summary>A name.</summary>
    Name,

    /// <summary>One length byte, and text.</summary>
    CharacterString,

    /// <summary>Such strings to the end.</summary>
    CharacterStrings,

    /// <summary>An address, or so many bytes.</summary>
    Bytes,

    /// <summary>One length byte, and bytes.</summary>
    CountedBytes,

    /// <summary>All bytes that are left, if there are any.</summary>
    Rest,

    /// <summary>All bytes that are left, as text.</summary>
    RestText,

    /// <summary>Seconds since 1970, 32 bits.</summary>
    Time,

    /// <summary>A bitmap of record types (RFC 4034, 4.1.2).</summary>
    TypeBitmap,

    /// <summary>Bytes that are written in base 32 (RFC 5155, 3.3), after their length.</summary>
    CountedBase32,

    /// <summary>A field with parts of bits.</summary>
    Shape,
}

/// <summary>A part of a record's data.</summary>
internal sealed record Part(PartKind Kind, Field Field, int Length = 0, Field? LengthField = null, Shape? Shape = null);

/// <summary>The data of each type of record: a row of parts. RFC 1035, 3.3, and those that follow it.</summary>
internal static class RecordShapes
{
    private static readonly Shape KeyFlags = Shape.Of(
        "flags",
        Bits.Of(
            16, Field.Hex("dns.dnskey.flags", "flags"),
            Bits.Of(7, Field.Hex("", "reserved")),
            Bits.Of(1, Field.Flag("dns.dnskey.flags.zone_key", "zone key")),
            Bits.Of(1, Field.Flag("dns.dnskey.flags.key_revoked", "revoked")),
            Bits.Of(6, Field.Hex("", "reserved")),
            Bits.Of(1, Field.Flag("dns.dnskey.flags.secure_entry_point", "secure entry point"))));

    private static readonly Shape Nsec3Flags = Shape.Of(
        "flags",
        Bits.Of(
            8, Field.Dec("dns.nsec3.flags", "flags"),
            Bits.Reserved(7),
            Bits.Of(1, Field.Flag("dns.nsec3.flags.opt_out", "opt-out"))));

    private static readonly Part[] KeyParts =
    [
        new(PartKind.Shape, Field.Hex("", "flags"), 2, Shape: KeyFlags),
        Number("dns.dnskey.protocol", "protocol", 1),
        new(PartKind.Number, Field.Dec("dns.dnskey.algorithm", "algorithm", DnsWords.Algorithm), 1),
        Rest("dns.dnskey.public_key", "public key"),
    ];

    private static readonly Part[] DigestParts =
    [
        new(PartKind.Number, Field.Hex("dns.ds.key_id", "key tag"), 2),
        new(PartKind.Number, Field.Dec("dns.ds.algorithm", "algorithm", DnsWords.Algorithm), 1),
        Number("dns.ds.digest_type", "digest type", 1),
        Rest("dns.ds.digest", "digest"),
    ];

    private static readonly Part[] SignatureParts =
    [
        new(PartKind.Number, Field.Dec("dns.rrsig.type_covered", "type covered", DnsWords.Type), 2),
        new(PartKind.Number, Field.Dec("dns.rrsig.algorithm", "algorithm", DnsWords.Algorithm), 1),
        Number("dns.rrsig.labels", "labels", 1),
        Number("dns.rrsig.original_ttl", "original time to live", 4),
        new(PartKind.Time, Field.Text("dns.rrsig.signature_expiration", "expires")),
        new(PartKind.Time, Field.Text("dns.rrsig.signature_inception", "valid from")),
        Number("dns.rrsig.key_tag", "key tag", 2),
        Name("dns.rrsig.signers_name", "signer"),
        Rest("dns.rrsig.signature", "signature"),
    ];

    private static readonly Part[] AssociationParts =
    [
        Number("dns.tlsa.certificate_usage", "certificate usage", 1),
        Number("dns.tlsa.selector", "selector", 1),
        Number("dns.tlsa.matching_type", "matching type", 1),
        Rest("dns.tlsa.certificate_association_data", "certificate association data"),
    ];

    private static readonly FrozenDictionary<int, Part[]> Types = new Dictionary<int, Part[]>
    {
        [1] = [new(PartKind.Bytes, Field.V4("dns.a", "address"), 4)],
        [2] = [Name("dns.ns", "name server")],
        [5] = [Name("dns.cname", "canonical name")],
        [6] =
        [
            Name("dns.soa.mname", "primary name server"),
            Name("dns.soa.rname", "mailbox of who is responsible"),
            Number("dns.soa.serial_number", "serial number", 4),
            Number("dns.soa.refresh_interval", "refresh after seconds", 4),
            Number("dns.soa.retry_interval", "retry after seconds", 4),
            Number("dns.soa.expire_limit", "expires after seconds", 4),
            Number("dns.soa.minimum_ttl", "negative answers live for seconds", 4),
        ],
        [12] = [Name("dns.ptr.domain_name", "name")],
        [13] =
        [
            String("dns.hinfo.cpu", "processor", "dns.hinfo.cpu_length"),
            String("dns.hinfo.os", "operating system", "dns.hinfo.os_length"),
        ],
        [15] = [Number("dns.mx.preference", "preference", 2), Name("dns.mx.mail_exchange", "mail exchange")],
        [16] = [Strings("dns.txt", "text", "dns.txt.length")],
        [17] = [Name("dns.rp.mailbox", "mailbox"), Name("dns.rp.txt_rr", "text record")],
        [18] = [Number("dns.afsdb.subtype", "subtype", 2), Name("dns.afsdb.hostname", "host")],
        [24] = SignatureParts,
        [28] = [new(PartKind.Bytes, Field.V6("dns.aaaa", "address"), 16)],
        [33] =
        [
            Number("dns.srv.priority", "priority", 2),
            Number("dns.srv.weight", "weight", 2),
            Number("dns.srv.port", "port", 2),
            Name("dns.srv.target", "target"),
        ],
        [35] =
        [
            Number("dns.naptr.order", "order", 2),
            Number("dns.naptr.preference", "preference", 2),
            String("dns.naptr.flags", "flags", "dns.naptr.flags_length"),
            String("dns.naptr.service", "service", "dns.naptr.service_length"),
            String("dns.naptr.regex", "regular expression", "dns.naptr.regex_length"),
            Name("dns.naptr.replacement", "replacement"),
        ],
        [37] =
        [
            Number("dns.cert.type", "type", 2),
            new(PartKind.Number, Field.Hex("dns.cert.key_tag", "key tag"), 2),
            new(PartKind.Number, Field.Dec("dns.cert.algorithm", "algorithm", DnsWords.Algorithm), 1),
            Rest("dns.cert.certificate", "certificate"),
        ],
        [39] = [Name("dns.dname", "name")],
        [43] = DigestParts,
        [44] =
        [
            Number("dns.sshfp.algorithm", "algorithm", 1),
            Number("dns.sshfp.fingerprint.type", "fingerprint type", 1),
            Rest("dns.sshfp.fingerprint", "fingerprint"),
        ],
        [46] = SignatureParts,
        [47] = [Name("dns.nsec.next_domain_name", "next name"), Bitmap()],
        [48] = KeyParts,
        [49] = [Rest("dns.dhcid.rdata", "identifier")],
        [50] =
        [
            Number("dns.nsec3.algo", "hash algorithm", 1),
            new(PartKind.Shape, Field.Dec("", "flags"), 1, Shape: Nsec3Flags),
            Number("dns.nsec3.iterations", "iterations", 2),
            new(
                PartKind.CountedBytes, Field.Bytes("dns.nsec3.salt_value", "salt"),
                LengthField: Field.Dec("dns.nsec3.salt_length", "length of the salt")),
            new(
                PartKind.CountedBase32, Field.Text("dns.nsec3.hash_value", "next hash"),
                LengthField: Field.Dec("dns.nsec3.hash_length", "length of the hash")),
            Bitmap(),
        ],
        [51] =
        [
            Number("dns.nsec3.algo", "hash algorithm", 1),
            Number("dns.nsec3.flags", "flags", 1),
            Number("dns.nsec3.iterations", "iterations", 2),
            new(
                PartKind.CountedBytes, Field.Bytes("dns.nsec3.salt_value", "salt"),
                LengthField: Field.Dec("dns.nsec3.salt_length", "length of the salt")),
        ],
        [52] = AssociationParts,
        [53] = AssociationParts,
        [59] = DigestParts,
        [60] = KeyParts,
        [62] = [Number("dns.csync.soa", "serial number", 4), new(PartKind.Number, Field.Hex("dns.csync.flags", "flags"), 2), Bitmap()],
        [63] =
        [
            Number("dns.zonemd.serial", "serial number", 4),
            Number("dns.zonemd.scheme", "scheme", 1),
            Number("dns.zonemd.hash_algo", "hash algorithm", 1),
            Rest("dns.zonemd.digest", "digest"),
        ],
        [99] = [Strings("dns.spf", "text", "dns.spf.length")],
        [108] = [new(PartKind.Bytes, Field.Mac("dns.eui48", "address"), 6)],
        [109] = [new(PartKind.Bytes, Field.Mac("dns.eui64", "address"), 8)],
        [256] =
        [
            Number("dns.srv.priority", "priority", 2),
            Number("dns.srv.weight", "weight", 2),
            new(PartKind.RestText, Field.Text("dns.srv.target", "target")),
        ],
        [32769] = DigestParts,
    }.ToFrozenDictionary();

    /// <summary>The parts of a type; null if it is not known.</summary>
    public static Part[]? Of(int type) => Types.GetValueOrDefault(type);

    private static Part Number(string name, string title, int length) => new(PartKind.Number, Field.Dec(name, title), length);

    private static Part Name(string name, string title) => new(PartKind.Name, Field.Text(name, title));

    private static Part Rest(string name, string title) => new(PartKind.Rest, Field.Bytes(name, title));

    private static Part String(string name, string title, string lengthName) =>
        new(PartKind.CharacterString, Field.Text(name, title), LengthField: Field.Dec(lengthName, "length of the " + title));

    private static Part Strings(string name, string title, string lengthName) =>
        new(PartKind.CharacterStrings, Field.Text(name, title), LengthField: Field.Dec(lengthName, "length of the " + title));

    private static Part Bitmap() => new(PartKind.TypeBitmap, Field.Text("", "types that exist"));
}
