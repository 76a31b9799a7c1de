namespace Weft.Net.Formats.Applications;

/// <summary>Numbers of TLS in words (IANA, TLS parameters).</summary>
internal static class TlsWords
{
    public static string? Content(ulong number) => number switch
    {
        20 => "change cipher spec",
        21 => "alert",
        22 => "handshake",
        23 => "application data",
        _ => null,
    };

    public static string? Version(ulong number) => number switch
    {
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        _ => (number & 0x0F0F) == 0x0A0A ? "grease" : null,
    };

    public static string? Handshake(ulong number) => number switch
    {
        0 => "hello request",
        1 => "client hello",
        2 => "server hello",
        4 => "new session ticket",
        8 => "encrypted extensions",
        11 => "certificate",
        12 => "server key exchange",
        13 => "certificate request",
        14 => "server hello done",
        15 => "certificate verify",
        16 => "client key exchange",
        20 => "finished",
        22 => "certificate status",
        _ => null,
    };

    public static string? Suite(ulong number) => number switch
    {
        0x1301 => "AES-128-GCM with SHA-256",
        0x1302 => "AES-256-GCM with SHA-384",
        0x1303 => "ChaCha20-Poly1305 with SHA-256",
        0xC02B => "ECDHE-ECDSA, AES-128-GCM with SHA-256",
        0xC02C => "ECDHE-ECDSA, AES-256-GCM with SHA-384",
        0xC02F => "ECDHE-RSA, AES-128-GCM with SHA-256",
        0xC030 => "ECDHE-RSA, AES-256-GCM with SHA-384",
        0xCCA8 => "ECDHE-RSA, ChaCha20-Poly1305 with SHA-256",
        0xCCA9 => "ECDHE-ECDSA, ChaCha20-Poly1305 with SHA-256",
        0x00FF => "says that renegotiation is secure",
        _ => null,
    };

    public static string? Extension(ulong number) => number switch
    {
        0 => "server name",
        5 => "status request",
        10 => "supported groups",
        11 => "point formats",
        13 => "signature algorithms",
        16 => "application protocols",
        18 => "certificate timestamps",
        21 => "padding",
        22 => "encrypt then authenticate",
        23 => "extended master secret",
        35 => "session ticket",
        41 => "pre-shared key",
        42 => "early data",
        43 => "supported versions",
        44 => "cookie",
        45 => "key exchange modes of pre-shared keys",
        49 => "post-handshake authentication",
        51 => "key share",
        65281 => "renegotiation",
        _ => null,
    };

    public static string? Group(ulong number) => number switch
    {
        23 => "secp256r1",
        24 => "secp384r1",
        25 => "secp521r1",
        29 => "x25519",
        30 => "x448",
        256 => "ffdhe2048",
        257 => "ffdhe3072",
        258 => "ffdhe4096",
        4588 => "X25519MLKEM768",
        _ => null,
    };

    public static string? AlertLevel(ulong number) => number switch
    {
        1 => "warning",
        2 => "fatal",
        _ => null,
    };

    public static string? Alert(ulong number) => number switch
    {
        0 => "close",
        10 => "unexpected message",
        20 => "bad record MAC",
        22 => "record overflow",
        40 => "handshake failure",
        42 => "bad certificate",
        45 => "certificate expired",
        46 => "certificate unknown",
        47 => "illegal parameter",
        48 => "unknown CA",
        49 => "access denied",
        50 => "decode error",
        51 => "decrypt error",
        70 => "protocol version",
        71 => "insufficient security",
        80 => "internal error",
        86 => "inappropriate fallback",
        90 => "user cancelled",
        109 => "missing extension",
        112 => "unrecognised name",
        116 => "certificate required",
        120 => "no application protocol",
        _ => null,
    };
}
