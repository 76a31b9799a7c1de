namespace Weft.Dns.Formats;

/// <summary>Numbers of DNS in words (IANA, DNS parameters).</summary>
internal static class DnsWords
{
    public static string? Type(ulong number) => number switch
    {
        1 => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        12 => "PTR",
        13 => "HINFO",
        15 => "MX",
        16 => "TXT",
        17 => "RP",
        18 => "AFSDB",
        24 => "SIG",
        25 => "KEY",
        28 => "AAAA",
        29 => "LOC",
        33 => "SRV",
        35 => "NAPTR",
        37 => "CERT",
        39 => "DNAME",
        41 => "OPT",
        42 => "APL",
        43 => "DS",
        44 => "SSHFP",
        45 => "IPSECKEY",
        46 => "RRSIG",
        47 => "NSEC",
        48 => "DNSKEY",
        49 => "DHCID",
        50 => "NSEC3",
        51 => "NSEC3PARAM",
        52 => "TLSA",
        53 => "SMIMEA",
        55 => "HIP",
        59 => "CDS",
        60 => "CDNSKEY",
        61 => "OPENPGPKEY",
        62 => "CSYNC",
        63 => "ZONEMD",
        64 => "SVCB",
        65 => "HTTPS",
        99 => "SPF",
        108 => "EUI48",
        109 => "EUI64",
        249 => "TKEY",
        250 => "TSIG",
        251 => "IXFR",
        252 => "AXFR",
        255 => "ANY",
        256 => "URI",
        257 => "CAA",
        32769 => "DLV",
        _ => null,
    };

    public static string? Class(ulong number) => number switch
    {
        1 => "IN",
        3 => "CH",
        4 => "HS",
        254 => "none",
        255 => "any",
        _ => null,
    };

    public static string? Opcode(ulong number) => number switch
    {
        0 => "query",
        1 => "inverse query",
        2 => "status",
        4 => "notify",
        5 => "update",
        6 => "stateful operation",
        _ => null,
    };

    public static string? Rcode(ulong number) => number switch
    {
        0 => "no error",
        1 => "format error",
        2 => "server failure",
        3 => "no such name",
        4 => "not implemented",
        5 => "refused",
        6 => "name exists",
        7 => "record set exists",
        8 => "no such record set",
        9 => "not authoritative",
        10 => "name out of zone",
        _ => null,
    };

    public static string? Option(ulong number) => number switch
    {
        3 => "name server identifier",
        5 => "DNSSEC algorithms understood",
        6 => "DS hashes understood",
        7 => "NSEC3 hashes understood",
        8 => "client subnet",
        9 => "expire",
        10 => "cookie",
        11 => "TCP keepalive",
        12 => "padding",
        13 => "chain",
        14 => "key tag",
        15 => "extended error",
        _ => null,
    };

    public static string? Algorithm(ulong number) => number switch
    {
        1 => "RSA/MD5",
        3 => "DSA/SHA-1",
        5 => "RSA/SHA-1",
        6 => "DSA-NSEC3-SHA1",
        7 => "RSASHA1-NSEC3-SHA1",
        8 => "RSA/SHA-256",
        10 => "RSA/SHA-512",
        13 => "ECDSA P-256 with SHA-256",
        14 => "ECDSA P-384 with SHA-384",
        15 => "Ed25519",
        16 => "Ed448",
        _ => null,
    };
}
